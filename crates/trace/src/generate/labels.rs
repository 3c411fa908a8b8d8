//! What a request is, beside when it comes: class, model, tensor seed.

use std::time::Duration;

use rand_chacha::ChaCha8Rng;
use rand_core::Rng;
use request::{ModelId, Seed, Tier};

use crate::choice::{Choice, models_of};
use crate::marks::{Mark, Marks};
use crate::stream::{Purpose, stream};
use crate::workload::{Class, Workload};

/// Draws labels, one for each request of a stream in order.
#[derive(Debug)]
pub(super) enum Labels {
    /// All are of one class.
    OfClass(Box<ClassLabels>),
    /// The class is drawn too.
    Drawn(Box<Marks>),
}

/// The labels of one class.
#[derive(Debug)]
pub(super) struct ClassLabels {
    tier: Tier,
    slo: u16,
    target: Duration,
    models: Choice<ModelId>,
    model_draws: ChaCha8Rng,
    tensor_seeds: ChaCha8Rng,
}

impl Labels {
    /// The labels of a class of a valid workload; `code` names the class's streams.
    pub(super) fn of_class(workload: &Workload, class: &Class, code: u32, seed: Seed) -> Self {
        let slo = class.slo_position(workload);
        Self::OfClass(Box::new(ClassLabels {
            tier: class.tier,
            slo,
            target: workload.slos[usize::from(slo)].target,
            models: models_of(workload, class),
            model_draws: stream(seed, code, Purpose::Model),
            tensor_seeds: stream(seed, code, Purpose::TensorSeed),
        }))
    }

    pub(super) fn next_mark(&mut self) -> Mark {
        match self {
            Self::Drawn(marks) => marks.next_mark(),
            Self::OfClass(labels) => Mark {
                tier: labels.tier,
                slo: labels.slo,
                target: labels.target,
                model: labels.models.pick_from(&mut labels.model_draws),
                tensor_seed: Seed(labels.tensor_seeds.next_u64()),
            },
        }
    }
}

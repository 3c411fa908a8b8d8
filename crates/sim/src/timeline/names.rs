//! What rows, models and classes are called in a timeline.

use std::collections::BTreeMap;

use cluster::Emulation;
use outcome::RunInfo;
use policy::WorkerId;
use request::ModelId;

/// A row of a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Row {
    /// Requests that were turned away.
    Refused,
    /// What a worker did.
    Worker(WorkerId),
}

impl Row {
    /// Its number. Viewers take thread 0 for the idle one.
    pub(super) fn thread(self) -> u64 {
        match self {
            Self::Refused => 1,
            Self::Worker(worker) => 2 + u64::from(worker.0),
        }
    }
}

/// What things are called in a run.
#[derive(Clone, Debug)]
pub(super) struct Names {
    pub(super) policy: String,
    pub(super) workers: u32,
    pub(super) models: BTreeMap<ModelId, String>,
    pub(super) slos: Vec<String>,
}

impl Names {
    pub(super) fn new(info: &RunInfo, emulation: &Emulation) -> Self {
        let profile = &emulation.profile;
        let mut models = BTreeMap::new();
        for name in &info.models {
            // A profile without the model is refused by the simulation, which says so.
            let Ok(model) = profile.model(name) else { continue };
            let name = match models.contains_key(&model) {
                // Several models of the trace are one in the profile.
                true => profile.name(model),
                false => name,
            };
            models.insert(model, name.to_owned());
        }
        let workers = emulation.workers.count();
        Self { policy: info.subject.clone(), workers, models, slos: info.slos.clone() }
    }
}

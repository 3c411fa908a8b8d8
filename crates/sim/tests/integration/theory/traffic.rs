//! Poisson traffic, drawn by inversion.

use std::time::Duration;

use request::{ModelId, Moment, Request, RequestId, Seed, Tier};

/// A class of requests.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Class {
    /// Requests per ms.
    pub(crate) rate: f64,
    pub(crate) tier: Tier,
    pub(crate) model: ModelId,
    pub(crate) slo: Slo,
}

/// How long a request can wait, in ms.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Slo {
    Constant(f64),
    /// With this mean.
    Exponential(f64),
}

/// A deadline that is far, and not the same for all.
pub(crate) const FAR: Slo = Slo::Exponential(1e9);

impl Class {
    /// Requests of one tier and model, in no hurry.
    pub(crate) const fn plain(rate: f64) -> Self {
        Self { rate, tier: Tier::Vip, model: ModelId(0), slo: FAR }
    }
}

/// The first `count` requests of independent Poisson streams, one a class; with the class of each.
///
/// The streams together are a Poisson stream of the sum of their rates, of which each request is
/// of a class with the probability of its share.
///
/// `label` says what for: two labels give two independent streams, and ids far apart, so that the
/// service times, which are drawn by them, are independent too.
pub(crate) fn poisson(classes: &[Class], count: u32, label: &str) -> Vec<Request> {
    let rate: f64 = classes.iter().map(|class| class.rate).sum();
    let seed = Seed(3).derive(label);
    let [gaps, picks, slos] = ["gap", "class", "slo"].map(|purpose| seed.derive(purpose));
    let first_id = (seed.derive("id").draw(0) >> 2).cast_signed();
    let mut at = 0.0;
    let request = |number: u32| {
        at += exponential(gaps, number) / rate;
        let mut left = uniform(picks, number) * rate;
        let is_within = |class: &&Class| {
            left -= class.rate;
            left <= 0.0
        };
        let class = classes.iter().find(is_within).unwrap_or(&classes[classes.len() - 1]);
        let slo = match class.slo {
            Slo::Constant(ms) => ms,
            Slo::Exponential(ms) => ms * exponential(slos, number),
        };
        let arrival = Moment::from_nanos(nanos(at).cast_signed());
        Request {
            id: RequestId(first_id + i64::from(number)),
            arrival,
            deadline: arrival + Duration::from_nanos(nanos(slo)),
            tier: class.tier,
            model: class.model,
        }
    };
    (0..count).map(request).collect()
}

fn exponential(seed: Seed, counter: u32) -> f64 {
    -uniform(seed, counter).ln()
}

/// In (0, 1].
fn uniform(seed: Seed, counter: u32) -> f64 {
    ((seed.draw(u64::from(counter)) >> 11) + 1) as f64 / (1u64 << 53) as f64
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "times are small")]
fn nanos(ms: f64) -> u64 {
    (ms * 1e6) as u64
}

//! Service times drawn by counter: the n-th request costs the same in every run.

use std::f64::consts::TAU;
use std::time::Duration;

use request::{ModelId, RequestId, Seed};

use crate::profile::{Profile, Times};

/// The true service times of one profile and seed.
///
/// Only the cluster holds it; a policy sees the profile's estimates.
#[derive(Clone, Debug)]
pub struct ServiceTimes {
    models: Vec<(Seed, Times)>,
}

/// The random numbers of one request, by purpose.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Numbers {
    seed: Seed,
    id: RequestId,
}

impl ServiceTimes {
    pub(crate) fn new(profile: &Profile, seed: Seed) -> Self {
        let seed = seed.derive("service time");
        let models = profile.iter();
        Self { models: models.map(|(name, of)| (seed.derive(name), of.times().clone())).collect() }
    }

    /// Service time of a batch of `size` requests of `model` whose head is `head`.
    ///
    /// The head's own draw from the law of that size. Logarithm, exponential and cosine come from
    /// one portable library, so the time is the same on every machine.
    ///
    /// # Panics
    /// Where `model` is not one of the profile's.
    #[inline]
    #[must_use]
    pub fn draw(&self, model: ModelId, head: RequestId, size: u32) -> Duration {
        Duration::from_nanos(self.draw_ns(model, head, size))
    }

    /// The same in ns.
    #[inline]
    pub(crate) fn draw_ns(&self, model: ModelId, head: RequestId, size: u32) -> u64 {
        let (seed, times) = &self.models[usize::from(model.0)];
        times.draw_ns(Numbers { seed: *seed, id: head }, size)
    }
}

impl Numbers {
    /// Box and Muller (1958), the cosine half.
    pub(crate) fn standard_normal(self) -> f64 {
        let radius = libm::sqrt(-2.0 * libm::log(self.uniform(0)));
        radius * libm::cos(TAU * self.uniform(1))
    }

    /// The number of this purpose, 0 or 1, in (0, 1]: its logarithm is finite.
    #[inline]
    pub(crate) fn uniform(self, purpose: u64) -> f64 {
        let counter = self.id.0.cast_unsigned().wrapping_mul(2).wrapping_add(purpose);
        let bits = self.seed.draw(counter) >> 11;
        // 53 bits and the 1 fit an f64 exactly.
        (bits + 1) as f64 * (1.0 / (1u64 << 53) as f64)
    }
}

#[cfg(test)]
mod tests;

//! Service times drawn by counter: the n-th request costs the same in every run.

use std::f64::consts::TAU;
use std::time::Duration;

use request::{ModelId, RequestId, Seed};

use crate::profile::{Law, ModelProfile, Profile, nanos};

/// The true service times of one profile and seed.
///
/// Only the cluster holds it; a policy sees the profile's means.
#[derive(Clone, Debug)]
pub struct ServiceTimes {
    models: Vec<Sampler>,
}

#[derive(Clone, Debug)]
struct Sampler {
    seed: Seed,
    profile: ModelProfile,
    /// Parameters of the log-normal law: mean and standard deviation of the logarithm.
    mu: f64,
    sigma: f64,
}

impl ServiceTimes {
    pub(crate) fn new(profile: &Profile, seed: Seed) -> Self {
        let seed = seed.derive("service time");
        let models = profile.iter().map(|(name, model)| Sampler::new(*model, seed.derive(name)));
        Self { models: models.collect() }
    }

    /// Service time of a batch of `size` requests of `model` whose head is `head`.
    ///
    /// The head's own draw, times the profile's batch factor. Logarithm, exponential and cosine
    /// come from one portable library, so the time is the same on every machine.
    ///
    /// # Panics
    /// Where `model` is not one of the profile's.
    #[must_use]
    pub fn draw(&self, model: ModelId, head: RequestId, size: u32) -> Duration {
        let sampler = &self.models[usize::from(model.0)];
        nanos(sampler.one_request_ns(head) * sampler.profile.batch_factor(size))
    }
}

impl Sampler {
    fn new(profile: ModelProfile, seed: Seed) -> Self {
        let cv = profile.cv.unwrap_or(0.0);
        let variance = libm::log1p(cv * cv);
        let mu = libm::log(profile.mean_ms * 1e6) - variance / 2.0;
        Self { seed, profile, mu, sigma: libm::sqrt(variance) }
    }

    fn one_request_ns(&self, id: RequestId) -> f64 {
        match self.profile.law {
            Law::Constant => self.profile.mean_ms * 1e6,
            Law::Exponential => self.profile.mean_ms * 1e6 * -libm::log(self.uniform(id, 0)),
            Law::Lognormal => libm::exp(self.mu + self.sigma * self.standard_normal(id)),
        }
    }

    /// Box and Muller (1958), the cosine half.
    fn standard_normal(&self, id: RequestId) -> f64 {
        let radius = libm::sqrt(-2.0 * libm::log(self.uniform(id, 0)));
        radius * libm::cos(TAU * self.uniform(id, 1))
    }

    /// The `purpose`-th number of this request, in (0, 1]: its logarithm is finite.
    fn uniform(&self, id: RequestId, purpose: u64) -> f64 {
        let counter = id.0.cast_unsigned().wrapping_mul(2).wrapping_add(purpose);
        let bits = self.seed.draw(counter) >> 11;
        // 53 bits and the 1 fit an f64 exactly.
        (bits + 1) as f64 * (1.0 / (1u64 << 53) as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn times(text: &str, seed: u64) -> Vec<f64> {
        let profile = Profile::parse(&format!("version = 1\n[default]\n{text}")).unwrap();
        let model = profile.model("any").unwrap();
        let times = profile.service_times(Seed(seed));
        (0..200_000).map(|id| times.draw(model, RequestId(id), 1).as_nanos() as f64).collect()
    }

    fn mean_and_cv(times: &[f64]) -> (f64, f64) {
        let n = times.len() as f64;
        let mean = times.iter().sum::<f64>() / n;
        let variance = times.iter().map(|time| (time - mean).powi(2)).sum::<f64>() / n;
        (mean, variance.sqrt() / mean)
    }

    /// Fixed seeds; the bands are over five standard errors wide.
    #[test]
    fn each_law_has_its_mean_and_spread() {
        assert!(times("law = \"constant\"\nmean_ms = 3", 1).iter().all(|&time| time == 3e6));

        let (mean, cv) = mean_and_cv(&times("law = \"exponential\"\nmean_ms = 3", 1));
        assert!((mean / 3e6 - 1.0).abs() < 0.012 && (cv - 1.0).abs() < 0.02, "{mean} {cv}");

        let (mean, cv) = mean_and_cv(&times("law = \"lognormal\"\nmean_ms = 3\ncv = 0.5", 1));
        assert!((mean / 3e6 - 1.0).abs() < 0.006 && (cv - 0.5).abs() < 0.01, "{mean} {cv}");
    }

    /// Known answers, which FORMAT.md repeats: a change of any of them changes what every simulation
    /// of a seed says.
    #[test]
    fn draws_are_fixed_for_ever() {
        let profile = Profile::default();
        let model = profile.model("resnet50").unwrap();
        let times = profile.service_times(Seed(42));
        let drawn: Vec<u128> =
            (0..4).map(|id| times.draw(model, RequestId(id), 1).as_nanos()).collect();
        assert_eq!(drawn, [22_658_183, 21_152_618, 18_800_295, 15_814_032]);
        let document = include_str!("../../../FORMAT.md");
        assert!(document.contains("take 22658183, 21152618, 18800295 and 15814032 ns"));
    }

    #[test]
    fn seeds_models_and_requests_differ() {
        let profile = Profile::default();
        let (resnet50, vit) = (profile.model("resnet50").unwrap(), profile.model("vit").unwrap());
        let draw =
            |seed, model, id| profile.service_times(Seed(seed)).draw(model, RequestId(id), 1);
        assert_ne!(draw(1, resnet50, 0), draw(2, resnet50, 0));
        assert_ne!(draw(1, resnet50, 0), draw(1, resnet50, 1));
        assert_ne!(draw(1, resnet50, 0).mul_f64(2.5), draw(1, vit, 0));
    }
}

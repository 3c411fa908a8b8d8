//! The laws of service times: how long one request takes.
//!
//! Everything here is a fixed sequence of basic operations and of the pinned `libm`, so that means,
//! quantiles and draws are the same on every machine.

use std::f64::consts::SQRT_2;
use std::fmt;

use serde::Deserialize;

use super::samples::Samples;
use crate::service::Numbers;

/// The name of a law, as a profile spells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Law {
    /// Always the mean.
    Constant,
    /// Exponential with the mean; its coefficient of variation is 1.
    Exponential,
    /// Log-normal with the mean and `cv`.
    Lognormal,
    /// Measured quantiles, by size of the batch.
    Table,
    /// Measured times of one request.
    Empirical,
}

impl Law {
    /// All laws, the simplest first.
    pub const ALL: [Self; 5] =
        [Self::Constant, Self::Exponential, Self::Lognormal, Self::Table, Self::Empirical];

    /// Its spelling in a profile.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Constant => "constant",
            Self::Exponential => "exponential",
            Self::Lognormal => "lognormal",
            Self::Table => "table",
            Self::Empirical => "empirical",
        }
    }
}

impl fmt::Display for Law {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// How long one request takes; all of it in ns.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum OneRequest {
    Constant {
        mean_ns: f64,
    },
    Exponential {
        mean_ns: f64,
    },
    /// `mu` and `sigma` are mean and standard deviation of the logarithm.
    Lognormal {
        mean_ns: f64,
        mu: f64,
        sigma: f64,
    },
    Empirical(Samples),
}

impl OneRequest {
    pub(crate) fn lognormal(mean_ns: f64, cv: f64) -> Self {
        let variance = libm::log1p(cv * cv);
        let mu = libm::log(mean_ns) - variance / 2.0;
        Self::Lognormal { mean_ns, mu, sigma: libm::sqrt(variance) }
    }

    pub(crate) fn mean_ns(&self) -> f64 {
        match self {
            Self::Constant { mean_ns }
            | Self::Exponential { mean_ns }
            | Self::Lognormal { mean_ns, .. } => *mean_ns,
            Self::Empirical(samples) => samples.mean_ns(),
        }
    }

    /// The time within which this share of requests ends, for a share above 0 and below 1.
    pub(crate) fn quantile_ns(&self, share: f64) -> f64 {
        match self {
            Self::Constant { mean_ns } => *mean_ns,
            Self::Exponential { mean_ns } => mean_ns * -libm::log1p(-share),
            Self::Lognormal { mu, sigma, .. } => libm::exp(mu + sigma * normal_quantile(share)),
            Self::Empirical(samples) => samples.quantile_ns(share),
        }
    }

    /// The share of requests that end within a time.
    pub(crate) fn share_within(&self, time_ns: f64) -> f64 {
        match self {
            Self::Constant { mean_ns } => f64::from(u8::from(time_ns >= *mean_ns)),
            Self::Exponential { mean_ns } => -libm::expm1(-time_ns / mean_ns),
            Self::Lognormal { mu, sigma, .. } => normal_below((libm::log(time_ns) - mu) / sigma),
            Self::Empirical(samples) => samples.share_within(time_ns),
        }
    }

    #[inline]
    pub(crate) fn draw_ns(&self, numbers: Numbers) -> f64 {
        match self {
            Self::Constant { mean_ns } => *mean_ns,
            Self::Exponential { mean_ns } => mean_ns * -libm::log(numbers.uniform(0)),
            Self::Lognormal { mu, sigma, .. } => libm::exp(mu + sigma * numbers.standard_normal()),
            Self::Empirical(samples) => samples.quantile_ns(numbers.uniform(0)),
        }
    }
}

/// The standard normal law's probability below `z`.
fn normal_below(z: f64) -> f64 {
    0.5 * libm::erfc(-z / SQRT_2)
}

/// The standard normal law's quantile, by halving: it is asked for once a model and size, and 64
/// halvings of so narrow a stretch leave less than the last bit.
fn normal_quantile(share: f64) -> f64 {
    // Beyond these nothing is left that an f64 share could tell from 0 or 1.
    let (mut low, mut high) = (-40.0, 40.0);
    for _ in 0..64 {
        let middle = (low + high) / 2.0;
        match normal_below(middle) < share {
            true => low = middle,
            false => high = middle,
        }
    }
    high
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Any table of the normal law: three of its quantiles, by symmetry six.
    #[test]
    fn the_normal_quantile_is_the_textbooks() {
        for (share, z) in [(0.5, 0.0), (0.95, 1.644_853_626_951), (0.99, 2.326_347_874_041)] {
            assert!((normal_quantile(share) - z).abs() < 1e-11, "{share}");
            assert!((normal_quantile(1.0 - share) + z).abs() < 1e-11, "{share}");
        }
    }

    #[test]
    fn names_are_those_of_the_file() {
        for law in Law::ALL {
            let name =
                serde::de::value::StrDeserializer::<serde::de::value::Error>::new(law.name());
            assert_eq!(Law::deserialize(name), Ok(law));
        }
    }

    #[test]
    fn the_median_of_a_lognormal_law_is_below_its_mean_by_a_known_factor() {
        let law = OneRequest::lognormal(1e6, 0.5);
        assert!((law.quantile_ns(0.5) / 1e6 - 1.0 / 1.25f64.sqrt()).abs() < 1e-12);
    }
}

//! How long batches of one model take, and what it asks of a worker.

use std::time::Duration;

use super::law::{Law, OneRequest};
use super::table::Table;
use super::{clamped_ns, nanos};
use crate::service::Numbers;

/// The share of batches that end within [`ModelProfile::worst_case`].
const WORST_CASE_SHARE: f64 = 0.99;

/// Estimates are kept for sizes up to this; larger batches are rare, and theirs are worked out.
const KEPT_SIZES: u32 = 256;

/// How long batches of one model take, and what it asks of a worker.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ModelProfile {
    /// Shape of the distribution.
    pub law: Law,
    /// The largest batch that a worker takes.
    pub batch_size_max: u32,
    /// How long the first request of a batch may wait for others.
    pub batch_wait: Duration,
    /// The room that the model takes in a worker.
    pub memory_mb: u64,
    /// Time to load the model into a worker.
    pub load: Duration,
    /// A batch runs in so many equal steps; between two it can be preempted.
    pub steps: u32,
    pub(super) times: Times,
    pub(super) estimates: Estimates,
}

/// Service times by size of the batch.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Times {
    /// One request's time, and what each further one adds to a batch as a share of the first.
    OfOne { one: OneRequest, batch_marginal: f64 },
    /// What was measured of each size.
    BySize(Table),
}

/// What a policy may ask at each decision, worked out beforehand; by size, from 1.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Estimates {
    means: Vec<Duration>,
    worst_cases: Vec<Duration>,
}

impl ModelProfile {
    /// Mean service time of a batch of `size` requests.
    #[must_use]
    pub fn mean(&self, size: u32) -> Duration {
        let kept = self.estimates.means.get(index(size)).copied();
        kept.unwrap_or_else(|| self.times.mean(size))
    }

    /// 99th percentile of the service time of a batch of `size` requests.
    #[must_use]
    pub fn worst_case(&self, size: u32) -> Duration {
        let kept = self.estimates.worst_cases.get(index(size)).copied();
        kept.unwrap_or_else(|| self.times.quantile(WORST_CASE_SHARE, size))
    }

    /// The time within which this share of batches of `size` requests end.
    ///
    /// # Panics
    /// Where `share` is not above 0 and below 1.
    #[must_use]
    pub fn quantile(&self, share: f64, size: u32) -> Duration {
        assert!(share > 0.0 && share < 1.0, "{share} is no share with a quantile in every law");
        self.times.quantile(share, size)
    }

    /// The share of batches of `size` requests that end within `time`.
    #[must_use]
    pub fn share_within(&self, time: Duration, size: u32) -> f64 {
        let time_ns = time.as_nanos() as f64;
        match &self.times {
            Times::OfOne { one, batch_marginal } => {
                one.share_within(time_ns / factor(*batch_marginal, size))
            }
            Times::BySize(table) => table.share_within(time_ns, size),
        }
    }

    pub(crate) fn times(&self) -> &Times {
        &self.times
    }
}

impl Times {
    pub(super) fn mean(&self, size: u32) -> Duration {
        nanos(match self {
            Self::OfOne { one, batch_marginal } => one.mean_ns() * factor(*batch_marginal, size),
            Self::BySize(table) => table.mean_ns(size),
        })
    }

    fn quantile(&self, share: f64, size: u32) -> Duration {
        nanos(match self {
            Self::OfOne { one, batch_marginal } => {
                one.quantile_ns(share) * factor(*batch_marginal, size)
            }
            Self::BySize(table) => table.quantile_ns(share, size),
        })
    }

    #[inline]
    pub(crate) fn draw_ns(&self, numbers: Numbers, size: u32) -> u64 {
        clamped_ns(match self {
            Self::OfOne { one, batch_marginal } => {
                one.draw_ns(numbers) * factor(*batch_marginal, size)
            }
            Self::BySize(table) => table.quantile_ns(numbers.uniform(0), size),
        })
    }
}

impl Estimates {
    pub(super) fn new(times: &Times, size_max: u32) -> Self {
        let sizes = 1..=size_max.min(KEPT_SIZES);
        let worst_case = |size| times.quantile(WORST_CASE_SHARE, size);
        Self {
            means: sizes.clone().map(|size| times.mean(size)).collect(),
            worst_cases: sizes.map(worst_case).collect(),
        }
    }
}

/// What a batch of `size` takes, as a multiple of one request.
fn factor(batch_marginal: f64, size: u32) -> f64 {
    1.0 + batch_marginal * f64::from(size.saturating_sub(1))
}

/// Where the estimates of a size are kept; a batch of none is as one of one.
fn index(size: u32) -> usize {
    size.saturating_sub(1) as usize
}

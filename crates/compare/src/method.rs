//! The method: from runs to effects, intervals and p-values.
//!
//! Two designs. With enough runs a side the run is the unit ([`pooled`]): it answers whether the
//! candidate regresses on this trace. With fewer, blocks of scheduled time are ([`blocks`]), in
//! which every request is paired with itself: it answers whether other traffic would show it too.
//! Nothing here draws a random number.

mod blocks;
mod exceedance;
mod interval;
mod latency;
mod pooled;
mod share;
mod shift;
mod test;

pub(crate) use latency::{latency, log};
pub(crate) use pooled::{deviation, mean};
pub(crate) use share::{count, share};
pub(crate) use shift::{Shift, differences_above, shift};
pub use test::{Interval, TTest};

use crate::{Design, MetricKind, Side, Traffic};

/// Requests that a class needs for a metric.
pub(crate) fn requests_min(kind: MetricKind) -> u64 {
    kind.quantile().map_or(share::REQUESTS_MIN, latency::requests_min)
}

/// The requests of one class on both sides: what every estimate is made of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sample<'a> {
    pub(crate) traffic: &'a Traffic,
    pub(crate) cells: &'a [usize],
    pub(crate) a: &'a Side,
    pub(crate) b: &'a Side,
    pub(crate) design: Design,
}

/// What was found of one metric.
#[derive(Clone, Debug, PartialEq)]
pub struct Estimate {
    /// Whether it has an interval.
    pub status: Status,
    /// The baseline's value: ns, a share, or requests per second.
    pub a: f64,
    /// The candidate's.
    pub b: f64,
    /// The effect and what is known of it.
    pub test: TTest,
}

/// Whether a metric can be told in full.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Effect, interval and p-values.
    Ok,
    /// The quantile of a side is infinite: p-values, but no interval.
    Censored,
}

impl Status {
    /// Its spelling.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Censored => "censored",
        }
    }
}

impl Sample<'_> {
    /// Number of requests of the class in the trace.
    pub(crate) fn n(&self) -> u64 {
        self.traffic.count(self.cells)
    }

    fn run_counts(&self) -> (u64, u64) {
        (self.a.run_count() as u64, self.b.run_count() as u64)
    }

    /// The estimate of a metric; `None` where there are too few requests for it.
    pub(crate) fn estimate(&self, kind: MetricKind) -> Option<Estimate> {
        match kind.quantile() {
            Some(ppm) => latency(self, ppm),
            None => share(self, kind),
        }
    }
}

//! One run at a glance: quantiles and attainment by class, and everything that failed.

mod buckets;
mod json;
mod lags;
mod tally;
mod text;
mod values;

use std::collections::BTreeMap;

use request::Tier;

pub use tally::Tally;
use values::Values;

use crate::{Code, Latency, Outcome, Ppm, RunInfo, Status};

/// What a run came to.
///
/// `Display` is the table for people, `Serialize` and [`to_json`](Self::to_json) the same for
/// programs. Both are the same text for the same rows, in whatever order they came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// The run.
    pub info: RunInfo,
    /// Number of runs in the table.
    pub runs: u64,
    /// From the first scheduled arrival of a run to its last, both included, ns, summed over the
    /// runs; 0 where there is no request. Rates are counted over it.
    pub span_ns: u64,
    /// The same of the times sent, of the runs in which any was.
    pub sent_span_ns: u64,
    /// All requests together.
    pub all: ClassSummary,
    /// Each class that has requests, by tier and then in the trace's order of SLO classes.
    pub classes: Vec<(Class, ClassSummary)>,
    /// How many requests ended in each status; those that none ended in are left out.
    pub statuses: BTreeMap<Status, u64>,
    /// How many of those gave each code.
    pub codes: BTreeMap<(Status, Code), u64>,
    /// How many requests were sent.
    pub sent: u64,
    /// How late they were sent; `None` where none was.
    pub lag: Option<LagSummary>,
    /// Whether every quantile is the value of some request. Otherwise those over more than 131,072
    /// values may be up to 0.1 % larger than it; they are never smaller, and never larger than the
    /// greatest value, which is exact, as are means and counts.
    pub exact: bool,
}

/// The pair that names a class.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Class {
    /// Priority.
    pub tier: Tier,
    /// Name of the SLO class.
    pub slo: String,
}

/// What a class came to. Failures count in every number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClassSummary {
    /// Number of requests.
    pub count: u64,
    /// How many of them ended `ok`.
    pub ok: u64,
    /// How many of them ended `ok` by their deadline.
    pub slo_met: u64,
    /// Median latency over all requests, where failures take for ever; `None` of no requests.
    pub p50: Option<Latency>,
    /// The 95th percentile, likewise.
    pub p95: Option<Latency>,
    /// The 99th percentile, likewise.
    pub p99: Option<Latency>,
    /// Latency of those that ended `ok`, as if there were no others: it gets better by failing,
    /// so it explains and never judges. `None` where none did.
    pub ok_latency: Option<Spread>,
    /// From arrival to start of execution, of those of which the producer knows when they started,
    /// however they ended. `None` where there are none.
    pub queueing_delay: Option<Spread>,
}

/// How a time is spread over the requests that have it, ns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Spread {
    /// Of how many requests.
    pub count: u64,
    /// The arithmetic mean, rounded half up.
    pub mean_ns: u64,
    /// Median.
    pub p50_ns: u64,
    /// The 95th percentile.
    pub p95_ns: u64,
    /// The 99th percentile.
    pub p99_ns: u64,
    /// The longest.
    pub max_ns: u64,
}

/// How late requests were sent, ns; negative is early.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct LagSummary {
    /// Median.
    pub p50_ns: i64,
    /// 99th percentile.
    pub p99_ns: i64,
    /// The latest.
    pub max_ns: i64,
}

impl Summary {
    /// Sums up the rows of a run.
    #[must_use]
    pub fn new<'a>(info: &RunInfo, outcomes: impl IntoIterator<Item = &'a Outcome>) -> Self {
        let mut tally = Tally::default();
        outcomes.into_iter().for_each(|outcome| tally.push(outcome));
        tally.summary(info)
    }

    /// How many requests did not end `ok`.
    #[must_use]
    pub fn errors(&self) -> u64 {
        self.all.errors()
    }

    /// `span_ns` as what a rate can be counted over; 0 where no run has two instants.
    fn rated(&self, span_ns: u64) -> u64 {
        if span_ns > self.runs { span_ns } else { 0 }
    }
}

impl ClassSummary {
    /// How many requests did not end `ok`.
    #[must_use]
    pub fn errors(&self) -> u64 {
        self.count - self.ok
    }

    /// Sums up a class of `count` requests, of which those that ended `ok` took `latencies`.
    fn new(count: u64, slo_met: u64, latencies: &mut Values, queueing_delays: &mut Values) -> Self {
        let ok_latency = Spread::new(latencies);
        let quantile = |ppm: Ppm| {
            let finite = match ppm.rank(count) {
                0 => return None,
                rank => latencies.at(rank),
            };
            Some(finite.map_or(Latency::Infinite, |bounds| Latency::Finite(*bounds.end())))
        };
        Self {
            count,
            ok: latencies.count(),
            slo_met,
            p50: quantile(Ppm::P50),
            p95: quantile(Ppm::P95),
            p99: quantile(Ppm::P99),
            ok_latency,
            queueing_delay: Spread::new(queueing_delays),
        }
    }
}

impl Spread {
    /// `None` of no values. They are in order afterwards.
    fn new(values: &mut Values) -> Option<Self> {
        values.sort();
        Some(Self {
            count: values.count(),
            mean_ns: values.mean()?,
            p50_ns: values.quantile(Ppm::P50)?,
            p95_ns: values.quantile(Ppm::P95)?,
            p99_ns: values.quantile(Ppm::P99)?,
            max_ns: values.max()?,
        })
    }
}

#[cfg(test)]
mod tests;

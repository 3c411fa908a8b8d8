//! What is compared of a class, and what came out.

use std::fmt;

use outcome::Ppm;

use crate::{Class, Estimate, Verdict};

/// What is measured of a class.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum MetricKind {
    /// Median latency over all requests, where failures take for ever.
    P50,
    /// The 95th percentile, likewise.
    P95,
    /// The 99th percentile, likewise.
    P99,
    /// Share of the requests that ended `ok` by their deadline.
    SloAttainment,
    /// Share of the requests that did not end `ok`.
    ErrorRate,
    /// Requests per second of scheduled time that ended `ok` by their deadline.
    Goodput,
}

/// The unit of a metric, and with it the scale on which changes are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// ns; changes are ratios.
    Latency,
    /// A share of 1; changes are differences.
    Share,
    /// Requests per second; changes are ratios.
    Rate,
}

impl MetricKind {
    /// All of them, in the order of the report.
    pub const ALL: [Self; 6] =
        [Self::P50, Self::P95, Self::P99, Self::SloAttainment, Self::ErrorRate, Self::Goodput];

    /// The metrics of a class. Goodput of a part of the requests follows from its attainment, so it
    /// is told of all alone.
    pub(crate) fn of(class: &Class) -> impl Iterator<Item = Self> + use<> {
        let all = *class == Class::All;
        Self::ALL.into_iter().filter(move |kind| all || *kind != Self::Goodput)
    }

    /// As it ends the key of a metric.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::P50 => "p50",
            Self::P95 => "p95",
            Self::P99 => "p99",
            Self::SloAttainment => "slo_attainment",
            Self::ErrorRate => "error_rate",
            Self::Goodput => "goodput",
        }
    }

    /// The metric called `name`, or `None` where there is none.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// The quantile of latency that it is, if it is one.
    #[must_use]
    pub const fn quantile(self) -> Option<Ppm> {
        match self {
            Self::P50 => Some(Ppm::P50),
            Self::P95 => Some(Ppm::P95),
            Self::P99 => Some(Ppm::P99),
            Self::SloAttainment | Self::ErrorRate | Self::Goodput => None,
        }
    }

    /// Its unit.
    #[must_use]
    pub const fn unit(self) -> Unit {
        match self {
            Self::P50 | Self::P95 | Self::P99 => Unit::Latency,
            Self::SloAttainment | Self::ErrorRate => Unit::Share,
            Self::Goodput => Unit::Rate,
        }
    }

    /// What an effect is multiplied by so that positive means worse: -1 where more is better.
    #[must_use]
    pub const fn harm_sign(self) -> f64 {
        match self {
            Self::P50 | Self::P95 | Self::P99 | Self::ErrorRate => 1.0,
            Self::SloAttainment | Self::Goodput => -1.0,
        }
    }
}

impl fmt::Display for MetricKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// One metric of one class, on both sides.
#[derive(Clone, Debug, PartialEq)]
pub struct Metric {
    /// Of which requests.
    pub class: Class,
    /// What is measured.
    pub kind: MetricKind,
    /// Number of requests of the class in the trace.
    pub n: u64,
    /// The least harm that matters, in units of harm.
    pub delta: f64,
    /// What was found; `None` where there are too few requests.
    pub estimate: Option<Estimate>,
    /// Which metrics it is corrected together with.
    pub family: Family,
    /// Its p-values after correction; `None` where it has none, or belongs to no family.
    pub holm: Option<Holm>,
    /// What is said of it.
    pub verdict: Verdict,
    /// The least change that would be found four times in five, in units of harm; `None` where
    /// that cannot be told.
    pub detectable: Option<f64>,
    /// How many times the runs, or the traffic, an inconclusive metric needs to be decided, if the
    /// change is what was found.
    pub needed: Option<f64>,
    /// Its value in each run of the baseline, and in each of the candidate: ns, shares, or requests
    /// per second; latencies may be infinite.
    pub by_run: [Vec<f64>; 2],
}

/// The metrics that a metric is corrected together with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// Those that gate: they alone count for the overall verdict.
    Gate,
    /// Those of the SLO classes within the tiers, which are shown and do not gate.
    Slo,
    /// None: judged by itself, shown, and not counted.
    None,
}

/// p-values that count for a whole family (Holm 1979).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Holm {
    /// Of harm.
    pub worse: f64,
    /// Of improvement.
    pub better: f64,
}

impl Metric {
    /// Its key: `<class>/<metric>`, for example `tier1/p99`.
    #[must_use]
    pub fn key(&self) -> String {
        format!("{}/{}", self.class, self.kind.name())
    }

    /// Whether it counts for the overall verdict.
    #[must_use]
    pub fn gating(&self) -> bool {
        self.family == Family::Gate && self.estimate.is_some()
    }
}

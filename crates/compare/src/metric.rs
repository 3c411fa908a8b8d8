//! One figure of a class, of both sides.

use outcome::{Latency, Ppm};

use crate::Class;

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

impl MetricKind {
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
}

/// What one side measures, still in integers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value {
    /// A latency.
    Latency(Latency),
    /// `part` of `whole` requests; `whole` is not 0.
    Share {
        /// How many.
        part: u64,
        /// Of how many.
        whole: u64,
    },
    /// `count` requests in `span_ns`; `span_ns` is not 0.
    Rate {
        /// How many.
        count: u64,
        /// In which time, ns.
        span_ns: u64,
    },
}

impl Value {
    /// As one number: ns, a share of 1, or requests per second. Infinite where a latency is.
    #[must_use]
    pub fn as_f64(self) -> f64 {
        match self {
            Self::Latency(latency) => latency.nanos().map_or(f64::INFINITY, |nanos| nanos as f64),
            Self::Share { part, whole } => part as f64 / whole as f64,
            Self::Rate { count, span_ns } => count as f64 * 1e9 / span_ns as f64,
        }
    }
}

/// One figure of a class, of both sides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Metric {
    /// Of which requests.
    pub class: Class,
    /// What is measured.
    pub kind: MetricKind,
    /// Number of requests of the class in the trace.
    pub n: u64,
    /// The baseline's.
    pub a: Value,
    /// The candidate's.
    pub b: Value,
}

impl Metric {
    /// Its key: `<class>/<metric>`, for example `tier1/p99`.
    #[must_use]
    pub fn key(&self) -> String {
        format!("{}/{}", self.class, self.kind.name())
    }

    /// B - A, in the unit of [`Value::as_f64`]: infinite where one side is, `None` where both are.
    #[must_use]
    pub fn difference(&self) -> Option<f64> {
        let difference = self.b.as_f64() - self.a.as_f64();
        (!difference.is_nan()).then_some(difference)
    }

    /// (B - A) / A, where 0.05 is 5 %; `None` where A is 0 or infinite.
    #[must_use]
    pub fn relative(&self) -> Option<f64> {
        let a = self.a.as_f64();
        let difference = self.difference().filter(|_| a != 0.0 && a.is_finite());
        difference.map(|difference| difference / a)
    }
}

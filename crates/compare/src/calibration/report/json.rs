//! The calibration for programs.

use serde::ser::{Serialize, SerializeMap, Serializer};

use super::CalibrationReport;
use crate::calibration::{CalibratedMetric, FalseAlarms};
use crate::method::mean;
use crate::report::json::{Number, RunJson, Trace};
use crate::verdict::ALPHA;

/// Raised with any change of meaning; new fields may come without.
const SCHEMA_VERSION: u32 = 1;

impl CalibrationReport<'_> {
    /// The calibration as a JSON object of several lines.
    ///
    /// Units are those of a comparison: latencies are ns, shares are shares of 1, rates requests
    /// per second; spreads and thresholds are in units of harm.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).expect("a report is numbers, text and lists")
    }
}

impl Serialize for CalibrationReport<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (traffic, calibrated) = (self.traffic, self.calibrated);
        let assignments = calibrated.assignments;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("schema_version", &SCHEMA_VERSION)?;
        map.serialize_entry("design", calibrated.design.name())?;
        map.serialize_entry("n", &traffic.len())?;
        map.serialize_entry("span_ns", &traffic.span_ns())?;
        map.serialize_entry("trace", &Trace::new(traffic))?;
        map.serialize_entry("subject", &self.side.name)?;
        map.serialize_entry("runs", &self.side.runs().map(RunJson::new).collect::<Vec<_>>())?;
        map.serialize_entry("assignments", &assignments)?;
        map.serialize_entry("complete", &calibrated.complete)?;
        map.serialize_entry("alpha", &ALPHA)?;
        map.serialize_entry("gating_count", &calibrated.gating_count)?;
        map.serialize_entry("any", &Shares::new(calibrated.alarms, assignments))?;
        map.serialize_entry("cautions", &calibrated.cautions)?;
        map.serialize_entry("metrics", &Metrics(&calibrated.metrics, assignments))?;
        map.end()
    }
}

/// False alarms as shares of the assignments.
#[derive(serde::Serialize)]
struct Shares {
    significant: f64,
    regressed: f64,
    remaining: f64,
}

impl Shares {
    fn new(alarms: FalseAlarms, assignments: usize) -> Self {
        let [significant, regressed, remaining] =
            [alarms.significant, alarms.regressed, alarms.remaining]
                .map(|count| count as f64 / assignments as f64);
        Self { significant, regressed, remaining }
    }
}

/// Metrics by key, in the order of the report, and the number of assignments.
struct Metrics<'a>(&'a [CalibratedMetric], usize);

impl Serialize for Metrics<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(metrics, assignments) = *self;
        let mut map = serializer.serialize_map(Some(metrics.len()))?;
        for metric in metrics {
            map.serialize_entry(&metric.key(), &MetricJson::new(metric, assignments))?;
        }
        map.end()
    }
}

#[derive(serde::Serialize)]
struct MetricJson<'a> {
    status: &'static str,
    n: u64,
    by_run: Vec<Number>,
    #[serde(flatten)]
    found: Option<Found<'a>>,
}

/// What is known of a metric of enough requests.
#[derive(serde::Serialize)]
struct Found<'a> {
    mean: Number,
    #[serde(skip_serializing_if = "Option::is_none")]
    spread: Option<f64>,
    false_alarms: Shares,
    delta: f64,
    suggested: String,
    suggested_delta: f64,
    runs_needed: Needed<'a>,
}

impl<'a> MetricJson<'a> {
    fn new(metric: &'a CalibratedMetric, assignments: usize) -> Self {
        let found = metric.judged.then(|| Found {
            mean: Number(mean(&metric.by_run)),
            spread: metric.spread,
            false_alarms: Shares::new(metric.alarms, assignments),
            delta: metric.delta,
            suggested: metric.suggested.to_string(),
            suggested_delta: metric.suggested.harm(),
            runs_needed: Needed(metric),
        });
        let status = match (metric.judged, metric.spread) {
            (false, _) => "too_few",
            (true, None) => "censored",
            (true, Some(_)) => "ok",
        };
        let by_run = metric.by_run.iter().map(|value| Number(*value)).collect();
        Self { status, n: metric.n, by_run, found }
    }
}

/// Runs a side by wished change; null where there are not enough in the world.
struct Needed<'a>(&'a CalibratedMetric);

impl Serialize for Needed<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let needed = self.0.needed.iter().map(|(change, runs)| (change.to_string(), runs));
        serializer.collect_map(needed)
    }
}

//! The report for programs. The names of a comparison's fields are read by CI jobs and may not
//! change; effects are told as harm.

use outcome::RunInfo;
use serde::ser::{Serialize, SerializeMap, Serializer};

use super::{Report, letter};
use crate::agreement::RunTable;
use crate::run::Lag;
use crate::verdict::ALPHA;
use crate::{Calibration, Comparison, Metric, Run, Side, Traffic};

/// Raised with any change of meaning; new fields may come without.
const SCHEMA_VERSION: u32 = 1;

impl Report<'_> {
    /// The report as a JSON object of several lines.
    ///
    /// Latencies are ns, shares are shares of 1, rates requests per second; harm is the logarithm
    /// of a ratio of latencies or rates, or a difference of shares, and positive is worse. `"inf"`
    /// and `"-inf"` stand for infinities. With one candidate the object is its comparison; with
    /// several it lists them under `comparisons`.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).expect("a report is numbers, text and lists")
    }
}

impl Serialize for Report<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut candidates: Vec<_> = self
            .candidates()
            .map(|(letter, side, comparison)| Candidate::new(*self, letter, side, comparison))
            .collect();
        if candidates.len() == 1
            && let Some(candidate) = candidates.pop()
        {
            return candidate.serialize(serializer);
        }
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("schema_version", &SCHEMA_VERSION)?;
        map.serialize_entry("overall", self.overall().name())?;
        map.serialize_entry("exit_code", &self.exit_code())?;
        map.serialize_entry("comparisons", &candidates)?;
        map.end()
    }
}

/// A candidate against the baseline.
#[derive(serde::Serialize)]
struct Candidate<'a> {
    schema_version: u32,
    design: &'static str,
    n: u64,
    runs: [usize; 2],
    n_blocks: u32,
    alpha: f64,
    overall: &'static str,
    exit_code: u8,
    span_ns: u64,
    trace: Trace<'a>,
    a: SideJson<'a>,
    b: SideJson<'a>,
    cautions: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    calibration: Option<CalibrationJson<'a>>,
    metrics: Metrics<'a>,
}

#[derive(serde::Serialize)]
pub(crate) struct Trace<'a> {
    name: &'a str,
    digest: &'a str,
}

impl<'a> Trace<'a> {
    pub(crate) fn new(traffic: &'a Traffic) -> Self {
        Self { name: &traffic.name, digest: &traffic.digest }
    }
}

/// Where thresholds and cautions came from.
#[derive(serde::Serialize)]
struct CalibrationJson<'a> {
    trace: Trace<'a>,
    requests: u64,
    subject: &'a str,
    runs: usize,
}

impl<'a> CalibrationJson<'a> {
    fn new(calibration: &'a Calibration) -> Self {
        Self {
            trace: Trace { name: &calibration.trace_name, digest: &calibration.trace_digest },
            requests: calibration.requests,
            subject: &calibration.subject,
            runs: calibration.runs,
        }
    }
}

impl<'a> Candidate<'a> {
    fn new(report: Report<'a>, of: String, side: &'a Side, comparison: &'a Comparison) -> Self {
        let traffic = report.traffic;
        Self {
            schema_version: SCHEMA_VERSION,
            design: comparison.design.name(),
            n: comparison.n,
            runs: comparison.runs,
            n_blocks: comparison.n_blocks,
            alpha: ALPHA,
            overall: comparison.overall.name(),
            exit_code: comparison.overall.exit_code(report.strict),
            span_ns: comparison.span_ns,
            trace: Trace::new(traffic),
            a: SideJson::new(letter(0), report.base()),
            b: SideJson::new(of, side),
            cautions: &comparison.cautions,
            calibration: comparison.calibration.as_ref().map(CalibrationJson::new),
            metrics: Metrics(&comparison.metrics),
        }
    }
}

#[derive(serde::Serialize)]
struct SideJson<'a> {
    letter: String,
    name: &'a str,
    runs: Vec<RunJson<'a>>,
}

impl<'a> SideJson<'a> {
    fn new(letter: String, side: &'a Side) -> Self {
        Self { letter, name: &side.name, runs: side.runs().map(RunJson::new).collect() }
    }
}

#[derive(serde::Serialize)]
pub(crate) struct RunJson<'a> {
    path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    run: Option<i32>,
    timing: &'static str,
    cut_short: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    lag: Option<LagJson>,
    info: &'a RunInfo,
}

#[derive(serde::Serialize)]
struct LagJson {
    mean_ns: f64,
    p50_ns: i64,
    p99_ns: i64,
    max_ns: i64,
}

impl<'a> RunJson<'a> {
    pub(crate) fn new(run: &'a Run) -> Self {
        let lag = |lag: &Lag| LagJson {
            mean_ns: lag.mean_ns,
            p50_ns: lag.p50_ns,
            p99_ns: lag.p99_ns,
            max_ns: lag.max_ns,
        };
        Self {
            path: run.path.display().to_string(),
            run: run.number,
            timing: run.timing.name(),
            cut_short: run.cut_short,
            lag: run.lag.as_ref().map(lag),
            info: &run.info,
        }
    }
}

/// Metrics by key, in the order of the report.
struct Metrics<'a>(&'a [Metric]);

impl Serialize for Metrics<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for metric in self.0 {
            map.serialize_entry(&metric.key(), metric)?;
        }
        map.end()
    }
}

impl Serialize for Metric {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        let status = self.estimate.as_ref().map_or("too_few", |estimate| estimate.status.name());
        map.serialize_entry("status", status)?;
        map.serialize_entry("gating", &self.gating())?;
        map.serialize_entry("verdict", self.verdict.name())?;
        map.serialize_entry("n", &self.n)?;
        map.serialize_entry("delta", &Number(self.delta))?;
        if let Some(estimate) = &self.estimate {
            let test = &estimate.test;
            for (name, number) in
                [("a", estimate.a), ("b", estimate.b), ("harm", test.harm), ("t", test.t)]
            {
                map.serialize_entry(name, &Number(number))?;
            }
            map.serialize_entry("df", &test.df)?;
            map.serialize_entry("p_worse", &Number(test.p_worse))?;
            map.serialize_entry("p_better", &Number(test.p_better))?;
            map.serialize_entry("exact", &test.exact)?;
            if let Some(holm) = self.holm {
                map.serialize_entry("p_worse_holm", &Number(holm.worse))?;
                map.serialize_entry("p_better_holm", &Number(holm.better))?;
            }
            if let Some(interval) = test.interval {
                for (name, limit) in [
                    ("lo90", interval.lo90),
                    ("hi90", interval.hi90),
                    ("lo95", interval.lo95),
                    ("hi95", interval.hi95),
                ] {
                    map.serialize_entry(name, &Number(limit))?;
                }
            }
            if let Some(detectable) = self.detectable {
                map.serialize_entry("detectable", &Number(detectable))?;
            }
            if let Some(needed) = self.needed {
                map.serialize_entry("needed", &Number(needed))?;
            }
        }
        let by_run = |values: &[f64]| values.iter().map(|value| Number(*value)).collect::<Vec<_>>();
        map.serialize_entry("a_by_run", &by_run(&self.by_run[0]))?;
        map.serialize_entry("b_by_run", &by_run(&self.by_run[1]))?;
        map.end()
    }
}

/// A run of an agreement by its file and what it says of itself.
#[derive(serde::Serialize)]
pub(crate) struct Table<'a> {
    path: String,
    info: &'a RunInfo,
}

impl<'a> Table<'a> {
    pub(crate) fn new(table: &'a RunTable) -> Self {
        Self { path: table.path.display().to_string(), info: &table.info }
    }
}

/// A number that may be infinite, which JSON's own cannot.
pub(crate) struct Number(pub(crate) f64);

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            f64::INFINITY => serializer.serialize_str("inf"),
            f64::NEG_INFINITY => serializer.serialize_str("-inf"),
            number => serializer.serialize_f64(number),
        }
    }
}

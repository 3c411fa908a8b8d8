//! A calibration as it is kept, and the file it is kept in.

use std::collections::BTreeMap;

use super::{Calibrated, CalibratedMetric};
use crate::report::change::size;
use crate::{Settings, Side, Traffic};

/// The version of `[calibration]` in a file of thresholds; raised with any change of its fields.
const FORMAT_VERSION: u32 = 1;

/// How much runs of one version differ, metric by metric: measured once, used by later comparisons.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calibration {
    /// Version of these fields.
    pub format_version: u32,
    /// The program that measured, and its version.
    pub tool: String,
    /// Name of the trace that was run, for people; may be empty.
    pub trace_name: String,
    /// Digest of the trace; may be empty.
    pub trace_digest: String,
    /// Number of requests of a run.
    pub requests: u64,
    /// What was run.
    pub subject: String,
    /// Number of runs; at least 2.
    pub runs: usize,
    /// The unit of the comparisons that raised false alarms: `runs` or `blocks`.
    pub design: String,
    /// Ways to deal the runs to two sides that were compared.
    pub assignments: usize,
    /// Share of the assignments in which any metric that gates was called worse beyond chance.
    pub any_significant: f64,
    /// In which any was called a regression.
    pub any_regressed: f64,
    /// In which any would be one with the suggested thresholds.
    pub any_remaining: f64,
    /// Standard deviation from run to run, in units of harm, by key of the metric.
    pub spread: BTreeMap<String, f64>,
    /// Share of the assignments in which a metric was called worse beyond chance.
    pub significant: BTreeMap<String, f64>,
    /// In which it was called a regression.
    pub regressed: BTreeMap<String, f64>,
}

impl Calibration {
    /// What is to be kept of a calibration of `side`.
    #[must_use]
    pub fn new(traffic: &Traffic, side: &Side, calibrated: &Calibrated) -> Self {
        let share = |count: usize| count as f64 / calibrated.assignments as f64;
        let by_key = |of: &dyn Fn(&CalibratedMetric) -> f64| {
            let known = calibrated.metrics.iter().filter(|metric| metric.judged);
            known.map(|metric| (metric.key(), of(metric))).collect()
        };
        let spreads = calibrated.metrics.iter();
        Self {
            format_version: FORMAT_VERSION,
            tool: concat!("compare ", env!("CARGO_PKG_VERSION")).into(),
            trace_name: traffic.name.clone(),
            trace_digest: traffic.digest.clone(),
            requests: traffic.len() as u64,
            subject: side.name.clone(),
            runs: calibrated.runs,
            design: calibrated.design.name().into(),
            assignments: calibrated.assignments,
            any_significant: share(calibrated.alarms.significant),
            any_regressed: share(calibrated.alarms.regressed),
            any_remaining: share(calibrated.alarms.remaining),
            spread: spreads.filter_map(|metric| Some((metric.key(), metric.spread?))).collect(),
            significant: by_key(&|metric| share(metric.alarms.significant)),
            regressed: by_key(&|metric| share(metric.alarms.regressed)),
        }
    }

    /// The calibration in a table of a file.
    ///
    /// # Errors
    /// Where a field is missing, unknown or impossible, or the version is a later one.
    pub(crate) fn from_table(table: toml::Table) -> Result<Self, String> {
        match table.get("format_version").and_then(toml::Value::as_integer) {
            Some(version) if version != i64::from(FORMAT_VERSION) => {
                return Err(format!(
                    "calibration: format_version {version} is not known, only {FORMAT_VERSION}; \
                    calibrate again"
                ));
            }
            _ => {}
        }
        let calibration: Self = table
            .try_into()
            .map_err(|error: toml::de::Error| format!("calibration: {}", error.message()))?;
        if calibration.runs < 2 {
            return Err(format!(
                "calibration: runs is {}, and must be at least 2",
                calibration.runs
            ));
        }
        let bad = |spread: &&f64| !(spread.is_finite() && **spread >= 0.0);
        match calibration.spread.iter().find(|(_, spread)| bad(spread)) {
            Some((key, spread)) => {
                Err(format!("calibration: the spread of {key} is {spread}, which none can be"))
            }
            None => Ok(calibration),
        }
    }

    /// The file of thresholds that `compare --thresholds` reads: those suggested, then this.
    #[must_use]
    pub fn to_toml(&self, calibrated: &Calibrated, settings: &Settings) -> String {
        let mut text = format!(
            "# Thresholds measured by `compare calibrate` from {} runs of one version.\n\
            # To use them: compare BASE CAND --thresholds FILE\n\
            # They may be edited; [calibration] is what was measured, and is read for cautions.\n\n",
            self.runs
        );
        let gate = settings.thresholds.gate().iter();
        let gate: toml::value::Array = gate.map(|pattern| pattern.to_string().into()).collect();
        if !gate.is_empty() {
            text.push_str(&format!("gate = {}\n\n", toml::Value::Array(gate)));
        }
        text.push_str("[thresholds]\n");
        calibrated.metrics.iter().filter_map(threshold).for_each(|line| text.push_str(&line));
        let tables = BTreeMap::from([("calibration", self)]);
        let tables = toml::to_string(&tables).expect("a calibration is numbers, text and tables");
        format!("{text}\n{tables}")
    }
}

/// The line of a metric whose spread is known.
fn threshold(metric: &CalibratedMetric) -> Option<String> {
    let spread = size(metric.spread?, metric.kind);
    let entry = format!("\"{}\" = \"{}\"", metric.key(), metric.suggested);
    let why = match metric.suggested.harm() > metric.delta {
        true => format!("3 times the spread of {spread}, rounded up"),
        false => format!("the default; the spread is {spread}"),
    };
    Some(format!("{entry:<36} # {why}\n"))
}

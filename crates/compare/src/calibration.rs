//! What runs of one version differ by among themselves: measured once, used by later comparisons.

use std::collections::BTreeMap;

use crate::{Comparison, Design, Metric};

/// How much runs of one version differ, metric by metric.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calibration {
    /// Digest of the trace that was run; empty where it has none.
    pub trace_digest: String,
    /// Number of runs.
    pub runs: usize,
    /// Standard deviation from run to run, in units of harm, by key of the metric.
    pub spread: BTreeMap<String, f64>,
}

/// A later spread of more than this many times the stored one is said.
const SPREAD_TIMES_MAX: f64 = 2.0;

impl Calibration {
    /// Where runs of this comparison differ more than those of the calibration, a sentence each.
    #[must_use]
    pub fn cautions(&self, comparison: &Comparison) -> Vec<String> {
        if comparison.design == Design::Blocks {
            return Vec::new();
        }
        let wider = |metric: &Metric| {
            let stored = *self.spread.get(&metric.key())?;
            let found = run_spread(metric)?;
            (found > SPREAD_TIMES_MAX * stored).then(|| {
                format!(
                    "{} differs from run to run by {:.2} % (one standard deviation), over twice \
                    the {:.2} % of the calibration",
                    metric.key(),
                    found * 100.0,
                    stored * 100.0
                )
            })
        };
        comparison.metrics.iter().filter_map(wider).collect()
    }
}

/// The standard deviation from run to run that a comparison by runs saw, in units of harm.
pub(crate) fn run_spread(metric: &Metric) -> Option<f64> {
    let test = &metric.estimate.as_ref()?.test;
    let error = crate::power::standard_error(test)?;
    let [a, b] = &metric.by_run;
    Some(error / libm::sqrt(1.0 / a.len() as f64 + 1.0 / b.len() as f64))
}

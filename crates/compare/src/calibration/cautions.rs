//! What to know before believing a calibration, and what a calibration makes of a comparison.

use probability::Student;

use super::Calibration;
use crate::cautions::{equal_runs, is_simulated, of_runs, short_trace};
use crate::report::change::{change, size};
use crate::verdict::ALPHA;
use crate::{Comparison, Design, Metric, Side, Traffic, Verdict};

/// Runs below which their spread is hardly known: that of three may be six times what was found (the
/// 2.5 % quantile of chi-square, 2 degrees of freedom, is 0.0506).
const RUNS_FEW: usize = 4;

/// What to know before believing what was measured of `side`, the weightiest first.
pub(super) fn of_calibration(traffic: &Traffic, side: &Side, design: Design) -> Vec<String> {
    let runs = side.run_count();
    let mut cautions = of_runs(side.runs());
    cautions.extend(subjects(side));
    cautions.extend(same_runs(side));
    if runs < RUNS_FEW {
        cautions.push(format!(
            "the spread of {runs} runs is hardly known; measure ten of the same version"
        ));
    }
    if design == Design::Blocks {
        cautions.push(
            "there are too few runs for three a side, so blocks of scheduled time are compared, \
            which do not see what runs differ by; false alarms are those of single pairs"
                .into(),
        );
    }
    cautions.extend(short_trace(traffic));
    cautions
}

/// Runs that are not of one version.
fn subjects(side: &Side) -> Option<String> {
    let mut subjects: Vec<&str> = side.runs().map(|run| run.info.subject.as_str()).collect();
    subjects.sort_unstable();
    subjects.dedup();
    (subjects.len() > 1).then(|| {
        format!(
            "the runs are of {} subjects ({}): if they are not one version, what they differ by \
            is no noise",
            subjects.len(),
            subjects.join(", ")
        )
    })
}

/// Runs without any noise between them.
fn same_runs(side: &Side) -> Option<String> {
    if side.runs().all(is_simulated) {
        return Some(
            "all runs were simulated: they differ by their seeds at most, and tell nothing of the \
            noise of a real target"
                .into(),
        );
    }
    equal_runs(side)
}

/// A spread of more than this many times the calibration's is said.
const SPREAD_TIMES_MAX: f64 = 2.0;

impl Calibration {
    /// Has a later comparison of two sides say what this calibration makes of it.
    pub fn apply(&self, traffic: &Traffic, a: &Side, b: &Side, comparison: &mut Comparison) {
        let found = [
            self.other_traffic(traffic),
            match comparison.design {
                Design::Runs => self.wider(comparison),
                Design::Blocks if a.runs().chain(b.runs()).all(is_simulated) => None,
                Design::Blocks => self.within_noise(comparison),
            },
        ];
        comparison.cautions.extend(found.into_iter().flatten());
        comparison.calibration = Some(self.clone());
    }

    /// The calibration is of other requests than these.
    fn other_traffic(&self, traffic: &Traffic) -> Option<String> {
        let digests = [&self.trace_digest, &traffic.digest];
        let known = digests.iter().all(|digest| !digest.is_empty());
        let of = |name: &str, digest: &str, requests: u64| {
            let digest: String = digest.chars().take(12).collect();
            let parts = [name, &digest].into_iter().filter(|part| !part.is_empty());
            let named: Vec<_> = parts.map(str::to_owned).collect();
            format!("{} ({requests} requests)", named.join(" ")).trim_start().to_owned()
        };
        let requests = traffic.len() as u64;
        ((known && digests[0] != digests[1]) || self.requests != requests).then(|| {
            format!(
                "the calibration is of other traffic, {}, than these runs, {}: its spread and \
                thresholds need not hold here",
                of(&self.trace_name, &self.trace_digest, self.requests),
                of(&traffic.name, &traffic.digest, requests)
            )
        })
    }

    /// Runs of the comparison differ more than those of the calibration.
    fn wider(&self, comparison: &Comparison) -> Option<String> {
        let wider = |metric: &Metric| {
            let stored = *self.spread.get(&metric.key())?;
            let found = run_spread(metric)?;
            (found > SPREAD_TIMES_MAX * stored).then(|| {
                let [found, stored] = [found, stored].map(|spread| size(spread, metric.kind));
                format!("{} by {found}, not {stored}", metric.key())
            })
        };
        let gating = comparison.metrics.iter().filter(|metric| metric.gating());
        let wider: Vec<String> = gating.filter_map(wider).collect();
        (!wider.is_empty()).then(|| {
            format!(
                "runs of one side differ more than twice as much as those of the calibration, so \
                its thresholds may be too small ({})",
                wider.join("; ")
            )
        })
    }

    /// Changes that blocks call real, and that runs of one version show too.
    ///
    /// The blocks of a run cannot see what all of its requests share. The calibration has seen it:
    /// the difference of two means of runs is within `t x spread x sqrt(1/RA + 1/RB)`, with t of
    /// the calibration's degrees of freedom, corrected for all metrics that gate.
    fn within_noise(&self, comparison: &Comparison) -> Option<String> {
        let tests = comparison.gating_count().max(1) as f64;
        let multiple = Student::new(self.runs as u64 - 1).quantile(1.0 - ALPHA / tests);
        let [runs_a, runs_b] = comparison.runs.map(|runs| runs as f64);
        let multiple = multiple * libm::sqrt(1.0 / runs_a + 1.0 / runs_b);
        let changed = [Verdict::Regressed, Verdict::Improved]
            .into_iter()
            .flat_map(|verdict| comparison.gating_with(verdict));
        let within = |metric: &Metric| {
            let noise = multiple * self.spread.get(&metric.key())?;
            let harm = metric.estimate.as_ref()?.test.harm;
            (harm.abs() < noise).then(|| {
                let (key, kind) = (metric.key(), metric.kind);
                format!("{key} {} (up to {})", change(harm, kind), size(noise, kind))
            })
        };
        let within: Vec<String> = changed.filter_map(within).collect();
        (!within.is_empty()).then(|| {
            format!(
                "by the calibration of {} runs these changes are within what so few runs of one \
                version differ by: {}; only more runs a side can tell them from noise",
                self.runs,
                within.join(", ")
            )
        })
    }
}

/// The standard deviation from run to run that a comparison by runs saw, in units of harm.
fn run_spread(metric: &Metric) -> Option<f64> {
    let [a, b] = &metric.by_run;
    // Limits that come from blocks, because a run's quantile is infinite, do not tell of runs.
    let finite = a.iter().chain(b).all(|value| value.is_finite());
    let test = &metric.estimate.as_ref().filter(|_| finite)?.test;
    let error = crate::power::standard_error(test)?;
    Some(error / libm::sqrt(1.0 / a.len() as f64 + 1.0 / b.len() as f64))
}

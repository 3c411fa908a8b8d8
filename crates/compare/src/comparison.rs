//! All metrics of a candidate against the baseline, judged together.

use probability::holm;
use rayon::prelude::*;

use crate::method::{Sample, count};
use crate::power;
use crate::{
    Calibration, Class, Family, Holm, Metric, MetricKind, Overall, Run, Side, TTest, Thresholds,
    Traffic, Unit, Verdict, cautions,
};

/// The unit that differences are judged by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Design {
    /// The run: does the candidate regress on this trace?
    Runs,
    /// The block of scheduled time: would other traffic of this kind show it too?
    Blocks,
}

impl Design {
    /// Its spelling.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Runs => "runs",
            Self::Blocks => "blocks",
        }
    }
}

/// How sides are compared.
#[derive(Clone, Debug)]
pub struct Settings {
    /// What matters, and what gates.
    pub thresholds: Thresholds,
    /// Runs that each side must have for the run to be the unit; at least 2.
    pub runs_min: usize,
    /// Whether the SLO classes within a tier are reported too.
    pub by_slo: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self { thresholds: Thresholds::default(), runs_min: RUNS_MIN_DEFAULT, by_slo: false }
    }
}

/// With fewer than three runs a side their spread is hardly known.
pub const RUNS_MIN_DEFAULT: usize = 3;

/// A candidate against the baseline.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// The unit of the comparison.
    pub design: Design,
    /// Number of requests in the trace.
    pub n: u64,
    /// From the first scheduled arrival to the last, both included, ns.
    pub span_ns: u64,
    /// Number of runs of the baseline and of the candidate.
    pub runs: [usize; 2],
    /// Blocks that scheduled time is cut into.
    pub n_blocks: u32,
    /// All metrics, in the order of the report.
    pub metrics: Vec<Metric>,
    /// The word for all of them that gate.
    pub overall: Overall,
    /// What to know before believing it, a sentence each.
    pub cautions: Vec<String>,
    /// The calibration that had a say in it.
    pub calibration: Option<Calibration>,
}

/// Compares candidate `b` with baseline `a`, both runs of `traffic`.
#[must_use]
pub fn compare(traffic: &Traffic, a: &Side, b: &Side, settings: &Settings) -> Comparison {
    let mut comparison = judged(traffic, a, b, settings);
    comparison.cautions = cautions::all(traffic, a, b, comparison.design, settings.runs_min);
    comparison.cautions.extend(cautions::nothing_judged(&comparison.metrics));
    comparison
}

/// The same without cautions, which take as long.
pub(crate) fn judged(traffic: &Traffic, a: &Side, b: &Side, settings: &Settings) -> Comparison {
    let enough = |side: &Side| side.run_count() >= settings.runs_min.max(2);
    let design = if enough(a) && enough(b) { Design::Runs } else { Design::Blocks };
    let mut metrics = estimate_all(traffic, a, b, design, settings);
    for family in [Family::Gate, Family::Slo] {
        correct(&mut metrics, family);
    }
    for metric in &mut metrics {
        metric.verdict = Verdict::of(metric.estimate.as_ref(), metric.holm, metric.delta);
    }
    add_power(&mut metrics);
    let gating = metrics.iter().filter(|metric| metric.gating());
    let overall = Overall::of(gating.map(|metric| metric.verdict));
    Comparison {
        design,
        n: traffic.len() as u64,
        span_ns: traffic.span_ns(),
        runs: [a.run_count(), b.run_count()],
        n_blocks: traffic.block_count(),
        metrics,
        overall,
        cautions: Vec::new(),
        calibration: None,
    }
}

impl Comparison {
    /// The metric of a class by its name, for example `tier1`.
    #[must_use]
    pub fn metric(&self, class: &str, kind: MetricKind) -> Option<&Metric> {
        self.metrics.iter().find(|metric| metric.kind == kind && metric.class.to_string() == class)
    }

    /// How many metrics gate, and so are corrected together.
    #[must_use]
    pub fn gating_count(&self) -> usize {
        self.metrics.iter().filter(|metric| metric.gating()).count()
    }

    /// The metrics of this verdict that count.
    pub fn gating_with(&self, verdict: Verdict) -> impl Iterator<Item = &Metric> {
        self.metrics.iter().filter(move |metric| metric.gating() && metric.verdict == verdict)
    }
}

/// Every metric of every class, not yet judged.
fn estimate_all(
    traffic: &Traffic,
    a: &Side,
    b: &Side,
    design: Design,
    settings: &Settings,
) -> Vec<Metric> {
    let thresholds = &settings.thresholds;
    let classes = traffic.classes(settings.by_slo).into_iter();
    let asked: Vec<(Class, MetricKind)> = classes
        .flat_map(|class| MetricKind::of(&class).map(move |kind| (class.clone(), kind)))
        .collect();
    let estimate = |(class, kind): (Class, MetricKind)| {
        let cells = traffic.cells_of(&class);
        let sample = Sample { traffic, cells: &cells, a, b, design };
        let by_run = [a, b].map(|side| side.runs().map(|run| sample.value(run, kind)).collect());
        Metric {
            n: sample.n(),
            delta: thresholds.delta(&class, kind),
            estimate: sample.estimate(kind),
            family: thresholds.family(&class, kind),
            holm: None,
            verdict: Verdict::TooFew,
            detectable: None,
            needed: None,
            by_run,
            class,
            kind,
        }
    };
    asked.into_par_iter().map(estimate).collect()
}

/// The metrics of a family of which something was found, by position.
fn members(metrics: &[Metric], family: Family) -> Vec<usize> {
    let is_member = |metric: &Metric| metric.family == family && metric.estimate.is_some();
    (0..metrics.len()).filter(|&index| is_member(&metrics[index])).collect()
}

/// Corrects the p-values of a family for their number.
fn correct(metrics: &mut [Metric], family: Family) {
    let members = members(metrics, family);
    let adjusted = |p: fn(&TTest) -> f64| {
        let test = |&index: &usize| metrics[index].estimate.as_ref().map(|found| p(&found.test));
        holm(&members.iter().filter_map(test).collect::<Vec<_>>())
    };
    let (worse, better) = (adjusted(|test| test.p_worse), adjusted(|test| test.p_better));
    for ((index, worse), better) in members.into_iter().zip(worse).zip(better) {
        metrics[index].holm = Some(Holm { worse, better });
    }
}

/// Says what each metric could have shown, and what an inconclusive one needs.
fn add_power(metrics: &mut [Metric]) {
    for family in [Family::Gate, Family::Slo, Family::None] {
        let members = members(metrics, family);
        let count = if family == Family::None { 1 } else { members.len() };
        for index in members {
            let metric = &mut metrics[index];
            let Some(estimate) = &metric.estimate else { continue };
            metric.detectable = power::detectable(&estimate.test, count);
            if metric.verdict == Verdict::Inconclusive {
                metric.needed = power::needed(&estimate.test, metric.delta, count);
            }
        }
    }
}

impl Sample<'_> {
    /// A metric of one run alone: ns, a share, or requests per second.
    fn value(&self, run: &Run, kind: MetricKind) -> f64 {
        if let Some(ppm) = kind.quantile() {
            return run.quantile(self.cells, ppm);
        }
        let count = count(self, run, kind) as f64;
        match kind.unit() {
            Unit::Rate => count * 1e9 / self.traffic.span_ns() as f64,
            Unit::Latency | Unit::Share => count / self.n() as f64,
        }
    }
}

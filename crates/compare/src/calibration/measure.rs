//! Measures what runs of one version differ by, and how often that looks like a change.

use rayon::prelude::*;

use super::cautions;
use super::splits::{RUNS_MAX, splits};
use crate::comparison::judged;
use crate::method::{deviation, log};
use crate::power::runs_needed;
use crate::verdict::ALPHA;
use crate::{
    Class, CompareError, Comparison, Design, Holm, Metric, MetricKind, Settings, Side, Size,
    Traffic, Unit,
};

/// A threshold is at least this many times the spread: with five runs a side and 21 metrics it is
/// what is found four times in five.
const SPREADS: f64 = 3.0;

/// What runs of one version differ by, and what comparisons of them with each other say.
#[derive(Clone, Debug, PartialEq)]
pub struct Calibrated {
    /// The unit of the comparisons.
    pub design: Design,
    /// Number of runs.
    pub runs: usize,
    /// Ways to deal the runs to a baseline and a candidate that were compared.
    pub assignments: usize,
    /// Whether these are all ways.
    pub complete: bool,
    /// How many metrics gate.
    pub gating_count: usize,
    /// All metrics, in the order of the report.
    pub metrics: Vec<CalibratedMetric>,
    /// How many assignments raised a false alarm in any metric that gates.
    pub alarms: FalseAlarms,
    /// What to know before believing it, a sentence each.
    pub cautions: Vec<String>,
}

/// One metric of one version.
#[derive(Clone, Debug, PartialEq)]
pub struct CalibratedMetric {
    /// Of which requests.
    pub class: Class,
    /// What is measured.
    pub kind: MetricKind,
    /// Number of requests of the class in the trace.
    pub n: u64,
    /// Whether there are requests enough to judge it.
    pub judged: bool,
    /// Its value in each run: ns, shares, or requests per second; latencies may be infinite.
    pub by_run: Vec<f64>,
    /// Standard deviation from run to run, in units of harm; `None` where there are too few
    /// requests, or where it is infinite in a run.
    pub spread: Option<f64>,
    /// The threshold of the comparisons, in units of harm.
    pub delta: f64,
    /// The threshold that it should have.
    pub suggested: Size,
    /// How many assignments raised a false alarm.
    pub alarms: FalseAlarms,
    /// For each wished change of its unit the runs a side that find it four times in five; `None`
    /// where that takes more than a thousand, or cannot be told.
    pub needed: Vec<(Size, Option<usize>)>,
}

/// How many assignments raised an alarm, though nothing had changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FalseAlarms {
    /// Called worse beyond chance.
    pub significant: usize,
    /// And by as much as matters, so a regression.
    pub regressed: usize,
    /// A regression also with the suggested thresholds.
    pub remaining: usize,
}

/// Deals the runs of one version to two sides in many ways, and compares these. `changes` are
/// those that one wishes to find; `compared` hears, after each comparison, of how many it was one.
///
/// # Errors
/// Where there is one run alone, or more than a hundred.
pub fn calibrate(
    traffic: &Traffic,
    side: &Side,
    settings: &Settings,
    changes: &[Size],
    compared: impl Fn(usize) + Sync,
) -> Result<Calibrated, CompareError> {
    let runs = side.run_count();
    if !(2..=RUNS_MAX).contains(&runs) {
        return Err(CompareError::RunsToCalibrate { runs });
    }
    let dealt = splits(runs);
    let comparisons: Vec<Comparison> = dealt
        .splits
        .par_iter()
        .map(|split| {
            let of_split = judged(traffic, &side.pick(&split.a), &side.pick(&split.b), settings);
            compared(dealt.splits.len());
            of_split
        })
        .collect();
    let first = &comparisons[0];
    let gating_count = first.gating_count();
    let runs_min = settings.runs_min.max(2);
    let metrics: Vec<CalibratedMetric> = (0..first.metrics.len())
        .map(|index| {
            let of_all: Vec<&Metric> =
                comparisons.iter().map(|comparison| &comparison.metrics[index]).collect();
            let needed = |spread: f64, change: Size| {
                runs_needed(spread, change.harm(), gating_count, runs_min)
            };
            calibrated(&of_all, changes, needed)
        })
        .collect();
    Ok(Calibrated {
        design: first.design,
        runs,
        assignments: 2 * comparisons.len(),
        complete: dealt.complete,
        gating_count,
        alarms: alarms_of_any(&comparisons, &metrics),
        metrics,
        cautions: cautions::of_calibration(traffic, side, first.design),
    })
}

/// One metric by all comparisons, of which the first deals the runs in order.
fn calibrated(
    of_all: &[&Metric],
    changes: &[Size],
    needed: impl Fn(f64, Size) -> Option<usize>,
) -> CalibratedMetric {
    let first = of_all[0];
    let kind = first.kind;
    let by_run = first.by_run.concat();
    let judged = first.estimate.is_some();
    let spread = if judged { spread(&by_run, kind) } else { None };
    let suggested = suggested(spread, first.delta, kind);
    let mut alarms = FalseAlarms::default();
    of_all
        .iter()
        .flat_map(|metric| raised(metric, suggested))
        .for_each(|raised| alarms.add(raised));
    let wished = changes.iter().filter(|change| change.misfit(kind).is_none());
    CalibratedMetric {
        class: first.class.clone(),
        kind,
        n: first.n,
        judged,
        delta: first.delta,
        suggested,
        alarms,
        needed: wished
            .map(|&change| (change, spread.and_then(|spread| needed(spread, change))))
            .collect(),
        spread,
        by_run,
    }
}

/// Standard deviation from run to run, in units of harm.
fn spread(by_run: &[f64], kind: MetricKind) -> Option<f64> {
    let scale = |value: &f64| match kind.unit() {
        Unit::Latency => log(*value),
        Unit::Rate => libm::log(*value),
        Unit::Share => *value,
    };
    let scaled: Vec<f64> = by_run.iter().map(scale).collect();
    scaled.iter().all(|value| value.is_finite()).then(|| deviation(&scaled))
}

/// Three times the spread, rounded up, and never below `delta`.
fn suggested(spread: Option<f64>, delta: f64, kind: MetricKind) -> Size {
    let least = Size::at_least(delta, kind);
    let wanted = spread.map(|spread| Size::at_least(SPREADS * spread, kind).to_step());
    wanted.filter(|wanted| wanted.harm() > least.harm()).unwrap_or(least)
}

/// The alarms of one comparison: of its candidate, and of its baseline were the labels exchanged.
/// Worse one way is better the other, so that one comparison tells of two assignments; exactly so
/// but for goodput by blocks, whose standard error counts from the baseline.
fn raised(metric: &Metric, suggested: Size) -> [Raised; 2] {
    let Some(estimate) = &metric.estimate else { return Default::default() };
    let test = &estimate.test;
    let p = metric.holm.unwrap_or(Holm { worse: test.p_worse, better: test.p_better });
    [(p.worse, test.harm), (p.better, -test.harm)].map(|(p, harm)| {
        let significant = p <= ALPHA;
        Raised {
            significant,
            regressed: significant && harm >= metric.delta,
            remaining: significant && harm >= suggested.harm(),
        }
    })
}

/// The alarms of one assignment.
#[derive(Clone, Copy, Debug, Default)]
struct Raised {
    significant: bool,
    regressed: bool,
    remaining: bool,
}

impl FalseAlarms {
    fn add(&mut self, raised: Raised) {
        self.significant += usize::from(raised.significant);
        self.regressed += usize::from(raised.regressed);
        self.remaining += usize::from(raised.remaining);
    }
}

/// How many assignments raised an alarm in any metric that gates.
fn alarms_of_any(comparisons: &[Comparison], metrics: &[CalibratedMetric]) -> FalseAlarms {
    let mut alarms = FalseAlarms::default();
    for comparison in comparisons {
        let mut any = [Raised::default(); 2];
        let gating = comparison.metrics.iter().zip(metrics).filter(|(metric, _)| metric.gating());
        for (metric, calibrated) in gating {
            for (any, raised) in any.iter_mut().zip(raised(metric, calibrated.suggested)) {
                any.significant |= raised.significant;
                any.regressed |= raised.regressed;
                any.remaining |= raised.remaining;
            }
        }
        any.into_iter().for_each(|raised| alarms.add(raised));
    }
    alarms
}

impl CalibratedMetric {
    /// Its key: `<class>/<metric>`, for example `tier1/p99`.
    #[must_use]
    pub fn key(&self) -> String {
        format!("{}/{}", self.class, self.kind)
    }
}

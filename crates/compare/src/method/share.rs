//! Shares of requests, and goodput, which is a share in time.

use super::blocks::{BlockTest, differences};
use super::pooled::pooled;
use super::{Estimate, Sample, Status, TTest};
use crate::{Design, MetricKind, Run, Side};

/// Requests that a share needs.
pub(crate) const REQUESTS_MIN: u64 = 20;

/// The estimate of attainment, error rate or goodput; `None` where there are too few requests, or
/// the goodput of a run is 0, which has no logarithm.
pub(crate) fn share(sample: &Sample<'_>, kind: MetricKind) -> Option<Estimate> {
    let n = sample.n();
    let goodput = kind == MetricKind::Goodput;
    let of_runs = |side: &Side| -> Vec<f64> {
        side.runs().map(|run| count(sample, run, kind) as f64 / n as f64).collect()
    };
    let (shares_a, shares_b) = (of_runs(sample.a), of_runs(sample.b));
    let zero = goodput && shares_a.iter().chain(&shares_b).any(|share| *share == 0.0);
    if n < REQUESTS_MIN || zero {
        return None;
    }
    let (a, b) = (of_side(sample, sample.a, kind), of_side(sample, sample.b, kind));
    let (effect, standard_error, df) = match sample.design {
        Design::Runs => {
            let scale = |share: &f64| if goodput { libm::log(*share) } else { *share };
            let of = |shares: &[f64]| shares.iter().map(scale).collect::<Vec<_>>();
            let pooled = pooled(&of(&shares_a), &of(&shares_b));
            (pooled.effect, pooled.standard_error, pooled.df)
        }
        Design::Blocks => {
            let (runs_a, runs_b) = sample.run_counts();
            let test = block_test(sample, kind);
            let scale = (runs_a * runs_b * n) as f64;
            let (difference, error) = (test.total / scale, test.spread / scale);
            // The delta method: ln(b / a) spreads as b does, over a.
            match goodput {
                true => (libm::log(b / a), error / a, test.df),
                false => (difference, error, test.df),
            }
        }
    };
    let per_second = n as f64 * 1e9 / sample.traffic.span_ns() as f64;
    let unit = if goodput { per_second } else { 1.0 };
    let test = TTest::of_effect(kind.harm_sign() * effect, standard_error, df);
    Some(Estimate { status: Status::Ok, a: a * unit, b: b * unit, test })
}

/// Mean over all runs of a side, as one quotient of integers: sides that are equal are equal to the
/// last bit, whatever their numbers of runs.
fn of_side(sample: &Sample<'_>, side: &Side, kind: MetricKind) -> f64 {
    let sum: u64 = side.runs().map(|run| count(sample, run, kind)).sum();
    sum as f64 / (side.run_count() as u64 * sample.n()) as f64
}

/// The sums of paired differences by block.
fn block_test(sample: &Sample<'_>, kind: MetricKind) -> BlockTest {
    let of_side = |side: &Side| side.sum_by_block(|run| by_block(sample, run, kind));
    let sums = differences(&of_side(sample.a), &of_side(sample.b), sample.run_counts());
    BlockTest::new(&sums, &sample.traffic.by_block(sample.cells))
}

/// How many requests of a run the share counts.
pub(crate) fn count(sample: &Sample<'_>, run: &Run, kind: MetricKind) -> u64 {
    by_block(sample, run, kind).iter().sum()
}

/// The same of each block.
fn by_block(sample: &Sample<'_>, run: &Run, kind: MetricKind) -> Vec<u64> {
    match kind {
        MetricKind::ErrorRate => run.failed_by_block(sample.cells),
        _ => run.met_by_block(sample.cells),
    }
}

//! How far a quantile shifted, for a picture of many quantiles: cheaper than an estimate, and
//! without a verdict.

use outcome::Ppm;

use super::exceedance::{counts_above, pooled_quantile};
use super::interval::band;
use super::latency::{largest, log, of_side};
use super::pooled::pooled;
use super::{Sample, TTest};
use crate::{Design, Run, Side};

/// The shift of one quantile.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Shift {
    /// ln(B / A).
    pub(crate) harm: f64,
    /// Limits of 95 % confidence, of this quantile by itself.
    pub(crate) limits: (f64, f64),
}

/// The shift of the quantile `ppm`; `None` where failures reach it.
pub(crate) fn shift(sample: &Sample<'_>, ppm: Ppm) -> Option<Shift> {
    match sample.design {
        Design::Runs => of_runs(sample, ppm),
        Design::Blocks => {
            let (a, b) = (of_side(sample, sample.a, ppm), of_side(sample, sample.b, ppm));
            let harm = log(b) - log(a);
            let finite = a.is_finite() && b.is_finite();
            finite.then(|| Shift { harm, limits: band(sample, ppm, harm) })
        }
    }
}

fn of_runs(sample: &Sample<'_>, ppm: Ppm) -> Option<Shift> {
    let of_run = |run: &Run| {
        let quantile = run.quantile(sample.cells, ppm);
        quantile.is_finite().then(|| log(quantile))
    };
    let logs = |side: &Side| side.runs().map(of_run).collect::<Option<Vec<f64>>>();
    let pooled = pooled(&logs(sample.a)?, &logs(sample.b)?);
    let test = TTest::of_effect(pooled.effect, pooled.standard_error, pooled.df);
    let limits = test.interval.map_or((f64::NEG_INFINITY, f64::INFINITY), |i| (i.lo95, i.hi95));
    Some(Shift { harm: pooled.effect, limits })
}

/// For each block, how many more of its requests were above the quantile `ppm` of both sides
/// together under B than under A, in the mean of the runs. This is what the paired test sums.
pub(crate) fn differences_above(sample: &Sample<'_>, ppm: Ppm) -> Vec<f64> {
    let limit = pooled_quantile(sample, ppm, 1.0).unwrap_or_else(|| largest(sample));
    let (runs_a, runs_b) = sample.run_counts();
    let above = |side: &Side| counts_above(sample, side, limit, 1.0);
    let (a, b) = (above(sample.a), above(sample.b));
    let mean = |(a, b): (u64, u64)| b as f64 / runs_b as f64 - a as f64 / runs_a as f64;
    a.into_iter().zip(b).map(mean).collect()
}

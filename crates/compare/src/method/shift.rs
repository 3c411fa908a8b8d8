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

#[cfg(test)]
mod tests {
    use request::{Moment, RequestId, Tier};

    use super::*;
    use crate::{Class, MetricKind, Row, Settings, compare, of_rows};

    /// 1,200 requests; run `number` of a side whose latencies are `percent` of a base.
    fn run(percent: u64, number: u64) -> Vec<Row> {
        let latency = |id: u64| (1_000_000 + id * id % 1_013 * 30_000) * percent / 100;
        let row = |id: u64| Row {
            id: RequestId(id as i64),
            arrival: Moment::from_nanos(id as i64 * 50_000_000),
            tier: Tier::ALL[(id % 3) as usize],
            slo: 0,
            latency_ns: (id % 90 != 17).then(|| latency(id) + number * 3_000 * (id % 7)),
            slo_met: true,
            lag_ns: None,
        };
        (0..1_200).map(row).collect()
    }

    /// What a picture shows at a quantile is what the table says of it.
    #[test]
    fn a_shift_is_the_estimate_of_its_quantile() {
        for runs in [1, 4] {
            let side = |percent| (0..runs).map(|number| run(percent, number)).collect::<Vec<_>>();
            let (traffic, sides) = of_rows(&[("a", side(100)), ("b", side(112))], 40).unwrap();
            let comparison = compare(&traffic, &sides[0], &sides[1], &Settings::default());
            for kind in [MetricKind::P50, MetricKind::P95] {
                let cells = traffic.cells_of(&Class::All);
                let (a, b, design) = (&sides[0], &sides[1], comparison.design);
                let sample = Sample { traffic: &traffic, cells: &cells, a, b, design };
                let found = shift(&sample, kind.quantile().unwrap()).unwrap();
                let metric = comparison.metric("all", kind).unwrap();
                let test = &metric.estimate.as_ref().unwrap().test;
                let limits = test.interval.unwrap();
                assert!((found.harm - test.harm).abs() < 1e-12, "{runs} {kind}");
                // A bracket of ln 16, halved eleven times.
                assert!((found.limits.0 - limits.lo95).abs() < 0.004, "{runs} {kind}");
                assert!((found.limits.1 - limits.hi95).abs() < 0.004, "{runs} {kind}");
            }
            let cells = traffic.cells_of(&Class::All);
            let design = comparison.design;
            let sample =
                Sample { traffic: &traffic, cells: &cells, a: &sides[0], b: &sides[1], design };
            assert_eq!(shift(&sample, Ppm(995_000)), None, "failures reach it");
            let differences = differences_above(&sample, Ppm::P95);
            let total = super::super::exceedance::at_ratio(&sample, Ppm::P95, 1.0).total;
            let runs = (runs * runs) as f64;
            assert_eq!(differences.len(), 40);
            assert!((differences.iter().sum::<f64>() - total / runs).abs() < 1e-9);
        }
    }
}

//! Quantiles of latency, where a failure takes for ever.

use outcome::Ppm;

use super::exceedance::{above, at_ratio, parts};
use super::interval::interval;
use super::pooled::{mean, pooled};
use super::{Estimate, Interval, Sample, Status, TTest};
use crate::run::{Part, smallest_reaching};
use crate::{Design, Run, Side};

/// Requests that lie beyond a quantile, at least, in millionths.
const BEYOND_MIN: u64 = 20 * 1_000_000;

/// Requests that a quantile needs, so that enough lie beyond it.
pub(crate) const fn requests_min(ppm: Ppm) -> u64 {
    BEYOND_MIN.div_ceil(1_000_000 - ppm.0 as u64)
}

/// The estimate of a quantile; `None` where too few requests lie beyond it.
pub(crate) fn latency(sample: &Sample<'_>, ppm: Ppm) -> Option<Estimate> {
    if sample.n() < requests_min(ppm) {
        return None;
    }
    let of_runs = |side: &Side| -> Vec<f64> {
        side.runs().map(|run| run.quantile(sample.cells, ppm)).collect()
    };
    let (of_a, of_b) = (of_runs(sample.a), of_runs(sample.b));
    let finite = of_a.iter().chain(&of_b).all(|quantile| quantile.is_finite());
    Some(match (sample.design, finite) {
        (Design::Runs, true) => of_quantiles(&of_a, &of_b),
        _ => by_exceedance(sample, ppm),
    })
}

/// Runs, each with a quantile of its own: compares their logarithms.
fn of_quantiles(a: &[f64], b: &[f64]) -> Estimate {
    let logs = |quantiles: &[f64]| quantiles.iter().map(|&q| log(q)).collect::<Vec<_>>();
    let (logs_a, logs_b) = (logs(a), logs(b));
    let pooled = pooled(&logs_a, &logs_b);
    let geometric = |logs: &[f64]| libm::exp(mean(logs));
    Estimate {
        status: Status::Ok,
        a: geometric(&logs_a),
        b: geometric(&logs_b),
        test: TTest::of_effect(pooled.effect, pooled.standard_error, pooled.df),
    }
}

/// Logarithm of a latency. In virtual time one can be 0, of which it is taken as of 1 ns.
pub(crate) fn log(latency_ns: f64) -> f64 {
    libm::log(latency_ns.max(1.0))
}

/// Quantiles of all runs of a side together, with evidence from counts above a common latency.
fn by_exceedance(sample: &Sample<'_>, ppm: Ppm) -> Estimate {
    let (a, b) = (of_side(sample, sample.a, ppm), of_side(sample, sample.b, ppm));
    let finite = a.is_finite() && b.is_finite();
    let identical = identical(sample);
    let counts = match sample.design {
        Design::Blocks => paired(sample, ppm, finite, identical),
        Design::Runs => shares_above(sample, ppm),
    };
    let (status, harm) = match (a.is_finite(), b.is_finite()) {
        (true, true) => (Status::Ok, log(b) - log(a)),
        (false, false) => (Status::Censored, 0.0),
        (true, false) => (Status::Censored, f64::INFINITY),
        (false, true) => (Status::Censored, f64::NEG_INFINITY),
    };
    let limits = || match identical {
        true => Interval::at(0.0),
        false => interval(sample, ppm, harm, counts.df),
    };
    // Counts at one latency that are equal in every block say little of a quantile, unless the
    // sides are the same in everything.
    let exact = counts.t.is_infinite() || identical;
    let test = TTest { harm, interval: finite.then(limits), exact, ..counts };
    Estimate { status, a, b, test }
}

/// The blocks design: the exceedance test, whose effect is a count.
fn paired(sample: &Sample<'_>, ppm: Ppm, finite: bool, identical: bool) -> TTest {
    let test = match finite {
        true => at_ratio(sample, ppm, 1.0),
        false => above(sample, largest(sample), 1.0),
    };
    let counts = TTest::of_effect(test.total, test.spread, test.df);
    if counts.t != 0.0 {
        return counts;
    }
    // No difference at the quantile is none at all only if there is none anywhere.
    let p = if identical { 1.0 } else { 0.5 };
    TTest { p_worse: p, p_better: p, ..counts }
}

/// The runs design where a run's quantile is infinite: each run's share above the quantile of all.
fn shares_above(sample: &Sample<'_>, ppm: Ppm) -> TTest {
    let (runs_a, runs_b) = sample.run_counts();
    let all: Vec<_> =
        parts(sample, sample.a, 1.0, 1).chain(parts(sample, sample.b, 1.0, 1)).collect();
    let rank = ppm.rank((runs_a + runs_b) * sample.n());
    let limit = smallest_reaching(rank.into(), &all).unwrap_or_else(|| largest(sample));
    let share = |side: &Side| -> Vec<f64> {
        let of_run = |run: &Run| {
            let ranked = run.ranked(sample.cells).map(Part::plain);
            let to_limit: usize = ranked.map(|part| part.count_to(limit)).sum();
            (sample.n() - to_limit as u64) as f64 / sample.n() as f64
        };
        side.runs().map(of_run).collect()
    };
    let pooled = pooled(&share(sample.a), &share(sample.b));
    TTest::of_effect(pooled.effect, pooled.standard_error, pooled.df)
}

/// The quantile of all runs of a side together, ns; infinite where failures reach it.
pub(crate) fn of_side(sample: &Sample<'_>, side: &Side, ppm: Ppm) -> f64 {
    let parts: Vec<_> = parts(sample, side, 1.0, 1).collect();
    let rank = ppm.rank(side.run_count() as u64 * sample.n());
    smallest_reaching(rank.into(), &parts).unwrap_or(f64::INFINITY)
}

/// The largest finite latency of either side; 0 where there is none.
pub(crate) fn largest(sample: &Sample<'_>) -> f64 {
    let all = parts(sample, sample.a, 1.0, 1).chain(parts(sample, sample.b, 1.0, 1));
    all.filter_map(|part| part.ranked.last()).max().unwrap_or(0) as f64
}

/// Whether every request took the same time on both sides, run by run, or none ended at all.
fn identical(sample: &Sample<'_>) -> bool {
    let (a, b) = (sample.a.runs(), sample.b.runs());
    let mut ranked = a.clone().chain(b.clone()).flat_map(|run| run.ranked(sample.cells));
    if ranked.all(|ranked| ranked.len() == 0) {
        return true;
    }
    let traffic = sample.traffic;
    let whole = sample.cells.len() == traffic.cell_count();
    a.len() == b.len()
        && a.zip(b).all(|(a, b)| {
            let mut pairs = traffic.cell_of.iter().zip(a.latencies.iter().zip(&b.latencies));
            match whole {
                true => a.latencies == b.latencies,
                false => pairs
                    .all(|(cell, (a, b))| a == b || !sample.cells.contains(&usize::from(*cell))),
            }
        })
}

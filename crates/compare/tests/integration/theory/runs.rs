//! The runs design, where each run is one normal number: Student's t is exact, and so are all its
//! promises.

use compare::{Comparison, Design, MetricKind, Row, TTest, Verdict};
use request::Tier;

use super::band::{check_even, check_share};
use super::draws::{compared, row};

const DRAWS: u64 = 4000;

/// Requests of a run: as many as a median needs.
const REQUESTS: usize = 40;

/// Standard deviation from run to run, as a logarithm.
const RUN_SD: f64 = 0.01;

/// The threshold of a median, as a logarithm.
fn delta() -> f64 {
    libm::log(1.05)
}

/// Comparisons of so many runs, of which the candidate's are slower by `harm`.
fn of_runs(label: &str, runs: (usize, usize), harm: f64) -> Vec<Comparison> {
    compared(label, DRAWS, |normals| {
        [(runs.0, 0.0), (runs.1, harm)]
            .map(|(count, harm)| (0..count).map(|_| run(harm + RUN_SD * normals.draw())).collect())
    })
}

/// A run, in which every request takes `exp(level)` times what it takes in any other.
fn run(level: f64) -> Vec<Row> {
    let factor = libm::exp(level);
    let latency = |index: usize| (1e9 + 1e7 * index as f64) * factor;
    (0..REQUESTS).map(|index| row(index, Tier::Vip, Some(latency(index)), 1e12)).collect()
}

/// What was found of the median.
fn median(comparison: &Comparison) -> &TTest {
    assert_eq!(comparison.design, Design::Runs);
    let metric = comparison.metric("all", MetricKind::P50).unwrap();
    &metric.estimate.as_ref().unwrap().test
}

fn shares(comparisons: &[Comparison], is_hit: impl Fn(&TTest) -> bool) -> Vec<bool> {
    comparisons.iter().map(|comparison| is_hit(median(comparison))).collect()
}

#[test]
fn p_values_of_equal_versions_are_even() {
    for (label, runs) in [("3+3", (3, 3)), ("5+5", (5, 5)), ("3+7", (3, 7))] {
        let found = of_runs(label, runs, 0.0);
        let p_values = |p: fn(&TTest) -> f64| -> Vec<f64> {
            found.iter().map(|comparison| p(median(comparison))).collect()
        };
        check_even(label, &p_values(|test| test.p_worse));
        check_even(label, &p_values(|test| test.p_better));
        // Where verdicts are made.
        check_share(label, &shares(&found, |test| test.p_worse <= 0.05), 0.05);
        check_share(label, &shares(&found, |test| test.p_better <= 0.05), 0.05);
    }
}

#[test]
fn intervals_hold_the_truth_as_often_as_they_say() {
    for (label, runs) in [("interval 3+3", (3, 3)), ("interval 5+5", (5, 5))] {
        let truth = 0.03;
        let found = of_runs(label, runs, truth);
        let holds = |limits: fn(&TTest) -> (f64, f64)| {
            shares(&found, |test| {
                let (low, high) = limits(test);
                low < truth && truth < high
            })
        };
        check_share(label, &holds(limits90), 0.90);
        check_share(label, &holds(limits95), 0.95);
    }
}

fn limits90(test: &TTest) -> (f64, f64) {
    let interval = test.interval.unwrap();
    (interval.lo90, interval.hi90)
}

fn limits95(test: &TTest) -> (f64, f64) {
    let interval = test.interval.unwrap();
    (interval.lo95, interval.hi95)
}

/// On the very margin of what matters, two one-sided tests at 5 % call 5 % equivalent.
#[test]
fn what_matters_is_called_equivalent_in_one_of_twenty() {
    for (label, harm) in [("slower", delta()), ("faster", -delta())] {
        check_share(label, &of_verdict(Verdict::Equivalent, &of_runs(label, (5, 5), harm)), 0.05);
    }
}

/// The threshold is what matters, not what is found: beyond chance both are, and the estimate is on
/// either side of the margin equally often.
#[test]
fn a_regression_of_just_what_matters_is_called_so_half_the_time() {
    check_share("half", &of_verdict(Verdict::Regressed, &of_runs("half", (5, 5), delta())), 0.5);
}

/// Whether the median of each has this verdict.
fn of_verdict(verdict: Verdict, comparisons: &[Comparison]) -> Vec<bool> {
    let medians = comparisons.iter().filter_map(|of| of.metric("all", MetricKind::P50));
    medians.map(|median| median.verdict == verdict).collect()
}

//! What other people do with the same runs: thresholds alone, a rank test of the runs, and tests
//! that take requests for units.
//!
//! None of them corrects for the number of its tests, as their users do not. Effects are harms, in
//! the units of `compare`: the logarithm of a ratio or a difference of shares, and positive is
//! worse.

use compare::{ALPHA, Class, Metric, MetricKind, Row, Thresholds, Unit};
use outcome::Ppm;
use request::Tier;

use crate::statistics::{mann_whitney, mcnemar, paired, signed_rank, welch};
use crate::study::Compared;

/// A name, and what its owner makes of a comparison.
pub(crate) type Rival = (&'static str, fn(&Compared) -> Alarm);

/// All of them, in the order of the table.
pub(crate) const RIVALS: [Rival; 6] = [
    ("threshold", threshold),
    ("benchstat", benchstat),
    ("Welch t", |compared| by_requests(compared, of_welch)),
    ("paired t", |compared| by_requests(compared, of_paired)),
    ("Wilcoxon", |compared| by_requests(compared, of_signed_rank)),
    ("McNemar", |compared| by_requests(compared, of_mcnemar)),
];

/// Whether a rival calls the candidate worse in anything.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Alarm {
    /// Beyond chance, as its test counts chance.
    pub(crate) by_chance: bool,
    /// Beyond chance and by more than the threshold.
    pub(crate) by_threshold: bool,
}

/// What a rival finds of one metric or class.
struct Finding {
    /// Two-sided p-value.
    p: f64,
    harm: f64,
    /// The least harm that matters.
    delta: f64,
}

impl Alarm {
    fn of(findings: impl IntoIterator<Item = Finding>) -> Self {
        findings.into_iter().filter(|found| found.p < ALPHA && found.harm > 0.0).fold(
            Self::default(),
            |alarm, found| Self {
                by_chance: true,
                by_threshold: alarm.by_threshold || found.harm > found.delta,
            },
        )
    }
}

/// No statistics: whatever is worse by more than its threshold, in the estimate that `compare`
/// makes of it too. So there is no chance to tell apart.
fn threshold(compared: &Compared) -> Alarm {
    let is_worse = |metric: &Metric| {
        metric.estimate.as_ref().is_some_and(|found| found.test.harm > metric.delta)
    };
    let alarm = compared.comparison.metrics.iter().any(is_worse);
    Alarm { by_chance: alarm, by_threshold: alarm }
}

/// A rank test of the values of the runs, and the change of their median, for each metric.
fn benchstat(compared: &Compared) -> Alarm {
    let finding = |metric: &Metric| {
        let [a, b] = &metric.by_run;
        let [from, to] = [a, b].map(|values| median(values));
        let change = match metric.kind.unit() {
            Unit::Latency | Unit::Rate => libm::log(to / from),
            Unit::Share => to - from,
        };
        let harm = metric.kind.harm_sign() * change;
        Finding { p: mann_whitney(a, b), harm, delta: metric.delta }
    };
    Alarm::of(compared.comparison.metrics.iter().map(finding))
}

/// The latencies of the requests of a class, in ns.
struct Requests {
    /// Of each run of both sides.
    runs: [Vec<Vec<f64>>; 2],
    /// Mean over the runs of each request, on both sides.
    means: [Vec<f64>; 2],
}

impl Requests {
    fn new(rows: &[Vec<Vec<Row>>; 2], is_of_class: impl Fn(&Row) -> bool) -> Self {
        // In the studies no request fails.
        let latency = |row: &Row| row.latency_ns.unwrap() as f64;
        let of_class = |run: &Vec<Row>| -> Vec<f64> {
            run.iter().filter(|row| is_of_class(row)).map(latency).collect()
        };
        let runs = [0, 1].map(|side: usize| rows[side].iter().map(of_class).collect::<Vec<_>>());
        let mean = |runs: &Vec<Vec<f64>>| {
            let mean_of =
                |index| runs.iter().map(|run| run[index]).sum::<f64>() / runs.len() as f64;
            (0..runs[0].len()).map(mean_of).collect()
        };
        Self { means: [mean(&runs[0]), mean(&runs[1])], runs }
    }

    /// Of each request, the logarithm of how many times longer it took.
    fn log_ratios(&self) -> Vec<f64> {
        let [a, b] = &self.means;
        a.iter().zip(b).map(|(a, b)| libm::log(b / a)).collect()
    }
}

/// A test that takes requests for units, of all and of each tier.
fn by_requests(compared: &Compared, test: fn(&Requests) -> Finding) -> Alarm {
    let all = Requests::new(&compared.rows, |_| true);
    let tiers = Tier::ALL.map(|tier| Requests::new(&compared.rows, |row| row.tier == tier));
    Alarm::of(tiers.iter().chain([&all]).map(test))
}

/// The mean of all latencies of all runs.
fn of_welch(requests: &Requests) -> Finding {
    let [a, b] = [0, 1].map(|side: usize| requests.runs[side].concat());
    Finding {
        p: welch(&a, &b),
        harm: libm::log(mean(&b) / mean(&a)),
        delta: delta(MetricKind::P50),
    }
}

/// The mean log ratio of the latencies of one request.
fn of_paired(requests: &Requests) -> Finding {
    let ratios = requests.log_ratios();
    Finding { p: paired(&ratios), harm: mean(&ratios), delta: delta(MetricKind::P50) }
}

/// The median log ratio of the latencies of one request.
fn of_signed_rank(requests: &Requests) -> Finding {
    let ratios = requests.log_ratios();
    Finding { p: signed_rank(&ratios), harm: median(&ratios), delta: delta(MetricKind::P50) }
}

/// How many requests exceed the common p99 of both sides on one side alone; and the change of p99.
fn of_mcnemar(requests: &Requests) -> Finding {
    let [a, b] = &requests.means;
    let limit = p99(&[a.as_slice(), b].concat());
    let count = |is_one: fn(bool, bool) -> bool| {
        a.iter().zip(b).filter(|(a, b)| is_one(**a > limit, **b > limit)).count() as u64
    };
    let (better, worse) = (count(|a, b| a && !b), count(|a, b| !a && b));
    let harm = libm::log(p99(b) / p99(a));
    Finding { p: mcnemar(worse, better), harm, delta: delta(MetricKind::P99) }
}

/// The threshold of a metric, as `compare` has it where nobody says another.
fn delta(kind: MetricKind) -> f64 {
    Thresholds::default().delta(&Class::All, kind)
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

fn median(values: &[f64]) -> f64 {
    let values = sorted(values);
    let half = values.len() / 2;
    match values.len() % 2 {
        1 => values[half],
        _ => (values[half - 1] + values[half]) / 2.0,
    }
}

fn p99(values: &[f64]) -> f64 {
    Ppm::P99.of(&sorted(values)).unwrap()
}

fn sorted(values: &[f64]) -> Vec<f64> {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    values
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::noise::Noise;
    use crate::study::Study;
    use crate::traffic::Load;

    const NONE: Alarm = Alarm { by_chance: false, by_threshold: false };
    const CHANCE: Alarm = Alarm { by_chance: true, by_threshold: false };
    const BOTH: Alarm = Alarm { by_chance: true, by_threshold: true };

    #[test]
    fn an_alarm_is_beyond_chance_and_worse() {
        let alarm = |findings: &[(f64, f64)]| {
            Alarm::of(findings.iter().map(|&(p, harm)| Finding { p, harm, delta: 0.1 }))
        };
        assert_eq!(alarm(&[]), NONE);
        assert_eq!(alarm(&[(0.06, 0.3), (0.01, -0.3)]), NONE);
        assert_eq!(alarm(&[(0.04, 0.05), (0.06, 0.3)]), CHANCE);
        assert_eq!(alarm(&[(0.04, 0.2), (0.04, 0.05)]), BOTH);
    }

    /// With one run a side, ranks of runs say nothing; with four they do.
    #[test]
    fn what_is_plain_is_found_by_all_that_can_find_it() {
        for (runs, by_ranks) in [(1, NONE), (4, BOTH)] {
            let study = Study { load: Load::MILD, noise: Noise::JITTER, runs, slower: 30 };
            let compared = study.compared(1);
            for (name, rival) in RIVALS {
                let expected = if name == "benchstat" { by_ranks } else { BOTH };
                assert_eq!(rival(&compared), expected, "{name}, {runs} runs");
            }
            let alike =
                Study { slower: 0, noise: Noise { jitter_sd: 0.0, ..Noise::JITTER }, ..study };
            let compared = alike.compared(1);
            assert!(RIVALS.into_iter().all(|(_, rival)| rival(&compared) == NONE));
        }
    }
}

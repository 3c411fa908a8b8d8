//! Comparisons of simulated runs, hundreds of them, of which it is known what they should say.
//!
//! Both sides of a comparison meet the same requests with the same base sizes. The candidate is the
//! same version, or takes so much longer for each request; beyond that, runs differ by their noise
//! alone. Comparison number n is drawn from the seed n, whatever the study.

use std::collections::BTreeMap;
use std::fmt;

use compare::{
    ALPHA, BLOCKS_DEFAULT, Comparison, Overall, Report, Row, Settings, compare, of_rows,
};
use rayon::prelude::*;
use request::Seed;

use crate::noise::Noise;
use crate::queue;
use crate::traffic::{Load, Traffic};

/// One kind of comparison.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Study {
    pub(crate) load: Load,
    pub(crate) noise: Noise,
    /// Runs of each side.
    pub(crate) runs: usize,
    /// By how many per cent the candidate's service times are longer.
    pub(crate) slower: u32,
}

/// As a command line names it: `mild/runs/5+5/3%`.
impl fmt::Display for Study {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let noise = match self.noise {
            Noise::JITTER => "jitter",
            Noise::LOUD => "loud",
            _ => "runs",
        };
        let (load, runs, slower) = (self.load.name, self.runs, self.slower);
        f.pad(&format!("{load}/{noise}/{runs}+{runs}/{slower}%"))
    }
}

/// What the comparisons of a study came to; each count is of comparisons.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) comparisons: u64,
    /// Some metric has a two-sided p-value below 0.05: what naive eyes would see.
    pub(crate) any_p: usize,
    /// Some metric is worse beyond chance after correction, whether or not it matters.
    pub(crate) any_holm: usize,
    /// Numbers of those whose verdict is `regressed`.
    pub(crate) regressed: Vec<u64>,
    /// How often each metric regressed.
    pub(crate) metrics: BTreeMap<String, usize>,
}

impl Tally {
    /// Of comparisons 0, 1, 2, ...
    pub(crate) fn of(comparisons: &[Comparison]) -> Self {
        let mut tally = Self { comparisons: comparisons.len() as u64, ..Self::default() };
        for (number, comparison) in (0..).zip(comparisons) {
            let tests = || comparison.metrics.iter().filter_map(|metric| metric.estimate.as_ref());
            let two_sided = tests().map(|found| 2.0 * found.test.p_worse.min(found.test.p_better));
            tally.any_p += usize::from(two_sided.into_iter().any(|p| p < ALPHA));
            let mut corrected = comparison.metrics.iter().filter_map(|metric| metric.holm);
            tally.any_holm += usize::from(corrected.any(|holm| holm.worse <= ALPHA));
            if comparison.overall == Overall::Regressed {
                tally.regressed.push(number);
            }
            for metric in comparison.gating_with(compare::Verdict::Regressed) {
                *tally.metrics.entry(metric.key()).or_default() += 1;
            }
        }
        tally
    }
}

/// A comparison, and what was compared.
pub(crate) struct Compared {
    /// The rows of each run of both sides, in the order of the trace.
    pub(crate) rows: [Vec<Vec<Row>>; 2],
    traffic: compare::Traffic,
    sides: Vec<compare::Side>,
    pub(crate) comparison: Comparison,
}

impl Compared {
    /// As `compare` tells it.
    pub(crate) fn report(self) -> String {
        Report::new(&self.traffic, &self.sides, &[self.comparison]).to_string()
    }
}

impl Study {
    /// What some use makes of each of the comparisons 0 to `count`, on all cores.
    pub(crate) fn each<T: Send>(self, count: u64, use_it: impl Fn(Compared) -> T + Sync) -> Vec<T> {
        (0..count).into_par_iter().map(|number| use_it(self.compared(number))).collect()
    }

    /// A comparison by its number.
    pub(crate) fn compared(self, number: u64) -> Compared {
        let seed = Seed(number);
        let traffic = Traffic::new(self.load, seed);
        let side = |name: &str, slower: f64| -> Vec<Vec<Row>> {
            let run = |run| seed.derive(&format!("{name}, run {run}"));
            (0..self.runs).map(|number| self.run(&traffic, slower, run(number))).collect()
        };
        let slower = 1.0 + f64::from(self.slower) / 100.0;
        let named = [("base", side("base", 1.0)), ("candidate", side("candidate", slower))];
        let (traffic, sides) = of_rows(&named, BLOCKS_DEFAULT).unwrap();
        let comparison = compare(&traffic, &sides[0], &sides[1], &Settings::default());
        Compared { rows: named.map(|(_, runs)| runs), traffic, sides, comparison }
    }

    /// One run, whose service times are `slower` times the base sizes but for its noise.
    fn run(self, traffic: &Traffic, slower: f64, seed: Seed) -> Vec<Row> {
        let factors = self.noise.factors(&traffic.rows, seed);
        let sizes = traffic.sizes_ns.iter().zip(factors);
        let services: Vec<u64> =
            sizes.map(|(&size, factor)| (size as f64 * factor * slower) as u64).collect();
        let latencies = queue::latencies(&traffic.rows, &services);
        let rows = traffic.rows.iter().zip(latencies);
        rows.map(|(row, latency)| {
            let request = row.request;
            let slo = request.deadline - request.arrival;
            Row {
                id: request.id,
                arrival: request.arrival,
                tier: request.tier,
                slo: row.slo,
                latency_ns: Some(latency),
                slo_met: u128::from(latency) <= slo.as_nanos(),
                lag_ns: None,
            }
        })
        .collect()
    }
}

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
        let noise = if self.noise == Noise::JITTER { "jitter" } else { "runs" };
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

impl Study {
    /// Comparisons 0 to `count`.
    pub(crate) fn tally(self, count: u64) -> Tally {
        let compared: Vec<Comparison> =
            (0..count).into_par_iter().map(|number| self.compared(number)).collect();
        let mut tally = Tally { comparisons: count, ..Tally::default() };
        for (number, comparison) in (0..).zip(&compared) {
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

    fn compared(self, number: u64) -> Comparison {
        self.with(number, |_, _, comparison| comparison)
    }

    /// The report of one comparison.
    pub(crate) fn report(self, number: u64) -> String {
        self.with(number, |traffic, sides, comparison| {
            Report::new(traffic, sides, &[comparison]).to_string()
        })
    }

    fn with<T>(
        self,
        number: u64,
        use_it: impl FnOnce(&compare::Traffic, &[compare::Side], Comparison) -> T,
    ) -> T {
        let seed = Seed(number);
        let traffic = Traffic::new(self.load, seed);
        let side = |name: &str, slower: f64| -> Vec<Vec<Row>> {
            let run = |run| seed.derive(&format!("{name}, run {run}"));
            (0..self.runs).map(|number| self.run(&traffic, slower, run(number))).collect()
        };
        let slower = 1.0 + f64::from(self.slower) / 100.0;
        let sides = [("base", side("base", 1.0)), ("candidate", side("candidate", slower))];
        let (traffic, sides) = of_rows(&sides, BLOCKS_DEFAULT).unwrap();
        let comparison = compare(&traffic, &sides[0], &sides[1], &Settings::default());
        use_it(&traffic, &sides, comparison)
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

//! The blocks design, where blocks are independent of each other and requests within one are not:
//! what the exceedance test and its inversion are made for.

use compare::{Comparison, Design, MetricKind, Row, TTest};
use request::Tier;

use super::band::check_share;
use super::draws::{Normals, compared, row};

const DRAWS: u64 = 400;
const BLOCKS: usize = 40;
/// Requests of a block: together as many as the 99th percentile needs.
const OF_BLOCK: usize = 50;
/// Standard deviations of logarithms: of what a request is on both sides, of what each side adds to
/// it, and of what each side adds to a whole block.
const SIZE_SD: f64 = 0.5;
const OWN_SD: f64 = 0.1;
const BLOCK_SD: f64 = 0.03;

/// Comparisons of one run a side, of which the candidate is slower by `harm`.
fn of_blocks(label: &str, harm: f64) -> Vec<Comparison> {
    compared(label, DRAWS, |normals| {
        let sizes: Vec<f64> = (0..BLOCKS * OF_BLOCK).map(|_| SIZE_SD * normals.draw()).collect();
        [0.0, harm].map(|harm| vec![run(&sizes, harm, normals)])
    })
}

fn run(sizes: &[f64], harm: f64, normals: &mut Normals) -> Vec<Row> {
    let mut rows = Vec::with_capacity(sizes.len());
    for block in sizes.chunks(OF_BLOCK) {
        let level = harm + BLOCK_SD * normals.draw();
        for size in block {
            let latency = 5e7 * libm::exp(size + level + OWN_SD * normals.draw());
            rows.push(row(rows.len(), Tier::Vip, Some(latency), 1e8));
        }
    }
    rows
}

fn tests(comparisons: &[Comparison], kind: MetricKind) -> impl Iterator<Item = &TTest> {
    comparisons.iter().map(move |comparison| {
        assert_eq!(comparison.design, Design::Blocks);
        let metric = comparison.metric("all", kind).unwrap();
        &metric.estimate.as_ref().unwrap().test
    })
}

#[test]
fn equal_versions_are_told_apart_in_one_of_twenty() {
    let found = of_blocks("blocks alike", 0.0);
    let of_latency = [MetricKind::P50, MetricKind::P95, MetricKind::P99];
    for kind in of_latency.into_iter().chain([MetricKind::SloAttainment, MetricKind::Goodput]) {
        let hits = |p: fn(&TTest) -> f64| -> Vec<bool> {
            tests(&found, kind).map(|test| p(test) <= 0.05).collect()
        };
        check_share(&format!("{kind}, worse"), &hits(|test| test.p_worse), 0.05);
        check_share(&format!("{kind}, better"), &hits(|test| test.p_better), 0.05);
    }
}

#[test]
fn inverted_intervals_hold_the_truth_as_often_as_they_say() {
    let truth = 0.04;
    let found = of_blocks("blocks slower", truth);
    for kind in [MetricKind::P50, MetricKind::P95, MetricKind::P99] {
        let intervals: Vec<_> = tests(&found, kind).map(|test| test.interval.unwrap()).collect();
        let of90: Vec<bool> =
            intervals.iter().map(|of| of.lo90 <= truth && truth <= of.hi90).collect();
        let of95: Vec<bool> =
            intervals.iter().map(|of| of.lo95 <= truth && truth <= of.hi95).collect();
        check_share(&format!("{kind}, 90 %"), &of90, 0.90);
        check_share(&format!("{kind}, 95 %"), &of95, 0.95);
    }
}

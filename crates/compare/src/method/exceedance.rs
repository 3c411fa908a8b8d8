//! The paired exceedance test: which side has more requests above a common latency.
//!
//! A quantile of one run has no spread of its own to be judged by. But at the quantile of both
//! sides together, each request is above or not, on one side and on the other, and that difference
//! can be summed by block. In the manner of a median test, paired and by blocks.

use outcome::Ppm;

use super::Sample;
use super::blocks::{BlockTest, differences};
use crate::Side;
use crate::run::{Part, smallest_reaching};

/// The test at the quantile `ppm` of both sides together, after A's latencies were multiplied by
/// `ratio`: positive where B is slower than that. Latencies at the quantile are finite.
pub(crate) fn at_ratio(sample: &Sample<'_>, ppm: Ppm, ratio: f64) -> BlockTest {
    let limit = pooled_quantile(sample, ppm, ratio);
    above(sample, limit.unwrap_or(f64::INFINITY), ratio)
}

/// The test at a fixed latency: requests above `limit` ns and failures count.
pub(crate) fn above(sample: &Sample<'_>, limit: f64, ratio: f64) -> BlockTest {
    let a = counts_above(sample, sample.a, limit, ratio);
    let b = counts_above(sample, sample.b, limit, 1.0);
    let sums = differences(&a, &b, sample.run_counts());
    BlockTest::new(&sums, &sample.traffic.by_block(sample.cells))
}

/// The quantile of both sides pooled so that each weighs half, however many runs it has.
fn pooled_quantile(sample: &Sample<'_>, ppm: Ppm, ratio: f64) -> Option<f64> {
    let (runs_a, runs_b) = sample.run_counts();
    let parts: Vec<_> = parts(sample, sample.a, ratio, runs_b)
        .chain(parts(sample, sample.b, 1.0, runs_a))
        .collect();
    let weight = 2 * u128::from(runs_a) * u128::from(runs_b) * u128::from(sample.n());
    let target = (u128::from(ppm.0) * weight).div_ceil(1_000_000);
    smallest_reaching(target, &parts)
}

/// The ranked latencies of all runs of a side.
pub(crate) fn parts<'a>(
    sample: &Sample<'a>,
    side: &'a Side,
    scale: f64,
    weight: u64,
) -> impl Iterator<Item = Part<'a>> {
    let cells = sample.cells;
    let ranked = side.runs().flat_map(move |run| run.ranked(cells));
    ranked.map(move |ranked| Part { ranked, scale, weight })
}

/// How many requests of each block are above `limit`, over all runs of a side.
fn counts_above(sample: &Sample<'_>, side: &Side, limit: f64, scale: f64) -> Vec<u64> {
    let mut counts = side.sum_by_block(|run| run.failed_by_block(sample.cells));
    parts(sample, side, scale, 1).for_each(|part| part.add_above(limit, &mut counts));
    counts
}

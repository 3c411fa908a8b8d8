//! How late the requests of a run were sent: what the generator has to answer for.

use std::ops::Range;

use outcome::Ppm;

use crate::input::UNKNOWN_LAG;

/// Lags of one run, less what the receiver held back.
#[derive(Clone, Debug, PartialEq)]
pub struct Lag {
    /// How many requests were sent, and known to be.
    pub count: u64,
    /// Mean, ns.
    pub mean_ns: f64,
    /// Median, ns.
    pub p50_ns: i64,
    /// 99th percentile, ns.
    pub p99_ns: i64,
    /// The latest, ns.
    pub max_ns: i64,
    /// How many lags are in each bin of [`bin_start_ns`](Self::bin_start_ns), up to the last that
    /// has any.
    pub bins: Vec<u64>,
    /// Each block of scheduled time.
    pub blocks: Vec<LagBlock>,
}

/// The lags of one block.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LagBlock {
    /// Median, ns.
    pub p50_ns: i64,
    /// The latest, ns.
    pub max_ns: i64,
}

impl Lag {
    /// Lags in the order of the trace, of which those of each block stand at its positions; `None`
    /// where no lag is known.
    pub(crate) fn new(mut lags: Vec<i64>, blocks: &[Range<usize>]) -> Option<Self> {
        let blocks = blocks.iter().map(|range| {
            let known = lags[range.clone()].iter().copied().filter(|&lag| lag != UNKNOWN_LAG);
            let mut known: Vec<i64> = known.collect();
            known.sort_unstable();
            let p50_ns = Ppm::P50.of(&known).unwrap_or(0);
            LagBlock { p50_ns, max_ns: known.last().copied().unwrap_or(0) }
        });
        let blocks = blocks.collect();
        lags.retain(|&lag| lag != UNKNOWN_LAG);
        lags.sort_unstable();
        let mut bins = Vec::new();
        for &lag in &lags {
            let bin = bin(lag);
            if bins.len() <= bin {
                bins.resize(bin + 1, 0);
            }
            bins[bin] += 1;
        }
        let count = lags.len() as u64;
        let sum: i128 = lags.iter().map(|&lag| i128::from(lag)).sum();
        Some(Self {
            count,
            mean_ns: sum as f64 / count as f64,
            p50_ns: Ppm::P50.of(&lags)?,
            p99_ns: Ppm::P99.of(&lags)?,
            max_ns: lags.last().copied()?,
            bins,
            blocks,
        })
    }

    /// Bins above 0 to each doubling of lag.
    pub(crate) const BINS_A_DOUBLING: usize = 4;

    /// Where a bin begins, ns. Bin 0 holds what was on time or early; above, there are four to each
    /// doubling.
    #[must_use]
    pub fn bin_start_ns(bin: usize) -> u64 {
        let Some(bin) = bin.checked_sub(1) else { return 0 };
        let (octave, quarter) = (bin / 4, bin as u64 % 4);
        (u128::from(4 + quarter) << octave).div_ceil(4) as u64
    }
}

/// The bin of a lag.
fn bin(lag_ns: i64) -> usize {
    match u64::try_from(lag_ns) {
        Err(_) | Ok(0) => 0,
        Ok(late) => {
            let octave = late.ilog2();
            let quarter = ((u128::from(late) << 2 >> octave) - 4) as usize;
            1 + octave as usize * 4 + quarter
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bins_hold_what_begins_in_them() {
        assert_eq!([i64::MIN + 1, -1, 0].map(bin), [0, 0, 0]);
        assert_eq!(bin(1), 1);
        for lag in (1..5_000).chain([1 << 40, (1 << 40) + 1, i64::MAX]) {
            let bin = bin(lag);
            let late = lag.unsigned_abs();
            assert!(Lag::bin_start_ns(bin) <= late, "{lag}");
            assert!(late < Lag::bin_start_ns(bin + 1), "{lag} in {bin}");
        }
    }

    #[test]
    fn unknown_lags_do_not_count() {
        let lags = vec![UNKNOWN_LAG, 30, -10, UNKNOWN_LAG, 10];
        let lag = Lag::new(lags, &[0..2, 2..2, 2..5]).unwrap();
        assert_eq!((lag.count, lag.p50_ns, lag.p99_ns, lag.max_ns), (3, 10, 30, 30));
        assert!((lag.mean_ns - 10.0).abs() < 1e-12);
        let block = |p50_ns, max_ns| LagBlock { p50_ns, max_ns };
        assert_eq!(lag.blocks, [block(30, 30), block(0, 0), block(-10, 10)]);
        assert_eq!(lag.bins.iter().sum::<u64>(), 3);
        assert_eq!(Lag::new(vec![UNKNOWN_LAG], &[]), None);
    }
}

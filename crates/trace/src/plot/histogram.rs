//! Gaps of a trace in constant memory: counts in bins that are equally wide on a logarithmic scale.

/// Bins in each doubling are 2 to this power: a bin is at most 0.8 % wide.
const BITS: u32 = 7;

/// The bits of 1.0 without those that a bin does not tell apart.
const FIRST: u64 = 1.0_f64.to_bits() >> (f64::MANTISSA_DIGITS - 1 - BITS);

/// Counts of gaps in whole ns.
#[derive(Clone, Debug, Default)]
pub(super) struct Histogram {
    zeros: u64,
    bins: Vec<u64>,
    total: u64,
    sum_ns: f64,
    squares: f64,
    max_ns: u64,
}

impl Histogram {
    pub(super) fn add(&mut self, gap_ns: u64) {
        self.total += 1;
        self.sum_ns += gap_ns as f64;
        self.squares += gap_ns as f64 * gap_ns as f64;
        self.max_ns = self.max_ns.max(gap_ns);
        if gap_ns == 0 {
            self.zeros += 1;
            return;
        }
        let bin = bin(gap_ns);
        if bin >= self.bins.len() {
            self.bins.resize(bin + 1, 0);
        }
        self.bins[bin] += 1;
    }

    /// Number of gaps.
    pub(super) fn total(&self) -> u64 {
        self.total
    }

    /// Gaps of no length.
    pub(super) fn zeros(&self) -> u64 {
        self.zeros
    }

    pub(super) fn max_ns(&self) -> u64 {
        self.max_ns
    }

    /// `None` without gaps, or where all are 0.
    pub(super) fn mean_ns(&self) -> Option<f64> {
        (self.sum_ns > 0.0).then(|| self.sum_ns / self.total as f64)
    }

    /// Standard deviation over mean. `None` with fewer than two gaps, or where all are 0.
    pub(super) fn cv(&self) -> Option<f64> {
        let mean = self.mean_ns().filter(|_| self.total > 1)?;
        let count = self.total as f64;
        let variance = (self.squares - count * mean * mean) / (count - 1.0);
        Some(variance.max(0.0).sqrt() / mean)
    }

    /// The bins that hold a gap: their ends in ns, the lower one within, and how many gaps are at
    /// least as long as each end.
    pub(super) fn steps(&self) -> impl Iterator<Item = Step> + '_ {
        let mut longer = self.total - self.zeros;
        let filled = self.bins.iter().enumerate().filter(|&(_, &count)| count > 0);
        filled.map(move |(bin, &count)| {
            let before = longer;
            longer -= count;
            Step { from_ns: lower(bin), to_ns: lower(bin + 1), before, after: longer }
        })
    }

    /// A length that this share of the gaps does not exceed, to the width of a bin.
    pub(super) fn quantile_ns(&self, share: f64) -> Option<f64> {
        let wanted = (share * self.total as f64).ceil().max(1.0) as u64;
        if self.total == 0 || wanted <= self.zeros {
            return (self.total > 0).then_some(0.0);
        }
        let step = self.steps().find(|step| self.total - step.after >= wanted)?;
        // The lower end is exact for lengths that a bin tells apart.
        Some(step.from_ns)
    }
}

/// A filled bin.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Step {
    pub(super) from_ns: f64,
    pub(super) to_ns: f64,
    /// Gaps of at least `from_ns`.
    pub(super) before: u64,
    /// Gaps of at least `to_ns`.
    pub(super) after: u64,
}

fn bin(gap_ns: u64) -> usize {
    ((gap_ns as f64).to_bits() >> (f64::MANTISSA_DIGITS - 1 - BITS)) as usize - FIRST as usize
}

fn lower(bin: usize) -> f64 {
    f64::from_bits((bin as u64 + FIRST) << (f64::MANTISSA_DIGITS - 1 - BITS))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn bins_hold_their_gaps() {
        for gap in [1, 2, 127, 128, 129, 255, 256, 1_000_003, 1 << 40, u64::MAX >> 1] {
            let (from, to) = (lower(bin(gap)), lower(bin(gap) + 1));
            assert!(from <= gap as f64 && (gap as f64) < to, "{gap}: {from} {to}");
            assert!(to / from < 1.008 || gap < 128, "{gap}");
        }
    }

    proptest! {
        #[test]
        fn as_many_gaps_are_longer_as_there_are(gaps in prop::collection::vec(0_u64..5000, 1..80)) {
            let mut histogram = Histogram::default();
            gaps.iter().for_each(|&gap| histogram.add(gap));
            for step in histogram.steps() {
                let longer = |end: f64| gaps.iter().filter(|&&gap| gap as f64 >= end).count();
                prop_assert_eq!(longer(step.from_ns) as u64, step.before);
                prop_assert_eq!(longer(step.to_ns) as u64, step.after);
            }
            let mut sorted = gaps.clone();
            sorted.sort_unstable();
            let median = sorted[sorted.len().div_ceil(2) - 1] as f64;
            let found = histogram.quantile_ns(0.5).unwrap();
            prop_assert!(found <= median && median <= found * 1.008, "{} {}", found, median);
        }
    }
}

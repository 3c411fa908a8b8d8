//! Latencies in bounded memory: counts in bins that are equally wide on a logarithmic scale.

/// Bins in each doubling are 2 to this power: a bin is at most 1.6 % wide, less than a line.
const BITS: u32 = 6;

/// Bits of a float below those that tell bins apart.
const SHIFT: u32 = f64::MANTISSA_DIGITS - 1 - BITS;

/// Counts of latencies in whole ns. One of 0 counts as 1.
#[derive(Clone, Debug, Default)]
pub(super) struct Histogram {
    /// The first bin holds 1 ns.
    bins: Vec<u64>,
}

/// A bin that holds something.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Bin {
    /// Its ends in ns, the lower one within.
    pub(super) from_ns: f64,
    pub(super) to_ns: f64,
    /// Latencies up to its end.
    pub(super) count_to: u64,
}

impl Histogram {
    pub(super) fn add(&mut self, nanos: u64) {
        let bin = bin(nanos.max(1));
        if bin >= self.bins.len() {
            self.bins.resize(bin + 1, 0);
        }
        self.bins[bin] += 1;
    }

    /// The bins that hold something, the shortest first.
    pub(super) fn bins(&self) -> impl Iterator<Item = Bin> + '_ {
        let mut count_to = 0;
        let filled = self.bins.iter().enumerate().filter(|&(_, &count)| count > 0);
        filled.map(move |(bin, &count)| {
            count_to += count;
            Bin { from_ns: lower(bin), to_ns: lower(bin + 1), count_to }
        })
    }
}

/// The top bits of a float are its exponent, then its mantissa: a logarithm in steps.
fn bin(nanos: u64) -> usize {
    ((nanos as f64).to_bits() >> SHIFT) as usize - (1.0_f64.to_bits() >> SHIFT) as usize
}

fn lower(bin: usize) -> f64 {
    f64::from_bits((bin as u64 + (1.0_f64.to_bits() >> SHIFT)) << SHIFT)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn as_many_are_below_each_end_as_were_added(all in prop::collection::vec(1_u64..1 << 50, 1..60)) {
            let mut histogram = Histogram::default();
            all.iter().for_each(|&nanos| histogram.add(nanos));
            for bin in histogram.bins() {
                let below = all.iter().filter(|&&nanos| (nanos as f64) < bin.to_ns).count();
                prop_assert_eq!(below as u64, bin.count_to);
                prop_assert!(bin.to_ns <= bin.from_ns * (1.0 + 1.0 / 64.0));
            }
        }
    }

    #[test]
    fn no_time_is_too_short_or_too_long() {
        let mut histogram = Histogram::default();
        [0, 1, u64::MAX].into_iter().for_each(|nanos| histogram.add(nanos));
        assert_eq!(histogram.bins().map(|bin| bin.count_to).collect::<Vec<_>>(), [2, 3]);
    }
}

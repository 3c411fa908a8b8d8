//! How many values lie in each of many narrow buckets: those of an HDR histogram of three decimal
//! digits (<https://hdrhistogram.github.io/HdrHistogram/>), of which a simulator fills millions a
//! second.
//!
//! Below 2048 each value has its own. Above, each doubling is cut into 1024 of equal width, so
//! that none is wider than a thousandth of what lies in it.

use std::ops::RangeInclusive;

/// Buckets of each doubling, as a power of two.
const BITS: u32 = 10;

#[derive(Clone, Debug, Default)]
pub(super) struct Buckets {
    /// Of each bucket, up to the last that holds any.
    counts: Vec<u64>,
    total: u64,
}

impl Buckets {
    #[inline]
    pub(super) fn push(&mut self, value: u64) {
        self.total += 1;
        let index = index(value);
        match self.counts.get_mut(index) {
            Some(count) => *count += 1,
            None => self.push_beyond(index),
        }
    }

    #[cold]
    fn push_beyond(&mut self, index: usize) {
        self.counts.resize(index, 0);
        self.counts.push(1);
    }

    /// Adds all values of `other`.
    pub(super) fn absorb(&mut self, other: &Self) {
        if self.counts.len() < other.counts.len() {
            self.counts.resize(other.counts.len(), 0);
        }
        self.counts.iter_mut().zip(&other.counts).for_each(|(count, others)| *count += others);
        self.total += other.total;
    }

    /// Number of values.
    pub(super) fn total(&self) -> u64 {
        self.total
    }

    /// The bucket of the value of this rank, counted from 1 for the least; `None` where there are
    /// not so many.
    pub(super) fn at(&self, rank: u64) -> Option<RangeInclusive<u64>> {
        let mut below = 0;
        let index = self.counts.iter().position(|count| {
            below += count;
            below >= rank && *count > 0
        });
        index.map(bounds)
    }
}

/// Where the bucket of `value` stands.
#[inline]
fn index(value: u64) -> usize {
    let doublings = (value | 1 << BITS).ilog2() - BITS;
    ((doublings as usize) << BITS) + (value >> doublings) as usize
}

/// What the bucket at `index` holds.
fn bounds(index: usize) -> RangeInclusive<u64> {
    let doublings = (index >> BITS).saturating_sub(1);
    let first = (index - (doublings << BITS)) as u64;
    let last = (first << doublings) | ((1 << doublings) - 1);
    (first << doublings)..=last
}

#[cfg(test)]
mod tests {
    use hdrhistogram::Histogram;
    use proptest::prelude::*;

    use super::*;

    fn values() -> impl Strategy<Value = u64> {
        (any::<u64>(), 0_u32..64).prop_map(|(value, shift)| value >> shift)
    }

    #[test]
    fn every_bucket_follows_the_one_before() {
        assert_eq!(bounds(0), 0..=0);
        assert_eq!(*bounds(index(u64::MAX)).end(), u64::MAX);
        for next in 1..=index(u64::MAX) {
            let (before, bounds) = (bounds(next - 1), bounds(next));
            assert_eq!(before.end() + 1, *bounds.start());
            assert_eq!((index(*bounds.start()), index(*bounds.end())), (next, next));
            assert!(bounds.end() - bounds.start() <= bounds.start() / 1_000);
        }
    }

    #[test]
    fn a_rank_finds_the_bucket_of_its_value() {
        let mut buckets = Buckets::default();
        [5_000, 3, 3, 0].into_iter().for_each(|value| buckets.push(value));
        let ranks = (0..=5).map(|rank| buckets.at(rank));
        let expected =
            [Some(0..=0), Some(0..=0), Some(3..=3), Some(3..=3), Some(5_000..=5_003), None];
        assert!(ranks.eq(expected));
    }

    proptest! {
        /// But for the very last, whose end the library puts one too low.
        #[test]
        fn buckets_are_those_of_the_library(value in values()) {
            let library = Histogram::<u64>::new(3).unwrap();
            let ours = bounds(index(value));
            prop_assert_eq!(*ours.start(), library.lowest_equivalent(value));
            prop_assert_eq!(*ours.end().min(&(u64::MAX - 1)), library.highest_equivalent(value));
        }
    }
}

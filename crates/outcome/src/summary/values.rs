//! Many values in bounded memory: each of them while they are few, then how many lie in each of
//! many narrow buckets.
//!
//! Which of the two depends on the number of values alone, and buckets add up: so the same values
//! come to the same quantiles in whatever order they came, and however they were put together.

use std::ops::RangeInclusive;

use super::buckets::Buckets;
use crate::Ppm;

/// So many values are kept as they are: 1 MiB, from which the 99.9th percentile has over a
/// hundred values above it. Of more than these, quantiles are up to 0.1 % too large.
pub(super) const EXACT_MAX: usize = 1 << 17;

/// Values in ns, all of them 0 or more. `EXACT` is smaller in tests.
#[derive(Clone, Debug, Default)]
pub(super) struct Values<const EXACT: usize = EXACT_MAX> {
    kept: Kept,
    sum: u128,
    max: u64,
}

#[derive(Clone, Debug)]
enum Kept {
    Each(Vec<u64>),
    Buckets(Buckets),
}

impl Default for Kept {
    fn default() -> Self {
        Self::Each(Vec::new())
    }
}

impl<const EXACT: usize> Values<EXACT> {
    #[inline]
    pub(super) fn push(&mut self, value: u64) {
        self.sum += u128::from(value);
        self.max = self.max.max(value);
        match &mut self.kept {
            Kept::Buckets(buckets) => buckets.push(value),
            Kept::Each(_) => self.push_among_few(value),
        }
    }

    /// Apart from [`push`](Self::push), so that what happens to most values is short.
    #[cold]
    fn push_among_few(&mut self, value: u64) {
        match &mut self.kept {
            Kept::Each(values) if values.len() < EXACT => values.push(value),
            _ => self.buckets().push(value),
        }
    }

    /// Adds all values of `other`.
    pub(super) fn absorb(&mut self, other: Self) {
        self.sum += other.sum;
        self.max = self.max.max(other.max);
        match (&mut self.kept, other.kept) {
            (Kept::Each(values), Kept::Each(others)) if values.len() + others.len() <= EXACT => {
                values.extend(others);
            }
            (_, Kept::Each(others)) => {
                let buckets = self.buckets();
                others.into_iter().for_each(|value| buckets.push(value));
            }
            (_, Kept::Buckets(others)) => self.buckets().absorb(&others),
        }
    }

    pub(super) fn count(&self) -> u64 {
        match &self.kept {
            Kept::Each(values) => values.len() as u64,
            Kept::Buckets(buckets) => buckets.total(),
        }
    }

    /// Whether each value is known as it is.
    pub(super) fn exact(&self) -> bool {
        matches!(self.kept, Kept::Each(_))
    }

    /// The arithmetic mean, rounded half up; `None` of no values.
    pub(super) fn mean(&self) -> Option<u64> {
        let count = u128::from(self.count());
        u64::try_from((self.sum + count / 2).checked_div(count)?).ok()
    }

    /// The greatest; `None` of no values.
    pub(super) fn max(&self) -> Option<u64> {
        (self.count() > 0).then_some(self.max)
    }

    /// Puts the values in order, before [`at`](Self::at) is asked for any.
    pub(super) fn sort(&mut self) {
        if let Kept::Each(values) = &mut self.kept {
            values.sort_unstable();
        }
    }

    /// Between which bounds the value of this rank lies, counted from 1 for the least; `None`
    /// where there are not so many. The bounds of an exact value are that value.
    pub(super) fn at(&self, rank: u64) -> Option<RangeInclusive<u64>> {
        match &self.kept {
            Kept::Each(values) => {
                let value = *values.get(usize::try_from(rank.checked_sub(1)?).ok()?)?;
                Some(value..=value)
            }
            Kept::Buckets(buckets) => {
                let bounds = buckets.at(rank)?;
                Some(*bounds.start()..=self.max.min(*bounds.end()))
            }
        }
    }

    /// The quantile by nearest rank, or the most that it can be; `None` of no values.
    pub(super) fn quantile(&self, ppm: Ppm) -> Option<u64> {
        self.at(ppm.rank(self.count())).map(|bounds| *bounds.end())
    }

    /// The buckets, from now on.
    fn buckets(&mut self) -> &mut Buckets {
        if let Kept::Each(values) = &self.kept {
            let mut buckets = Buckets::default();
            values.iter().for_each(|&value| buckets.push(value));
            self.kept = Kept::Buckets(buckets);
        }
        match &mut self.kept {
            Kept::Buckets(buckets) => buckets,
            Kept::Each(_) => unreachable!("values were put into buckets above"),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const FEW: usize = 6;

    fn values(all: &[u64]) -> Values<FEW> {
        let mut values = Values::default();
        all.iter().for_each(|&value| values.push(value));
        values.sort();
        values
    }

    /// Everything that can be asked.
    fn answers(mut values: Values<FEW>) -> impl PartialEq + std::fmt::Debug {
        values.sort();
        let ranks: Vec<_> = (0..=values.count() + 1).map(|rank| values.at(rank)).collect();
        (values.count(), values.exact(), values.mean(), values.max(), ranks)
    }

    #[test]
    fn few_values_are_exact() {
        let few = values(&[5_000_003, 1, 2_000_001, 3_000_007, 4_000_009, 6_000_011]);
        assert!(few.exact());
        assert_eq!(few.quantile(Ppm::P50), Some(3_000_007));
        assert_eq!(few.quantile(Ppm::P99), Some(6_000_011));
        assert_eq!((few.mean(), few.max()), (Some(3_333_339), Some(6_000_011)));
        assert!(!values(&[1, 2, 3, 4, 5, 6, 7]).exact());
    }

    #[test]
    fn nothing_has_no_quantile() {
        let none = values(&[]);
        assert_eq!((none.quantile(Ppm::P50), none.mean(), none.max()), (None, None, None));
    }

    #[test]
    fn no_quantile_is_above_the_greatest_value() {
        let equal = values(&[1_000_000_007; 9]);
        assert_eq!(equal.quantile(Ppm::P50), Some(1_000_000_007));
        assert_eq!(equal.mean(), Some(1_000_000_007));
    }

    fn some_values() -> impl Strategy<Value = Vec<u64>> {
        let value = prop_oneof![
            0_u64..5_000,
            0_u64..10_000_000_000,
            any::<u64>(),
            Just(0),
            Just(u64::MAX),
        ];
        prop::collection::vec(value, 0..30)
    }

    proptest! {
        #[test]
        fn bounds_hold_the_exact_value_within_a_thousandth(all in some_values()) {
            let counted = values(&all);
            let mut sorted = all;
            sorted.sort_unstable();
            for (rank, &value) in (1..).zip(&sorted) {
                let bounds = counted.at(rank).unwrap();
                prop_assert!(bounds.contains(&value), "{value} is not in {bounds:?}");
                prop_assert!((bounds.end() - bounds.start()) <= value / 1_000);
            }
        }

        #[test]
        fn neither_order_nor_parts_matter(all in some_values(), cut in 0_usize..30, turn in 0_usize..30) {
            let cut = cut.min(all.len());
            let mut turned = all.clone();
            turned.rotate_left(turn.min(all.len()));
            let mut parts = values(&all[cut..]);
            parts.absorb(values(&all[..cut]));
            let expected = answers(values(&all));
            prop_assert_eq!(&answers(values(&turned)), &expected);
            prop_assert_eq!(&answers(parts), &expected);
        }
    }
}

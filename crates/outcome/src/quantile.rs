//! Quantiles by nearest rank, in integers, over requests of which some may never have ended.
//!
//! No interpolation: a reported quantile is the latency of some request. A failure counts as an
//! infinite latency, so that a server cannot improve its quantiles by failing.

use std::fmt;

use crate::Outcome;

/// A share in parts per million: the p of a quantile, exactly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ppm(pub u32);

impl Ppm {
    /// The median.
    pub const P50: Self = Self(500_000);
    /// The 95th percentile.
    pub const P95: Self = Self(950_000);
    /// The 99th percentile.
    pub const P99: Self = Self(990_000);
    /// The 99.9th percentile.
    pub const P999: Self = Self(999_000);

    /// The rank, counted from 1, of this quantile among `count` values: the smallest rank at or
    /// below which at least this share of them lies. 0 where there are none.
    #[must_use]
    pub fn rank(self, count: u64) -> u64 {
        let rank = (u128::from(self.0) * u128::from(count)).div_ceil(1_000_000);
        let rank = u64::try_from(rank).unwrap_or(u64::MAX);
        rank.clamp(count.min(1), count)
    }

    /// The quantile of `sorted` values, or `None` where there are none.
    #[must_use]
    pub fn of<T: Copy>(self, sorted: &[T]) -> Option<T> {
        let index = self.rank(sorted.len() as u64).checked_sub(1)?;
        sorted.get(usize::try_from(index).ok()?).copied()
    }
}

/// The latency of a request, where one that failed counts as never answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Latency {
    /// Answered with success after this many nanoseconds.
    Finite(u64),
    /// Not answered with success.
    Infinite,
}

impl Latency {
    /// The latency of a request, infinite where it did not end `ok`.
    #[must_use]
    pub fn of(outcome: &Outcome) -> Self {
        outcome.latency_nanos().map_or(Self::Infinite, Self::Finite)
    }

    /// Nanoseconds, or `None` where it is infinite.
    #[must_use]
    pub const fn nanos(self) -> Option<u64> {
        match self {
            Self::Finite(nanos) => Some(nanos),
            Self::Infinite => None,
        }
    }
}

/// Milliseconds with three decimals, or `inf`.
impl fmt::Display for Latency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Finite(nanos) => f.pad(&crate::units::millis(i128::from(*nanos))),
            Self::Infinite => f.pad("inf"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_are_the_nearest() {
        for (ppm, count, rank) in [
            (Ppm::P50, 1, 1),
            (Ppm::P50, 2, 1),
            (Ppm::P50, 3, 2),
            (Ppm::P99, 100, 99),
            (Ppm::P99, 101, 100),
            (Ppm::P999, 1000, 999),
            (Ppm(0), 10, 1),
            (Ppm(1_000_000), 10, 10),
            (Ppm(u32::MAX), 10, 10),
            (Ppm::P50, 0, 0),
            (Ppm(1_000_000), u64::MAX, u64::MAX),
        ] {
            assert_eq!(ppm.rank(count), rank, "{ppm:?} of {count}");
        }
    }

    #[test]
    fn a_quantile_is_one_of_the_values() {
        assert_eq!(Ppm::P50.of(&[10, 20, 30, 40]), Some(20));
        assert_eq!(Ppm::P95.of(&[10, 20, 30, 40]), Some(40));
        assert_eq!(Ppm::P50.of::<i64>(&[]), None);
    }

    #[test]
    fn a_failure_is_slower_than_any_answer() {
        let latencies = [Latency::Finite(5), Latency::Finite(u64::MAX), Latency::Infinite];
        assert!(latencies.is_sorted());
        assert_eq!(Ppm::P99.of(&latencies), Some(Latency::Infinite));
        assert_eq!(Ppm::P50.of(&latencies), Some(Latency::Finite(u64::MAX)));
    }
}

//! Points in time as integers, so that their order never depends on rounding.

use std::fmt;
use std::ops::{Add, Sub};
use std::time::Duration;

/// A point in time: nanoseconds since the start of the trace or run.
///
/// Signed, as in the tables; it reaches 292 years, so sums of real moments and durations do not
/// overflow, and arithmetic that would is a panic rather than a wrong time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment(i64);

impl Moment {
    /// The start of the run.
    pub const ZERO: Self = Self(0);
    /// Later than any real moment.
    pub const MAX: Self = Self(i64::MAX);

    /// The moment this many nanoseconds after the start.
    #[inline]
    #[must_use]
    pub const fn from_nanos(nanos: i64) -> Self {
        Self(nanos)
    }

    /// Nanoseconds since the start.
    #[inline]
    #[must_use]
    pub const fn as_nanos(self) -> i64 {
        self.0
    }

    /// The moment `length` later, or `None` where an i64 of nanoseconds cannot hold it.
    #[inline]
    #[must_use]
    pub fn checked_add(self, length: Duration) -> Option<Self> {
        // In 64 bits: this stands in the simulator's inner loop.
        let whole = length.as_secs().checked_mul(1_000_000_000)?;
        let nanos = whole.checked_add(u64::from(length.subsec_nanos()))?;
        self.0.checked_add_unsigned(nanos).map(Self)
    }

    /// How long after `earlier` this is; zero where it is not after it.
    #[inline]
    #[must_use]
    pub fn saturating_since(self, earlier: Self) -> Duration {
        let nanos = if self.0 > earlier.0 { self.0.abs_diff(earlier.0) } else { 0 };
        Duration::from_nanos(nanos)
    }
}

impl Add<Duration> for Moment {
    type Output = Self;

    /// # Panics
    /// Where the sum passes the year 292 of the run.
    #[inline]
    fn add(self, length: Duration) -> Self {
        self.checked_add(length).expect("a moment lies within 292 years of the start")
    }
}

impl Sub for Moment {
    type Output = Duration;

    /// # Panics
    /// Where `earlier` is after `self`: a negative length is a bug of the caller.
    #[inline]
    fn sub(self, earlier: Self) -> Duration {
        assert!(self >= earlier, "{self} is before {earlier}");
        self.saturating_since(earlier)
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ns", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_and_lengths_are_inverse() {
        let start = Moment::from_nanos(5);
        let end = start + Duration::from_nanos(7);
        assert_eq!(end, Moment::from_nanos(12));
        assert_eq!(end - start, Duration::from_nanos(7));
        assert_eq!(start.saturating_since(end), Duration::ZERO);
    }

    #[test]
    fn a_sum_that_does_not_fit_is_refused() {
        assert_eq!(Moment::MAX.checked_add(Duration::from_nanos(1)), None);
        assert_eq!(Moment::ZERO.checked_add(Duration::MAX), None);
    }

    #[test]
    #[should_panic(expected = "is before")]
    fn a_negative_length_is_a_panic() {
        let _ = Moment::ZERO - Moment::from_nanos(1);
    }
}

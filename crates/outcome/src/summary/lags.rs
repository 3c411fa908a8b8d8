//! How late requests were sent: values of either sign, of which most may be 0.

use super::LagSummary;
use super::values::Values;
use crate::Ppm;

/// Lags in ns. In virtual time all are 0, and cost no more than a count.
#[derive(Clone, Debug, Default)]
pub(super) struct Lags {
    /// How early the early ones were.
    early: Values,
    punctual: u64,
    late: Values,
    /// The latest of all, early or late.
    max: Option<i64>,
}

impl Lags {
    #[inline]
    pub(super) fn push(&mut self, lag_ns: i64) {
        self.max = self.max.max(Some(lag_ns));
        if lag_ns == 0 {
            self.punctual += 1;
        } else if lag_ns > 0 {
            self.late.push(lag_ns.unsigned_abs());
        } else {
            self.early.push(lag_ns.unsigned_abs());
        }
    }

    /// Adds all lags of `other`.
    pub(super) fn absorb(&mut self, other: Self) {
        self.early.absorb(other.early);
        self.punctual += other.punctual;
        self.late.absorb(other.late);
        self.max = self.max.max(other.max);
    }

    pub(super) fn count(&self) -> u64 {
        self.early.count() + self.punctual + self.late.count()
    }

    /// Whether each lag is known as it is.
    pub(super) fn exact(&self) -> bool {
        self.early.exact() && self.late.exact()
    }

    /// What they come to; `None` of none.
    pub(super) fn summary(mut self) -> Option<LagSummary> {
        self.early.sort();
        self.late.sort();
        let max_ns = self.max?;
        let quantile = |ppm: Ppm| Some(self.at(ppm.rank(self.count()))?.min(max_ns));
        Some(LagSummary { p50_ns: quantile(Ppm::P50)?, p99_ns: quantile(Ppm::P99)?, max_ns })
    }

    /// The lag of this rank, counted from 1 for the earliest, or the most that it can be.
    fn at(&self, rank: u64) -> Option<i64> {
        let (early, count) = (self.early.count(), self.count());
        if rank == 0 || rank > count {
            return None;
        }
        if rank <= early {
            // The earliest has the greatest value.
            let bounds = self.early.at(early - rank + 1)?;
            return Some(0_i64.saturating_sub_unsigned(*bounds.start()));
        }
        match rank - early {
            rank if rank <= self.punctual => Some(0),
            rank => i64::try_from(*self.late.at(rank - self.punctual)?.end()).ok(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::summary::values::EXACT_MAX;

    fn lags(all: impl IntoIterator<Item = i64>) -> Lags {
        let mut lags = Lags::default();
        all.into_iter().for_each(|lag| lags.push(lag));
        lags
    }

    #[test]
    fn ranks_go_from_the_earliest_to_the_latest() {
        let mut all = [7, -5, 0, i64::MAX, -5, 0, i64::MIN, 3];
        let mut lags = lags(all);
        lags.early.sort();
        lags.late.sort();
        all.sort_unstable();
        let ranks = (0..=9).map(|rank| lags.at(rank));
        let expected = all.into_iter().map(Some);
        assert!(ranks.eq([None].into_iter().chain(expected).chain([None])));
    }

    #[test]
    fn no_lags_have_no_summary() {
        assert_eq!(Lags::default().summary(), None);
        let punctual = LagSummary { p50_ns: 0, p99_ns: 0, max_ns: 0 };
        assert_eq!(lags([0; 5]).summary(), Some(punctual));
    }

    #[test]
    fn lags_of_many_requests_are_never_understated() {
        let many = i64::try_from(EXACT_MAX).unwrap() + 1;
        let early = lags((1..=many).map(|lag| -1_000_000 - lag));
        assert!(!early.exact());
        let LagSummary { p50_ns, p99_ns, max_ns } = early.summary().unwrap();
        let (p50, p99) = (-1_000_000 - many / 2, -1_000_000 - many / 100);
        assert!((p50..p50 + 1_067).contains(&p50_ns), "{p50_ns}");
        assert!((p99..p99 + 1_002).contains(&p99_ns), "{p99_ns}");
        assert!(p99_ns <= max_ns, "{p99_ns} {max_ns}");

        let late = lags((1..=many).map(|lag| 1_000_000 + lag)).summary().unwrap();
        assert!((1_129_759..1_130_889).contains(&late.p99_ns), "{}", late.p99_ns);
        assert_eq!(late.max_ns, 1_000_000 + many);
    }
}

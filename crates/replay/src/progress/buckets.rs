//! Counts by upper bound over a whole run, as Prometheus wants them.

/// Upper bounds: 1, 2 and 5 of each decade from 10 us to 10 s, and everything above. Lags and
/// latencies share them, and the SLOs of the built-in workloads are among them.
const BOUNDS_NS: [i64; 20] = [
    10_000,
    20_000,
    50_000,
    100_000,
    200_000,
    500_000,
    1_000_000,
    2_000_000,
    5_000_000,
    10_000_000,
    20_000_000,
    50_000_000,
    100_000_000,
    200_000_000,
    500_000_000,
    1_000_000_000,
    2_000_000_000,
    5_000_000_000,
    10_000_000_000,
    i64::MAX,
];

/// How many values lie at or below each of some bounds, and their sum.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Buckets {
    counts: [u64; BOUNDS_NS.len()],
    sum_ns: u64,
}

impl Buckets {
    /// Counts a value; below 0 it is 0.
    pub(crate) fn count(&mut self, value_ns: i64) {
        let value_ns = value_ns.max(0);
        let index = BOUNDS_NS.partition_point(|bound| *bound < value_ns);
        self.counts[index] += 1;
        self.sum_ns = self.sum_ns.saturating_add(value_ns.unsigned_abs());
    }

    /// Each bucket: its upper bound, itself included, and how many values it alone holds. The
    /// bound of the last one is `i64::MAX`.
    pub fn iter(&self) -> impl Iterator<Item = (i64, u64)> + '_ {
        BOUNDS_NS.into_iter().zip(self.counts)
    }

    /// How many values there are.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// Sum of the values, ns.
    #[must_use]
    pub fn sum_ns(&self) -> u64 {
        self.sum_ns
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bound_belongs_to_its_own_bucket() {
        let mut buckets = Buckets::default();
        for value_ns in [-5, 0, 10_000, 10_001, 10_000_000_000, 10_000_000_001, i64::MAX] {
            buckets.count(value_ns);
        }
        let counts: Vec<u64> = buckets.iter().map(|(_, count)| count).collect();
        assert_eq!((counts[0], counts[1], counts[18], counts[19]), (3, 1, 1, 2));
        assert_eq!(buckets.total(), 7);
        assert!(BOUNDS_NS.is_sorted());
    }

    #[test]
    fn the_sum_is_of_what_was_counted() {
        let mut buckets = Buckets::default();
        for value_ns in [-5, 7, 11] {
            buckets.count(value_ns);
        }
        assert_eq!(buckets.sum_ns(), 18);
    }
}

//! The blocks design: paired differences summed by block of scheduled time, and their t test.
//!
//! Latencies of neighbouring requests move together, so requests are no units; sums over blocks
//! that are long against that are nearly independent (the method of batch means). If the sides are
//! alike, swapping them within a block only turns the sign of its sum, whatever the tail is like.

/// The t test of paired differences, whose sums by block are integers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct BlockTest {
    /// Sum of all differences.
    pub(crate) total: f64,
    /// Standard deviation of that sum.
    pub(crate) spread: f64,
    /// Degrees of freedom.
    pub(crate) df: u64,
}

impl BlockTest {
    /// Of the sums of blocks that hold requests; `sums` and `requests` are by block.
    pub(crate) fn new(sums: &[i128], requests: &[u64]) -> Self {
        let held: Vec<i128> = sums
            .iter()
            .zip(requests)
            .filter(|&(_, requests)| *requests > 0)
            .map(|(sum, _)| *sum)
            .collect();
        let total: i128 = held.iter().sum();
        let count = held.len();
        if count < 2 {
            return Self { total: total as f64, spread: f64::INFINITY, df: 1 };
        }
        let df = count as u64 - 1;
        let spread = if held.windows(2).all(|pair| pair[0] == pair[1]) {
            0.0
        } else {
            let mean = total as f64 / count as f64;
            let squares: f64 = held.iter().map(|&sum| (sum as f64 - mean).powi(2)).sum();
            libm::sqrt(squares / df as f64) * libm::sqrt(count as f64)
        };
        Self { total: total as f64, spread, df }
    }

    /// The sum in its standard deviations.
    pub(crate) fn t(&self) -> f64 {
        if self.spread.is_infinite() || self.total == 0.0 {
            return 0.0;
        }
        // Without spread: infinite, with the sign of the sum.
        self.total / self.spread
    }
}

/// For each block, the sum over requests of B's mean over its runs less A's, times the product of
/// the numbers of runs, which keeps it an integer. `a` and `b` are sums over all runs of a side.
pub(crate) fn differences(a: &[u64], b: &[u64], runs: (u64, u64)) -> Vec<i128> {
    let (runs_a, runs_b) = (i128::from(runs.0), i128::from(runs.1));
    a.iter().zip(b).map(|(&a, &b)| runs_a * i128::from(b) - runs_b * i128::from(a)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The case that the method's description works out: four blocks of sums -3, -1, -3, -1.
    #[test]
    fn by_hand() {
        let test = BlockTest::new(&[-3, -1, -3, -1], &[20; 4]);
        assert!((test.t() + 12.0_f64.sqrt()).abs() < 1e-12);
        assert_eq!((test.total, test.df), (-8.0, 3));
    }

    #[test]
    fn blocks_without_requests_do_not_count() {
        let test = BlockTest::new(&[-3, 0, -1, 0, -3, -1], &[20, 0, 20, 0, 20, 20]);
        assert_eq!(test, BlockTest::new(&[-3, -1, -3, -1], &[20; 4]));
        // But a block whose requests cancel out does.
        assert_eq!(BlockTest::new(&[-3, 0, -1], &[1, 1, 1]).df, 2);
    }

    #[test]
    fn one_block_says_nothing() {
        let test = BlockTest::new(&[5, 0], &[3, 0]);
        assert_eq!((test.t(), test.df), (0.0, 1));
        assert!(test.spread.is_infinite());
    }

    #[test]
    fn equal_blocks_leave_no_doubt() {
        assert_eq!(BlockTest::new(&[2, 2, 2], &[9; 3]).t(), f64::INFINITY);
        assert_eq!(BlockTest::new(&[-2, -2, -2], &[9; 3]).t(), f64::NEG_INFINITY);
        assert_eq!(BlockTest::new(&[0, 0, 0], &[9; 3]).t(), 0.0);
    }

    #[test]
    fn unequal_numbers_of_runs_stay_integers() {
        // One run of A with 4, two of B with 7 in all: 3.5 - 4, times 2.
        assert_eq!(differences(&[4], &[7], (1, 2)), [-1]);
    }
}

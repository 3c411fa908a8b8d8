//! The Poisson distribution.

use crate::gamma::{gamma_lower, gamma_upper};

/// `P(N <= count)` for a Poisson count: DLMF 8.4.10, `Q(count + 1, mean)`.
pub fn poisson_at_most(count: u64, mean: f64) -> f64 {
    gamma_upper(count as f64 + 1.0, mean)
}

/// `P(N >= count)` for a Poisson count.
pub fn poisson_at_least(count: u64, mean: f64) -> f64 {
    match count {
        0 => 1.0,
        _ => gamma_lower(count as f64, mean),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::close;

    /// Expected values are mpmath's, from 30 digits.
    #[test]
    fn tails_are_those_of_another_library() {
        for (count, mean, at_most, at_least) in [
            (3, 0.01, 9.99999999586653e-1, 1.65421652807488e-7),
            (5, 5.0, 6.15960654833063e-1, 5.59506714934788e-1),
            (40, 20.0, 9.99974573681766e-1, 5.32020251124622e-5),
            (10300, 10000.0, 9.98613282242914e-1, 1.43236536746676e-3),
            (9600, 10000.0, 2.90528015717617e-5, 9.99972172211543e-1),
            (1001000, 1000000.0, 8.41465670963428e-1, 1.58776219137774e-1),
        ] {
            close(poisson_at_most(count, mean), at_most, 1e-9);
            close(poisson_at_least(count, mean), at_least, 1e-9);
        }
    }

    #[test]
    fn any_count_is_at_least_none() {
        assert_eq!(poisson_at_least(0, 3.0), 1.0);
    }
}

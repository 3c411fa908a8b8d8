//! The distribution of Kolmogorov's statistic.

use std::f64::consts::PI;

/// `P(K > x)` for Kolmogorov's limiting law (Kolmogorov 1933).
///
/// The alternating series converges fast for large `x`, its theta transform for small.
pub fn kolmogorov_above(x: f64) -> f64 {
    // Here the terms underflow; the smallest `x` would multiply their 0 by infinity.
    if x < 0.04 {
        return 1.0;
    }
    if x < 1.0 {
        let term = |k: i32| {
            let odd = f64::from(2 * k - 1);
            libm::exp(-odd * odd * PI * PI / (8.0 * x * x))
        };
        return 1.0 - libm::sqrt(2.0 * PI) / x * (1..=5).map(term).sum::<f64>();
    }
    let term = |k: i32| {
        let sign = if k % 2 == 1 { 2.0 } else { -2.0 };
        sign * libm::exp(-2.0 * f64::from(k * k) * x * x)
    };
    (1..=6).map(term).sum::<f64>()
}

/// What the largest distance between the distribution of `count` values and their law is to be
/// multiplied by, so that it follows the limiting law.
///
/// Stephens 1970, "Use of the Kolmogorov-Smirnov, Cramer-von Mises and related statistics without
/// extensive tables".
pub fn kolmogorov_multiple(count: f64) -> f64 {
    let root = libm::sqrt(count);
    root + 0.12 + 0.11 / root
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::close;

    /// Expected values are mpmath's, from 30 digits.
    #[test]
    fn tails_are_those_of_another_library() {
        for (x, above) in [
            (0.5, 9.63945243664875e-1),
            (0.999, 2.71073164115064e-1),
            (1.0, 2.69999671677355e-1),
            (1.358, 5.0026797334447e-2),
            (1.949, 1.00370731456876e-3),
            (3.0, 3.04599594894253e-8),
        ] {
            close(kolmogorov_above(x), above, 1e-9);
        }
    }

    #[test]
    fn the_ends_are_ends() {
        for x in [0.0, f64::MIN_POSITIVE, 0.039, 0.041, 0.1] {
            assert_eq!(kolmogorov_above(x), 1.0, "{x}");
        }
        assert_eq!(kolmogorov_above(40.0), 0.0);
    }

    /// Tables of the exact distribution: Miller 1956, "Table of percentage points of Kolmogorov
    /// statistics", 5 % and 1 %.
    #[test]
    fn few_values_are_as_far_off_as_the_tables_say() {
        for (count, five, one) in
            [(10.0, 0.40925, 0.48893), (20.0, 0.29408, 0.35241), (100.0, 0.13403, 0.16081)]
        {
            close(kolmogorov_above(kolmogorov_multiple(count) * five), 0.05, 0.01);
            close(kolmogorov_above(kolmogorov_multiple(count) * one), 0.01, 0.05);
        }
    }
}

//! The chi-square distribution.

use crate::gamma::{gamma_lower, gamma_upper};

/// `P(X > x)` for a chi-square of `df` degrees of freedom.
pub fn chi_square_above(x: f64, df: f64) -> f64 {
    gamma_upper(df / 2.0, x / 2.0)
}

/// `P(X < x)` for a chi-square of `df` degrees of freedom.
pub fn chi_square_below(x: f64, df: f64) -> f64 {
    gamma_lower(df / 2.0, x / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::close;

    /// Expected values are mpmath's, from 30 digits.
    #[test]
    fn tails_are_those_of_another_library() {
        for (x, df, above) in [
            (0.1, 1.0, 7.51829634045849e-1),
            (3.84, 1.0, 5.00435212487051e-2),
            (31.41, 20.0, 5.00052392023152e-2),
            (200.0, 20.0, 1.12534739608427e-31),
            (999.0, 999.0, 4.94049877958528e-1),
            (1300.0, 999.0, 3.39821749651548e-10),
            (10.5, 4.0, 3.27969899948837e-2),
        ] {
            close(chi_square_above(x, df), above, 1e-9);
        }
    }

    #[test]
    fn two_degrees_of_freedom_are_exponential() {
        for x in [1e-9, 0.3, 1.0, 3.9, 4.1, 40.0, 600.0] {
            close(chi_square_above(x, 2.0), libm::exp(-x / 2.0), 1e-13);
            close(chi_square_below(x, 2.0), -libm::expm1(-x / 2.0), 1e-13);
        }
    }

    #[test]
    fn all_is_above_nothing() {
        assert_eq!(chi_square_above(0.0, 3.0), 1.0);
        assert_eq!(chi_square_below(0.0, 3.0), 0.0);
    }
}

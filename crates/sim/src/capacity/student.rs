//! Quantiles of Student's t distribution.

use std::f64::consts::{FRAC_2_PI, FRAC_PI_2};

/// The `share` quantile of Student's t with `df` degrees of freedom, for shares from 0.5 to 1.
///
/// With whole degrees of freedom the distribution is a finite sum of powers of a cosine (Abramowitz
/// and Stegun, Handbook of Mathematical Functions, 26.7.3 and 26.7.4), which is inverted by
/// bisection.
pub(super) fn quantile(share: f64, df: u32) -> f64 {
    debug_assert!((0.5..1.0).contains(&share) && df > 0);
    let central = 2.0 * share - 1.0;
    let (mut low, mut high) = (0.0, FRAC_PI_2);
    loop {
        let middle = f64::midpoint(low, high);
        // No number is left between them.
        if middle <= low || middle >= high {
            return libm::tan(low) * libm::sqrt(f64::from(df));
        }
        if central_share(middle, df) < central {
            low = middle;
        } else {
            high = middle;
        }
    }
}

/// P(|T| < t) for t = tan(angle) x sqrt(df).
fn central_share(angle: f64, df: u32) -> f64 {
    let (sine, cosine) = (libm::sin(angle), libm::cos(angle));
    let square = cosine * cosine;
    // Odd: 1 + 2/3 c^2 + (2 4)/(3 5) c^4 ...; even: 1 + 1/2 c^2 + (1 3)/(2 4) c^4 ...
    let first = if df.is_multiple_of(2) { 1 } else { 2 };
    let (mut sum, mut term) = (0.0, 1.0);
    for index in 0..df / 2 {
        sum += term;
        let factor = f64::from(first + 2 * index);
        term *= square * factor / (factor + 1.0);
    }
    if df.is_multiple_of(2) { sine * sum } else { FRAC_2_PI * (angle + sine * cosine * sum) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As printed in tables of the distribution; df 1 and 2 have closed forms.
    #[test]
    fn quantiles_are_those_of_the_tables() {
        for (share, df, expected) in [
            (0.95, 1, 6.314),
            (0.95, 2, 2.920),
            (0.95, 3, 2.353),
            (0.95, 4, 2.132),
            (0.95, 9, 1.833),
            (0.95, 10, 1.812),
            (0.95, 19, 1.729),
            (0.95, 30, 1.697),
            (0.95, 120, 1.658),
            (0.975, 5, 2.571),
            (0.975, 8, 2.306),
            (0.99, 7, 2.998),
            (0.99, 20, 2.528),
            (0.995, 15, 2.947),
            (0.9, 6, 1.440),
        ] {
            let found = quantile(share, df);
            assert!((found - expected).abs() < 0.000_51, "t({share}, {df}) = {found}");
        }
    }

    #[test]
    fn closed_forms_are_met_to_the_last_digits() {
        for share in [0.5, 0.6, 0.75, 0.9, 0.99, 0.9999] {
            let cauchy = libm::tan(std::f64::consts::PI * (share - 0.5));
            assert!((quantile(share, 1) - cauchy).abs() <= 1e-10 * cauchy.max(1.0), "{share}");
            let central = 2.0 * share - 1.0;
            let two = central * (2.0 / (1.0 - central * central)).sqrt();
            assert!((quantile(share, 2) - two).abs() <= 1e-10 * two.max(1.0), "{share}");
        }
    }

    /// Many degrees of freedom are the normal distribution.
    #[test]
    fn the_limit_is_normal() {
        assert!((quantile(0.95, 100_000) - 1.644_853_627).abs() < 3e-5);
        let falls = (1..50).map(|df| quantile(0.95, df)).collect::<Vec<_>>();
        assert!(falls.is_sorted_by(|one, next| one > next));
    }
}

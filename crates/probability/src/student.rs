//! Student's t distribution.

use std::f64::consts::PI;

use crate::fraction::continued;

/// Student's t with a whole number of degrees of freedom.
///
/// A tail is half of a regularised incomplete beta function, DLMF 8.17.2:
/// `P(T > t) = I_x(df / 2, 1 / 2) / 2` with `x = df / (df + t^2)` and `t >= 0`.
/// Tails, and quantiles, have a relative error below 1e-12, up to 1e9 degrees of freedom at least.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Student {
    df: f64,
    /// `1 / B(df / 2, 1 / 2)`.
    inverse_beta: f64,
}

impl Student {
    /// The law of `df` degrees of freedom.
    ///
    /// # Panics
    /// Where there are none.
    pub fn new(df: u64) -> Self {
        assert!(df > 0, "Student's t has at least one degree of freedom");
        let df = df as f64;
        Self { df, inverse_beta: gamma_half_further(df / 2.0) / libm::sqrt(PI) }
    }

    /// `P(T > t)`.
    pub fn above(self, t: f64) -> f64 {
        let halves = self.halves(t.abs());
        if t < 0.0 { 0.5 + halves.within } else { halves.beyond }
    }

    /// `P(T < t)`.
    pub fn below(self, t: f64) -> f64 {
        self.above(-t)
    }

    /// What `T` is below with probability `share`; infinite for shares of 0 and 1.
    ///
    /// A share near 1 has few digits of its own. What a small share is above is, by symmetry,
    /// `-quantile(share)`.
    ///
    /// # Panics
    /// Where `share` is not from 0 to 1.
    pub fn quantile(self, share: f64) -> f64 {
        assert!((0.0..=1.0).contains(&share), "{share} is not a probability");
        // The share of each half, of which the smaller is exact: both floats are near each other.
        let (within, beyond) = ((share - 0.5).abs(), share.min(1.0 - share));
        let is_short = |t| {
            let halves = self.halves(t);
            match within < beyond {
                true => halves.within < within,
                false => halves.beyond > beyond || beyond == 0.0,
            }
        };
        // Floats without a sign are in the order of their bits, so halving these ends at the last.
        let (mut short, mut enough) = (0.0_f64.to_bits(), f64::INFINITY.to_bits());
        while short < enough {
            let middle = u64::midpoint(short, enough);
            match is_short(f64::from_bits(middle)) {
                true => short = middle + 1,
                false => enough = middle,
            }
        }
        let t = f64::from_bits(enough);
        if share < 0.5 { -t } else { t }
    }

    /// Of `t` from 0: whichever half is less is computed, and the other follows.
    fn halves(self, t: f64) -> Halves {
        if t == f64::INFINITY {
            return Halves { within: 0.5, beyond: 0.0 };
        }
        let square = t * t;
        let ratio = square / self.df;
        let (x, y) = (1.0 / (1.0 + ratio), 1.0 / (1.0 + 1.0 / ratio));
        let ln_x = match ratio.is_finite() {
            true => -libm::log1p(ratio),
            false => libm::log(self.df) - 2.0 * libm::log(t),
        };
        let root_y = t / libm::hypot(t, libm::sqrt(self.df));
        // x^a y^b / B(a, b) with a = df / 2 and b = 1 / 2.
        let scale = libm::exp(0.5 * self.df * ln_x) * root_y * self.inverse_beta;
        if square < SERIES_BELOW {
            let within = scale * series(self.df, y);
            Halves { within, beyond: 0.5 - within }
        } else {
            let beyond = 0.5 * scale * fraction(0.5 * self.df, x, y);
            Halves { within: 0.5 - beyond, beyond }
        }
    }
}

/// Up to here the series needs fewer steps than the fraction, whatever the degrees of freedom, and
/// one half less what is within still keeps all but one of its digits.
const SERIES_BELOW: f64 = 2.0;

/// Neither takes 100 steps where it is used; a `t` that is no number must end as well.
const STEPS_MAX: u32 = 1000;

/// The upper half of the distribution, cut in two.
struct Halves {
    /// `P(0 < T < t)`.
    within: f64,
    /// `P(T > t)`.
    beyond: f64,
}

/// `I_y(1 / 2, df / 2) / 2` over `x^a y^b / B(a, b)`: DLMF 8.17.8, the hypergeometric series
/// F(a + b, 1; b + 1; y) of positive terms.
fn series(df: f64, y: f64) -> f64 {
    let (mut sum, mut term) = (0.0, 1.0);
    for step in 0..STEPS_MAX {
        sum += term;
        let n = f64::from(step);
        term *= y * (df + 1.0 + 2.0 * n) / (3.0 + 2.0 * n);
        if term < sum * f64::EPSILON / 4.0 {
            break;
        }
    }
    sum
}

/// `I_x(a, 1 / 2)` over `x^a y^b / B(a, b)`: the even part of the continued fraction DLMF 8.17.22,
/// as Didonato and Morris 1992 (ACM TOMS 18, "Significant digit computation of the incomplete beta
/// function ratios", equation 9) write it.
///
/// The fraction as it stands has `1 - x` hidden in it, which for many degrees of freedom is all
/// that matters and has no digits left; its even part takes `y`.
fn fraction(a: f64, x: f64, y: f64) -> f64 {
    let denominator = |n: f64| {
        let next = (a + n) / (a + 2.0 * n + 1.0) * (a * y - 0.5 * x + 1.0 + n * (1.0 + y));
        match n == 0.0 {
            // The rest would divide by a - 1, which may be 0.
            true => next,
            false => next + n + n * (0.5 - n) * x / (a + 2.0 * n - 1.0),
        }
    };
    let numerator = |n: f64| {
        let middle = a + 2.0 * n - 1.0;
        (a + n - 1.0) * (a + n - 0.5) / (middle * middle) * n * (0.5 - n) * x * x
    };
    let steps = (1..STEPS_MAX).map(f64::from);
    continued(denominator(0.0), steps.map(|n| (numerator(n), denominator(n))))
}

/// `Γ(a + 1/2) / Γ(a)`.
///
/// By DLMF 5.11.14, a series in `(a - 1/4)^-2`, after as many steps of the recurrence as four terms
/// of it need. The difference of two `lgamma` has no digits left for a large `a`.
fn gamma_half_further(mut a: f64) -> f64 {
    let mut steps = 1.0;
    while a < 32.0 {
        steps *= a / (a + 0.5);
        a += 1.0;
    }
    let w = a - 0.25;
    let mut sum = 0.0;
    for coefficient in
        [-174_317.0 / 134_217_728.0, 631.0 / 524_288.0, -19.0 / 8192.0, 1.0 / 64.0, 1.0]
    {
        sum = sum / (w * w) + coefficient;
    }
    steps * libm::sqrt(w) * sum
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn close(found: f64, expected: f64) {
        crate::testing::close(found, expected, 1e-12);
    }

    /// Expected values are mpmath's, from 50 digits.
    #[test]
    fn tails_are_those_of_another_library() {
        for (df, t, above) in [
            (1, 1e160, 3.18309886183791e-161),
            (5, 12.0, 3.54474625858076e-5),
            (8, 2.5, 1.84710188568121e-2),
            (39, 40.0, 1.40940570139816e-33),
            (39, 9.5, 5.35773648041348e-12),
            (39, 0.001, 4.99603606652394e-1),
            (99, 1.4, 8.23196796683049e-2),
            (399, 1.42, 7.81942708883702e-2),
            (399, 0.25, 4.01358006970779e-1),
            (1000, 40.0, 5.23942607758668e-210),
            (100_000, 12.0, 1.87225290597818e-33),
            (1_000_000_000, 1.5, 6.68072014267076e-2),
            (1_000_000_000, 30.0, 4.90770984398373e-198),
        ] {
            close(Student::new(df).above(t), above);
        }
    }

    #[test]
    fn quantiles_are_those_of_another_library() {
        for (df, share, t) in [
            (4, 0.975, 2.77644510519779),
            (5, 1e-12, -3.93956959577604e2),
            (8, 1.0 - 0.05 / 66.0, 4.71332807037316),
            (39, 0.95, 1.68487512171122),
            (39, 0.975, 2.02269092003676),
            (39, 1e-30, -3.36420983814684e1),
            (1000, 0.501, 2.50725763947097e-3),
            (1_000_000_000, 0.95, 1.64485362847524),
        ] {
            close(Student::new(df).quantile(share), t);
        }
    }

    /// As printed in tables of the distribution.
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
            let found = Student::new(df).quantile(share);
            assert!((found - expected).abs() < 0.000_51, "t({share}, {df}) = {found}");
        }
    }

    /// Few degrees of freedom have closed forms, here written so that their tails keep their digits.
    #[test]
    fn closed_forms_are_met_far_out() {
        for t in [0.5, 1.0, 1.41, 1.42, 3.0, 40.0, 1e3, 1e6] {
            close(Student::new(1).above(t), libm::atan(1.0 / t) / PI);
            let root = libm::sqrt(2.0 + t * t);
            close(Student::new(2).above(t), 1.0 / (root * (root + t)));
            let root = libm::sqrt(4.0 + t * t);
            let (less, sine) = (4.0 / (root * (root + t)), t / root);
            close(Student::new(4).above(t), less * less * (2.0 + sine) / 4.0);
        }
        for t in [0.5_f64, 1.0, 1.41, 1.42, 3.0] {
            let angle = libm::atan(3.0_f64.sqrt() / t);
            close(Student::new(3).above(t), (angle - 0.5 * libm::sin(2.0 * angle)) / PI);
        }
    }

    #[test]
    fn the_ends_and_the_middle_are_exact() {
        for df in [1, 2, 39, 100_000, 1_000_000_000, u64::MAX] {
            let law = Student::new(df);
            for t in [0.0, -0.0] {
                assert_eq!((law.above(t), law.below(t)), (0.5, 0.5));
            }
            assert_eq!((law.above(f64::INFINITY), law.below(f64::INFINITY)), (0.0, 1.0));
            assert_eq!((law.above(f64::NEG_INFINITY), law.below(f64::NEG_INFINITY)), (1.0, 0.0));
            assert_eq!(law.quantile(0.5), 0.0);
            assert_eq!(law.quantile(0.0), f64::NEG_INFINITY);
            assert_eq!(law.quantile(1.0), f64::INFINITY);
            assert!(law.above(f64::NAN).is_nan());
        }
    }

    #[test]
    #[should_panic(expected = "at least one degree of freedom")]
    fn no_degrees_of_freedom_are_no_law() {
        Student::new(0);
    }

    /// A thousandth further is visibly less probable, on both sides of the change of method too.
    #[test]
    fn the_tail_falls_without_a_step() {
        for df in [1, 2, 7, 39, 1000, 1_000_000] {
            let law = Student::new(df);
            let tails: Vec<f64> = (0..5000).map(|i| law.above(f64::from(i) / 1000.0)).collect();
            for pair in tails.windows(2) {
                let fall = 1.0 - pair[1] / pair[0];
                assert!(fall > 1e-4 && fall < 1e-2, "{df}: {pair:?}");
            }
        }
    }

    proptest! {
        #[test]
        fn both_sides_are_alike(df in 1..100_000_u64, t in 0.0..50.0) {
            let law = Student::new(df);
            prop_assert_eq!(law.above(t), law.below(-t));
            prop_assert!((law.above(t) + law.below(t) - 1.0).abs() < 1e-15);
        }

        #[test]
        fn quantiles_lead_back(df in 1..1_000_000_u64, exponent in -250.0..-0.31) {
            let (law, share) = (Student::new(df), libm::exp10(exponent));
            let back = law.below(law.quantile(share));
            prop_assert!((back / share - 1.0).abs() < 1e-11, "{share:e} {back:e}");
            let upper = 1.0 - share;
            prop_assert_eq!(law.quantile(upper), -law.quantile(1.0 - upper));
        }

        #[test]
        fn more_degrees_of_freedom_have_thinner_tails(df in 1..10_000_u64, t in 0.1..20.0) {
            prop_assert!(Student::new(df + 1).above(t) < Student::new(df).above(t));
        }
    }
}

//! The natural logarithm, rounded correctly.
//!
//! For the few arguments where the last bit of a fast logarithm decides something: it takes a few
//! microseconds.

use std::ops::{Add, Div, Mul};

/// ln(x) for a positive normal `x`, computed to some 100 bits and rounded to the nearest number.
///
/// With x = m * 2^e and t = (m - 1) / (m + 1), ln(x) = e * ln(2) + 2 * atanh(t), and
/// atanh(t) = t + t^3/3 + t^5/5 + ...
pub(super) fn ln_rounded(x: f64) -> f64 {
    /// |t| is at most 1/5, so that what follows this term is below 2^-108 of the sum.
    const LAST_POWER: u32 = 47;
    const LN_2: Pair = Pair { high: std::f64::consts::LN_2, low: 2.319_046_813_846_299_6e-17 };
    let (mut mantissa, mut exponent) = libm::frexp(x);
    if mantissa < 0.75 {
        (mantissa, exponent) = (2.0 * mantissa, exponent - 1);
    }
    // The difference is exact: the mantissa is in [0.75, 1.5).
    let t = Pair::from(mantissa - 1.0) / Pair::sum(mantissa, 1.0);
    let t_squared = t * t;
    let series = (1..=LAST_POWER).rev().step_by(2).fold(Pair::from(0.0), |sum, power| {
        sum * t_squared + Pair::from(1.0) / Pair::from(f64::from(power))
    });
    let ln_mantissa = Pair::from(2.0) * t * series;
    (Pair::from(f64::from(exponent)) * LN_2 + ln_mantissa).high
}

/// A number as the sum of two, of which the low one is at most half a unit in the last place of the
/// high one: 106 bits. Dekker, "A floating-point technique for extending the available precision",
/// Numerische Mathematik 18 (1971).
#[derive(Clone, Copy)]
struct Pair {
    high: f64,
    low: f64,
}

impl Pair {
    /// a + b, exactly.
    fn sum(a: f64, b: f64) -> Self {
        let high = a + b;
        let b_part = high - a;
        Self { high, low: (a - (high - b_part)) + (b - b_part) }
    }

    /// a * b, exactly.
    fn product(a: f64, b: f64) -> Self {
        let high = a * b;
        Self { high, low: libm::fma(a, b, -high) }
    }
}

impl From<f64> for Pair {
    fn from(high: f64) -> Self {
        Self { high, low: 0.0 }
    }
}

impl Add for Pair {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        let high = Self::sum(self.high, other.high);
        let low = Self::sum(self.low, other.low);
        let sum = Self::sum(high.high, high.low + low.high);
        Self::sum(sum.high, sum.low + low.low)
    }
}

impl Mul for Pair {
    type Output = Self;

    fn mul(self, other: Self) -> Self {
        let product = Self::product(self.high, other.high);
        let cross = self.high * other.low + self.low * other.high;
        Self::sum(product.high, product.low + cross)
    }
}

impl Div for Pair {
    type Output = Self;

    fn div(self, other: Self) -> Self {
        let quotient = self.high / other.high;
        let product = other * Self::from(quotient);
        let remainder = self + Self { high: -product.high, low: -product.low };
        let correction = remainder.high / other.high;
        let quotient = Self::sum(quotient, correction);
        let product = other * quotient;
        let remainder = self + Self { high: -product.high, low: -product.low };
        quotient + Self::from(remainder.high / other.high)
    }
}

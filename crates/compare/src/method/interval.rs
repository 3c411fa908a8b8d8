//! Confidence limits of a ratio of quantiles, by inverting the exceedance test.
//!
//! A ratio is inside the limits if the test, after A was made slower by it, does not reject. The
//! test is a step function of the ratio, so the limits have no closed form and are bracketed.

use outcome::Ppm;

use super::exceedance::at_ratio;
use super::test::critical;
use super::{Interval, Sample};

/// The farthest that a limit is looked for: a factor of 16.
const FARTHEST: f64 = 4.0 * std::f64::consts::LN_2;

/// Halvings of the bracket, after which no number is left in it.
const HALVINGS: u32 = 60;

/// The limits of ln(B / A) about `middle`, with the critical values of `df` degrees of freedom.
pub(crate) fn interval(sample: &Sample<'_>, ppm: Ppm, middle: f64, df: u64) -> Interval {
    let t = |z: f64| at_ratio(sample, ppm, libm::exp(z)).t();
    let lower = |critical: f64| limit(middle, -FARTHEST, |z| t(z) >= critical);
    let upper = |critical: f64| limit(middle, FARTHEST, |z| t(z) <= -critical);
    let (c90, c95) = critical(df);
    Interval { lo90: lower(c90), hi90: upper(c90), lo95: lower(c95), hi95: upper(c95) }
}

/// Where, between `middle` and `far`, rejection begins; infinite where it does not.
fn limit(middle: f64, far: f64, rejected: impl Fn(f64) -> bool) -> f64 {
    if !rejected(far) {
        return f64::INFINITY.copysign(far);
    }
    if rejected(middle) {
        return middle;
    }
    let (mut kept, mut refused) = (middle, far);
    for _ in 0..HALVINGS {
        let z = f64::midpoint(kept, refused);
        if rejected(z) { refused = z } else { kept = z }
    }
    f64::midpoint(kept, refused)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_where_rejection_begins() {
        assert!((limit(0.1, FARTHEST, |z| z >= 0.25) - 0.25).abs() < 1e-12);
        assert!((limit(0.1, -FARTHEST, |z| z <= -0.5) + 0.5).abs() < 1e-12);
        assert_eq!(limit(0.1, FARTHEST, |_| false), f64::INFINITY);
        assert_eq!(limit(0.1, -FARTHEST, |_| false), f64::NEG_INFINITY);
        assert_eq!(limit(0.1, FARTHEST, |_| true), 0.1);
    }
}

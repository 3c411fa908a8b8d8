//! How much longer or shorter a trace is made.

use std::fmt;
use std::str::FromStr;

/// A factor on time, as an exact fraction: 2 makes a trace twice as long, and half as dense.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeScale {
    numerator: u64,
    denominator: u64,
}

/// A text that is no time scale.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is no factor from 0.000001 to 1000000; give a decimal such as 0.5, or 1/3")]
pub struct TimeScaleError(String);

/// Far beyond any use, and small enough that products fit.
const FACTOR_MAX: u64 = 1_000_000;

/// Decimals that a factor may have.
const DECIMALS_MAX: usize = 12;

impl TimeScale {
    /// Time as it is.
    pub const ONE: Self = Self { numerator: 1, denominator: 1 };

    /// A time of at least 0, scaled and rounded to whole ns, a half up. `None` where 64 bits do
    /// not hold it.
    pub(crate) fn apply(self, nanos: i64) -> Option<i64> {
        if self == Self::ONE {
            return Some(nanos);
        }
        let (numerator, denominator) = (i128::from(self.numerator), i128::from(self.denominator));
        // At most 2^63 * 10^18, which fits.
        i64::try_from((i128::from(nanos) * numerator + denominator / 2) / denominator).ok()
    }
}

impl FromStr for TimeScale {
    type Err = TimeScaleError;

    fn from_str(text: &str) -> Result<Self, TimeScaleError> {
        let read = || {
            let (above, below) = text.split_once('/').unwrap_or((text, "1"));
            let (above, below) = (decimal(above.trim())?, decimal(below.trim())?);
            let numerator = above.0.checked_mul(below.1)?;
            let denominator = below.0.checked_mul(above.1)?;
            let common = gcd(numerator, denominator);
            let reduced = |part: u128| u64::try_from(part.checked_div(common)?).ok();
            let scale = Self { numerator: reduced(numerator)?, denominator: reduced(denominator)? };
            let limit = 1_000_000_000_000_000_000;
            let small = scale.numerator <= limit && scale.denominator <= limit;
            let sane = scale.numerator <= scale.denominator.saturating_mul(FACTOR_MAX)
                && scale.denominator <= scale.numerator.saturating_mul(FACTOR_MAX);
            (small && sane).then_some(scale)
        };
        read().ok_or_else(|| TimeScaleError(text.to_owned()))
    }
}

/// A decimal as (digits, power of ten to divide by).
fn decimal(text: &str) -> Option<(u128, u128)> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = format!("{whole}{fraction}");
    let sound = !digits.is_empty()
        && digits.len() <= 18
        && fraction.len() <= DECIMALS_MAX
        && digits.bytes().all(|byte| byte.is_ascii_digit());
    let digits = digits.parse().ok().filter(|_| sound)?;
    Some((digits, 10_u128.pow(u32::try_from(fraction.len()).ok()?)))
}

fn gcd(a: u128, b: u128) -> u128 {
    if b == 0 { a } else { gcd(b, a % b) }
}

impl fmt::Display for TimeScale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.denominator {
            1 => write!(f, "{}", self.numerator),
            denominator => write!(f, "{}/{denominator}", self.numerator),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn factors_are_exact() {
        for (text, shown, scaled) in [
            ("1", "1", 1_000_000_001),
            ("2", "2", 2_000_000_002),
            ("0.5", "1/2", 500_000_001),
            ("1/3", "1/3", 333_333_334),
            ("2.5/10", "1/4", 250_000_000),
            ("0.1", "1/10", 100_000_000),
            (".000001", "1/1000000", 1000),
        ] {
            let scale: TimeScale = text.parse().unwrap();
            assert_eq!(
                (scale.to_string().as_str(), scale.apply(1_000_000_001)),
                (shown, Some(scaled))
            );
        }
        assert_eq!("1000000".parse::<TimeScale>().unwrap().apply(i64::MAX), None);
    }

    #[test]
    fn what_is_no_factor_is_refused() {
        for text in
            ["", "0", "-1", "nan", "1e3", "1/0", "0/1", "1/2/3", "0.0000001", "1000001", "."]
        {
            assert!(text.parse::<TimeScale>().is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_a_factor_or_an_error(text in "[0-9./]{0,40}", nanos in 0..i64::MAX) {
            if let Ok(scale) = text.parse::<TimeScale>() {
                let _ = scale.apply(nanos);
            }
        }

        #[test]
        fn scaling_keeps_order(
            text in "[1-9][0-9]{0,2}/[1-9][0-9]{0,2}",
            earlier in 0..1_i64 << 52,
            gap in 0..1_i64 << 52,
        ) {
            let scale: TimeScale = text.parse().unwrap();
            let scaled = |nanos| scale.apply(nanos).unwrap();
            prop_assert!(scaled(earlier) <= scaled(earlier + gap));
        }
    }
}

//! Times as they are typed: a decimal number and a unit.

use std::str::FromStr;

use request::Moment;

/// A time since the start of a trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Time(i64);

const UNITS: [(&str, i64); 6] = [
    ("ns", 1),
    ("us", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("m", 60_000_000_000),
    ("h", 3_600_000_000_000),
];

impl From<Time> for Moment {
    fn from(time: Time) -> Self {
        Self::from_nanos(time.0)
    }
}

impl FromStr for Time {
    type Err = String;

    /// Exact: decimals never pass through a float.
    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || "give a number with a unit, such as 5s, 1.5m or 200ms".to_owned();
        let unit = text.find(|c: char| c.is_ascii_alphabetic()).ok_or_else(wrong)?;
        let (number, unit) = text.split_at(unit);
        let (_, unit_ns) = UNITS.into_iter().find(|(name, _)| *name == unit).ok_or_else(wrong)?;
        let (whole, part) = number.split_once('.').unwrap_or((number, "0"));
        let is_digits =
            |digits: &str| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        if !is_digits(whole) || !is_digits(part) {
            return Err(wrong());
        }
        let nanos = nanos(whole, part, unit_ns);
        nanos.map(Self).ok_or_else(|| "give whole nanoseconds within 292 years".to_owned())
    }
}

fn nanos(whole: &str, part: &str, unit_ns: i64) -> Option<i64> {
    let part = part.trim_end_matches('0');
    let scale = 10_i64.checked_pow(u32::try_from(part.len()).ok()?)?;
    let part: i64 = if part.is_empty() { 0 } else { part.parse().ok()? };
    let part = i128::from(part) * i128::from(unit_ns);
    if part % i128::from(scale) != 0 {
        return None;
    }
    let whole = i128::from(whole.parse::<i64>().ok()?) * i128::from(unit_ns);
    i64::try_from(whole + part / i128::from(scale)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_exact() {
        for (text, nanos) in [
            ("5s", 5_000_000_000),
            ("1.5m", 90_000_000_000),
            ("0.1s", 100_000_000),
            ("200ms", 200_000_000),
            ("0.000000001s", 1),
            ("1.50us", 1_500),
            ("2h", 7_200_000_000_000),
            ("0s", 0),
        ] {
            assert_eq!(text.parse(), Ok(Time(nanos)), "{text}");
        }
        for text in ["", "5", "s", "-1s", "1.s", ".5s", "1e3s", "0.5ns", "9999999999h", "5 s", "1d"]
        {
            assert!(text.parse::<Time>().is_err(), "{text}");
        }
    }
}

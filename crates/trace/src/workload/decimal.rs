//! Decimal numbers as exact integers of a smaller unit.

use std::time::Duration;

/// Reads a plain decimal number, not negative, in units of 10^-`digits`: `1.5` with 9 digits is
/// 1,500,000,000. `None` where it is no such number, has more decimals than digits that are not 0,
/// or is above 2^63.
pub(crate) fn parse(text: &str, digits: usize) -> Option<i64> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !is_number(whole) || !is_number(part) {
        return None;
    }
    let part = part.trim_end_matches('0');
    if part.len() > digits {
        return None;
    }
    format!("{whole}{part:0<digits$}").parse().ok()
}

/// A number of ns as a length of time.
pub(crate) fn duration(nanos: i64) -> Option<Duration> {
    u64::try_from(nanos).ok().map(Duration::from_nanos)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_exact() {
        for (text, expected) in [
            ("0", Some(0)),
            ("1.5", Some(1_500_000_000)),
            ("0.1", Some(100_000_000)),
            ("12.3456789010", Some(12_345_678_901)),
            ("9223372036.854775807", Some(i64::MAX)),
            ("9223372036.854775808", None),
            ("1.0000000001", None),
            ("-1", None),
            ("+1", None),
            ("1e3", None),
            ("", None),
            (".5", None),
            ("1.2.3", None),
        ] {
            assert_eq!(parse(text, 9), expected, "{text}");
        }
    }
}

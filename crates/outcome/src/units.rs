//! Numbers as people read them, made in integer arithmetic so that the text never depends on
//! floating point.

/// Nanoseconds as milliseconds with three decimals, rounded half away from zero: `12.346`.
#[must_use]
pub fn millis(nanos: i128) -> String {
    let micros = rounded(nanos.unsigned_abs(), 1_000);
    let sign = if nanos < 0 && micros > 0 { "-" } else { "" };
    format!("{sign}{}.{:03}", micros / 1_000, micros % 1_000)
}

/// `part` of `whole` in per cent with two decimals; `-` of nothing.
///
/// `100.00` means all and `0.00` means none: whatever would only round to them is shown one step
/// away, because a single miss among a million is a miss.
#[must_use]
pub fn percent(part: u64, whole: u64) -> String {
    if whole == 0 {
        return "-".into();
    }
    let hundredths = rounded(u128::from(part) * 10_000, u128::from(whole));
    let hundredths = match part {
        0 => 0,
        part if part >= whole => hundredths,
        _ => hundredths.clamp(1, 9_999),
    };
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

/// `count` events in `span_ns` as events per second with two decimals; `-` of no time.
#[must_use]
pub fn per_second(count: u64, span_ns: u128) -> String {
    if span_ns == 0 {
        return "-".into();
    }
    let hundredths = rounded(u128::from(count) * 100_000_000_000, span_ns);
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

/// A count with its digits in groups of three: `1,234,567`.
#[must_use]
pub fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Division that rounds half up.
fn rounded(dividend: u128, divisor: u128) -> u128 {
    (dividend + divisor / 2) / divisor
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn milliseconds_have_three_decimals() {
        for (nanos, text) in [
            (0, "0.000"),
            (499, "0.000"),
            (500, "0.001"),
            (-500, "-0.001"),
            (-499, "0.000"),
            (12_345_678, "12.346"),
            (i128::from(i64::MAX), "9223372036854.776"),
        ] {
            assert_eq!(millis(nanos), text);
        }
    }

    #[test]
    fn a_hundred_per_cent_means_all() {
        for (part, whole, text) in [
            (0, 0, "-"),
            (0, 3, "0.00"),
            (1, 3, "33.33"),
            (2, 3, "66.67"),
            (3, 3, "100.00"),
            (999_999, 1_000_000, "99.99"),
            (1, 1_000_000, "0.01"),
        ] {
            assert_eq!(percent(part, whole), text);
        }
    }

    #[test]
    fn rates_and_counts() {
        assert_eq!(per_second(7, 2_000_000_000), "3.50");
        assert_eq!(per_second(7, 0), "-");
        assert_eq!(grouped(0), "0");
        assert_eq!(grouped(999), "999");
        assert_eq!(grouped(1_000), "1,000");
        assert_eq!(grouped(1_234_567), "1,234,567");
    }
}

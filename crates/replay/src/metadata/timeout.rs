//! gRPC's `grpc-timeout`: what is left until a deadline.

use std::io::Write;
use std::time::Duration;

use http::HeaderValue;

/// Units of gRPC over HTTP/2, finest first, in nanoseconds.
const UNITS: [(char, u128); 6] = [
    ('n', 1),
    ('u', 1_000),
    ('m', 1_000_000),
    ('S', 1_000_000_000),
    ('M', 60_000_000_000),
    ('H', 3_600_000_000_000),
];

/// The protocol allows at most 8 digits.
const VALUE_MAX: u128 = 99_999_999;

/// `remaining` in the finest unit that has room for it, rounded down, but never to 0.
///
/// A server gives up no later than the deadline, and less than 1 part in 90,000 early.
pub(crate) fn grpc_timeout(remaining: Duration) -> HeaderValue {
    let ns = remaining.as_nanos().max(1);
    let (unit, size) = UNITS
        .into_iter()
        .find(|(_, size)| ns / size <= VALUE_MAX)
        .unwrap_or(UNITS[UNITS.len() - 1]);
    let mut text = [0; 9];
    let mut rest = &mut text[..];
    write!(rest, "{}{unit}", (ns / size).min(VALUE_MAX)).expect("8 digits and a unit fit");
    let unused = rest.len();
    HeaderValue::from_bytes(&text[..text.len() - unused]).expect("it is ASCII")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// (what remains, what is sent)
    const EXAMPLES: [(Duration, &str); 14] = [
        (Duration::ZERO, "1n"),
        (Duration::from_nanos(1), "1n"),
        (Duration::from_nanos(99_999_999), "99999999n"),
        (Duration::from_nanos(100_000_000), "100000u"),
        (Duration::from_nanos(100_000_999), "100000u"),
        (Duration::from_micros(99_999_999), "99999999u"),
        (Duration::from_millis(100_000), "100000m"),
        (Duration::from_millis(99_999_999), "99999999m"),
        (Duration::from_secs(100_000), "100000S"),
        (Duration::from_secs(99_999_999), "99999999S"),
        (Duration::from_secs(100_000_000), "1666666M"),
        (Duration::from_secs(60 * 99_999_999), "99999999M"),
        (Duration::from_secs(60 * 100_000_000), "1666666H"),
        (Duration::MAX, "99999999H"),
    ];

    #[test]
    fn it_is_the_finest_unit_with_at_most_8_digits() {
        for (remaining, text) in EXAMPLES {
            assert_eq!(grpc_timeout(remaining), text, "{remaining:?}");
        }
    }

    /// Reads it as the specification says.
    fn parse(value: &HeaderValue) -> u128 {
        let text = value.to_str().unwrap();
        let (digits, unit) = text.split_at(text.len() - 1);
        assert!((1..=8).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit()));
        let ns = match unit {
            "H" => 3_600 * 1_000_000_000,
            "M" => 60 * 1_000_000_000,
            "S" => 1_000_000_000,
            "m" => 1_000_000,
            "u" => 1_000,
            "n" => 1,
            _ => panic!("{text}"),
        };
        digits.parse::<u128>().unwrap() * ns
    }

    proptest! {
        #[test]
        fn it_is_never_more_than_what_remains_and_hardly_less(
            digits in 0u32..15, factor in 1u64..=9_999_999
        ) {
            let ns = factor.saturating_mul(10u64.pow(digits));
            let sent = parse(&grpc_timeout(Duration::from_nanos(ns)));
            let ns = u128::from(ns);
            prop_assert!(0 < sent && sent <= ns);
            prop_assert!((ns - sent) * 90_000 < ns, "{sent} of {ns}");
        }
    }
}

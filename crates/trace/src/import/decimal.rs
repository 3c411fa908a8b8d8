//! Decimal text as an exact integer.
//!
//! A time such as `1700000000.1244568` has more digits than a float holds, so its digits are moved
//! to the right place and never become one.

/// A number in whole units, and whether the text was exactly that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Whole {
    pub(crate) value: i64,
    /// False where digits below one unit were rounded away, a half away from zero.
    pub(crate) exact: bool,
}

/// Why a text is no usable number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NotWhole {
    /// It is not a decimal number.
    NotNumber,
    /// It does not fit 64 bits.
    TooLarge,
}

/// Decimal digits that always fit 64 bits.
const DIGITS_SAFE: usize = 18;

/// Reads `text * 10^shift`: with a shift of 9, seconds become nanoseconds.
pub(crate) fn parse(text: &str, shift: i32) -> Result<Whole, NotWhole> {
    let (negative, unsigned) = match text.as_bytes() {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        all => (false, all),
    };
    let (mantissa, exponent) = split_exponent(unsigned)?;
    let (whole, fraction) = match mantissa.iter().position(|&byte| byte == b'.') {
        Some(dot) => (&mantissa[..dot], &mantissa[dot + 1..]),
        None => (mantissa, &[][..]),
    };
    let digits_only = |part: &[u8]| part.iter().all(u8::is_ascii_digit);
    if (whole.is_empty() && fraction.is_empty()) || !digits_only(whole) || !digits_only(fraction) {
        return Err(NotWhole::NotNumber);
    }
    let digits = || whole.iter().chain(fraction);
    let leading_zeros = digits().take_while(|&&digit| digit == b'0').count();
    let significant = || digits().skip(leading_zeros).map(|digit| digit - b'0');
    if significant().next().is_none() {
        return Ok(Whole { value: 0, exact: true });
    }
    // How many of the significant digits stand before the point once it has been moved.
    let kept = whole.len() as i64 - leading_zeros as i64 + exponent + i64::from(shift);
    let Ok(kept) = usize::try_from(kept) else {
        return Ok(Whole { value: 0, exact: false });
    };
    if kept > DIGITS_SAFE + 1 {
        return Err(NotWhole::TooLarge);
    }
    let zeros = std::iter::repeat(0);
    let magnitude = significant()
        .chain(zeros)
        .take(kept)
        .fold(0_u128, |value, digit| value * 10 + u128::from(digit));
    let rounds_up = significant().nth(kept).is_some_and(|digit| digit >= 5);
    let exact = significant().skip(kept).all(|digit| digit == 0);
    let magnitude = i128::try_from(magnitude + u128::from(rounds_up)).expect("it has 19 digits");
    let value = i64::try_from(if negative { -magnitude } else { magnitude });
    Ok(Whole { value: value.map_err(|_| NotWhole::TooLarge)?, exact })
}

/// Parts `1.5e-3` at the `e`.
fn split_exponent(text: &[u8]) -> Result<(&[u8], i64), NotWhole> {
    let Some(at) = text.iter().position(|byte| matches!(byte, b'e' | b'E')) else {
        return Ok((text, 0));
    };
    let exponent = str::from_utf8(&text[at + 1..]).ok().and_then(|text| text.parse::<i32>().ok());
    Ok((&text[..at], i64::from(exponent.ok_or(NotWhole::NotNumber)?)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn exact(value: i64) -> Result<Whole, NotWhole> {
        Ok(Whole { value, exact: true })
    }

    #[test]
    fn digits_move_and_never_become_a_float() {
        for (text, shift, value) in [
            ("1700000000.1244568", 9, 1_700_000_000_124_456_800),
            ("46.6805900", 9, 46_680_590_000),
            ("0.1", 9, 100_000_000),
            ("-0.000000001", 9, -1),
            ("1e3", 0, 1000),
            ("1.5E-3", 9, 1_500_000),
            ("+7", 3, 7000),
            (".5", 9, 500_000_000),
            ("5.", 0, 5),
            ("00000000000000000000000000012", 0, 12),
            ("9223372036854775807", 0, i64::MAX),
            ("-9223372036854775808", 0, i64::MIN),
            ("0e99", 9, 0),
            ("224686.166", 3, 224_686_166),
        ] {
            assert_eq!(parse(text, shift), exact(value), "{text}");
        }
    }

    #[test]
    fn what_is_below_a_unit_is_rounded_and_told() {
        for (text, value) in [("0.5", 1), ("-0.5", -1), ("0.49999", 0), ("1e-30", 0), ("2.51", 3)] {
            assert_eq!(parse(text, 0), Ok(Whole { value, exact: false }), "{text}");
        }
        assert_eq!(parse("0.05", 0), Ok(Whole { value: 0, exact: false }));
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for text in ["", "-", ".", "e5", "1e", "1e5x", "NaN", "inf", "1_000", "0x10", "1,5", "1 "] {
            assert_eq!(parse(text, 9), Err(NotWhole::NotNumber), "{text}");
        }
        for text in ["9223372036854775808", "1e19", "1e2147483647", "99999999999999999999"] {
            assert_eq!(parse(text, 0), Err(NotWhole::TooLarge), "{text}");
        }
        assert_eq!(parse("9223372037", 9), Err(NotWhole::TooLarge));
    }

    proptest! {
        #[test]
        fn an_integer_survives_its_text(value: i64, shift in 0_i32..4) {
            let expected = value.checked_mul(10_i64.pow(shift as u32));
            let read = parse(&value.to_string(), shift).ok().map(|whole| whole.value);
            prop_assert_eq!(read, expected);
        }

        #[test]
        fn a_point_moves_by_nine(whole in 0_i64..9_000_000_000, nanos in 0_i64..1_000_000_000) {
            prop_assert_eq!(parse(&format!("{whole}.{nanos:09}"), 9), exact(whole * 1_000_000_000 + nanos));
        }

        #[test]
        fn any_text_is_a_number_or_an_error(text: String, shift in 0_i32..10) {
            let _ = parse(&text, shift);
        }
    }
}

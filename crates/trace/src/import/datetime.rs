//! Dates and times as Unix nanoseconds.
//!
//! By hand, since one form is needed (that of ISO 8601 and RFC 3339, with a space or a `T`), to
//! the last digit; no crate for calendars is.

/// Unix ns of `YYYY-MM-DD HH:MM:SS[.fraction][Z|+HH:MM]`, and whether it is a whole number of ns.
/// Without a zone it is UTC. `None` where the text has another form or 64 bits do not hold it.
pub(crate) fn parse(text: &str) -> Option<(i64, bool)> {
    let bytes = text.as_bytes();
    let (date, rest) = bytes.split_at_checked(10)?;
    let (separator, rest) = rest.split_first()?;
    let (time, rest) = rest.split_at_checked(8)?;
    if !matches!(separator, b' ' | b'T' | b't') {
        return None;
    }
    let [year, month, day] = fields(date, b'-', [4, 2, 2])?;
    let [hour, minute, second] = fields(time, b':', [2, 2, 2])?;
    let possible = (1..=12).contains(&month)
        && (1..=days_in(year, month)).contains(&day)
        && hour < 24
        && minute < 60
        && second < 60;
    if !possible {
        return None;
    }
    let (fraction, zone) = match rest.split_first() {
        Some((b'.' | b',', rest)) => {
            let end = rest.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(rest.len());
            Some(rest.split_at(end)).filter(|(digits, _)| !digits.is_empty())?
        }
        _ => (&[][..], rest),
    };
    let (nanos, exact) = nanos_of(fraction);
    let seconds = days_since_epoch(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second;
    let seconds = seconds - offset_seconds(zone)?;
    Some((seconds.checked_mul(1_000_000_000)?.checked_add(nanos)?, exact))
}

/// Three numbers of fixed width with a mark between them.
fn fields(text: &[u8], mark: u8, widths: [usize; 3]) -> Option<[i64; 3]> {
    let mut numbers = [0; 3];
    let mut parts = text.split(|&byte| byte == mark);
    for (number, width) in numbers.iter_mut().zip(widths) {
        let part = parts.next().filter(|part| part.len() == width)?;
        *number = digits(part)?;
    }
    parts.next().is_none().then_some(numbers)
}

fn digits(text: &[u8]) -> Option<i64> {
    text.iter().try_fold(0, |number, byte| {
        byte.is_ascii_digit().then(|| number * 10 + i64::from(byte - b'0'))
    })
}

/// The digits behind the point as ns, a half rounded up.
fn nanos_of(fraction: &[u8]) -> (i64, bool) {
    let kept = fraction.iter().copied().chain(std::iter::repeat(b'0')).take(9);
    let nanos = kept.fold(0, |nanos, digit| nanos * 10 + i64::from(digit - b'0'));
    let below = fraction.get(9..).unwrap_or_default();
    let rounds_up = below.first().is_some_and(|&digit| digit >= b'5');
    (nanos + i64::from(rounds_up), below.iter().all(|&digit| digit == b'0'))
}

/// How far a zone is ahead of UTC.
fn offset_seconds(zone: &[u8]) -> Option<i64> {
    let (sign, rest) = match zone {
        [] | [b'Z' | b'z'] => return Some(0),
        [b'+', rest @ ..] => (1, rest),
        [b'-', rest @ ..] => (-1, rest),
        _ => return None,
    };
    let (hours, minutes) = match rest {
        [hours @ .., b':', m1, m2] if hours.len() == 2 => (hours, [*m1, *m2]),
        [h1, h2, m1, m2] => (&[*h1, *h2][..], [*m1, *m2]),
        [_, _] => (rest, [b'0'; 2]),
        _ => return None,
    };
    let (hours, minutes) = (digits(hours)?, digits(&minutes)?);
    (hours < 24 && minutes < 60).then_some(sign * (hours * 3600 + minutes * 60))
}

fn days_in(year: i64, month: i64) -> i64 {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days from 1970-01-01 in the Gregorian calendar: `days_from_civil` of Howard Hinnant's
/// "chrono-Compatible Low-Level Date Algorithms". The year is at least 0.
fn days_since_epoch(year: i64, month: i64, day: i64) -> i64 {
    // A year that begins in March, so that the leap day is its last.
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn dates_are_exact() {
        for (text, nanos) in [
            ("1970-01-01 00:00:00", 0),
            ("2023-11-16 18:15:46.6805900", 1_700_158_546_680_590_000),
            ("2023-11-16T18:15:46.680590Z", 1_700_158_546_680_590_000),
            ("2023-11-16T19:15:46.68059+01:00", 1_700_158_546_680_590_000),
            ("2023-11-16T12:45:46.68059-0530", 1_700_158_546_680_590_000),
            ("2023-11-16T19:15:46.68059+01", 1_700_158_546_680_590_000),
            ("2000-02-29 23:59:59.999999999", 951_868_799_999_999_999),
            ("2024-03-01 00:00:00", 1_709_251_200_000_000_000),
            ("1969-12-31 23:59:59.5", -500_000_000),
        ] {
            assert_eq!(parse(text), Some((nanos, true)), "{text}");
        }
        assert_eq!(parse("1970-01-01 00:00:00.0000000005"), Some((1, false)));
    }

    #[test]
    fn what_is_no_date_is_refused() {
        for text in [
            "",
            "2023-11-16",
            "2023-11-16 18:15",
            "2023-13-01 00:00:00",
            "2023-02-29 00:00:00",
            "2023-11-16 24:00:00",
            "2023-11-16 18:15:60",
            "2023-11-16 18:15:46.",
            "2023-11-16 18:15:46 UTC",
            "2023-11-16 18:15:46+1:00",
            "16/11/2023 18:15:46",
            "2023-1é-16 18:15:46",
            "9999-01-01 00:00:00",
            "1700158546.68",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_a_date_or_none(text: String) {
            let _ = parse(&text);
        }

        /// Every day is one day after the day before.
        #[test]
        fn days_count_up(day in 0_i64..80_000) {
            let (mut year, mut month, mut left) = (1970, 1, day);
            while left >= days_in(year, month) {
                left -= days_in(year, month);
                (year, month) = if month == 12 { (year + 1, 1) } else { (year, month + 1) };
            }
            prop_assert_eq!(days_since_epoch(year, month, left + 1), day);
        }
    }
}

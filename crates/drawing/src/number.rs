//! Numbers as they stand at axes and in tables.

/// Significant digits that are told.
const DIGITS: i32 = 4;

/// A number with as many digits as it needs, up to four; whole ones are told in full.
#[must_use]
pub fn number(value: f64) -> String {
    let sign = if value < 0.0 { "−" } else { "" };
    let size = value.abs();
    if size == 0.0 || !size.is_finite() {
        return format!("{sign}{size}");
    }
    #[expect(clippy::cast_possible_truncation, reason = "a float has at most 309 digits")]
    let magnitude = libm::floor(libm::log10(size)) as i32;
    if !(-5..=14).contains(&magnitude) {
        return format!("{sign}{size:.2e}");
    }
    let decimals = usize::try_from(DIGITS - 1 - magnitude).unwrap_or(0);
    let text = format!("{sign}{size:.decimals$}");
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text,
    }
}

/// A number where there is one.
#[must_use]
pub fn optional(value: Option<f64>) -> String {
    value.map_or("–".to_owned(), number)
}

/// A share in percent.
#[must_use]
pub fn percent(share: f64) -> String {
    format!("{} %", number(100.0 * share))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        for (value, text) in [
            (0.0, "0"),
            (-0.0, "0"),
            (0.5, "0.5"),
            (1.0, "1"),
            (100.0, "100"),
            (12345.6, "12346"),
            (0.012345, "0.01235"),
            (-2.5, "−2.5"),
            (1e-9, "1.00e-9"),
            (f64::INFINITY, "inf"),
        ] {
            assert_eq!(number(value), text);
        }
        assert_eq!((optional(None), percent(0.125)), ("–".to_owned(), "12.5 %".to_owned()));
    }
}

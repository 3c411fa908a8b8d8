//! Numbers as they stand at axes and in tables.

use crate::power_of_ten;

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

/// The ticks of one axis, with as many decimals as tell them apart.
#[must_use]
pub fn numbers(ticks: &[f64]) -> Vec<String> {
    let steps = ticks.windows(2).map(|pair| (pair[1] - pair[0]).abs());
    let step = steps.fold(f64::INFINITY, f64::min);
    if !step.is_finite() {
        return ticks.iter().map(|tick| number(*tick)).collect();
    }
    let is_told = |decimals: usize| {
        let scale = power_of_ten(decimals as i32);
        let rest = |tick: &f64| (libm::round(tick * scale) / scale - tick).abs();
        ticks.iter().all(|tick| rest(tick) < 0.01 * step)
    };
    let decimals = (0..=9).find(|&decimals| is_told(decimals)).unwrap_or(9);
    let text = |tick: &f64| {
        // Not -0.
        let sign = if *tick < -0.01 * step { "−" } else { "" };
        format!("{sign}{:.decimals$}", tick.abs())
    };
    ticks.iter().map(text).collect()
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
        assert_eq!(numbers(&[99.3, 99.305, 99.31]), ["99.300", "99.305", "99.310"]);
        assert_eq!(numbers(&[-0.5, -1e-17, 0.5]), ["−0.5", "0.0", "0.5"]);
        assert_eq!(numbers(&[10_000.0, 20_000.0]), ["10000", "20000"]);
        assert_eq!(numbers(&[0.25]), ["0.25"]);
        assert_eq!((optional(None), percent(0.125)), ("–".to_owned(), "12.5 %".to_owned()));
    }
}

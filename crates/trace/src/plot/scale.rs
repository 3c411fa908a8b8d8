//! From values to places, and where the ticks of an axis stand.

use crate::workload::describe::short;

/// A linear or logarithmic map from values to coordinates, which keeps within its ends.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scale {
    low: f64,
    high: f64,
    from: f64,
    to: f64,
    is_log: bool,
}

impl Scale {
    /// Values `low..high` at `from..to`.
    pub(super) fn linear((low, high): (f64, f64), (from, to): (f64, f64)) -> Self {
        Self { low, high, from, to, is_log: false }
    }

    /// The same for positive values, by their logarithms.
    pub(super) fn log((low, high): (f64, f64), (from, to): (f64, f64)) -> Self {
        let log = |value: f64| libm::log10(value.max(f64::MIN_POSITIVE));
        Self { low: log(low), high: log(high), from, to, is_log: true }
    }

    pub(super) fn at(&self, value: f64) -> f64 {
        let value = match self.is_log {
            true => libm::log10(value.max(f64::MIN_POSITIVE)),
            false => value,
        };
        let part = (value - self.low) / (self.high - self.low);
        let part = if part.is_nan() { 0.0 } else { part.clamp(0.0, 1.0) };
        self.from + part * (self.to - self.from)
    }
}

/// Ticks at 1, 2 or 5 times a power of ten from 0 to at least `max`: about `count` of them.
pub(super) fn ticks(max: f64, count: usize) -> Vec<f64> {
    if !(max.is_finite() && max > 0.0) {
        return vec![0.0, 1.0];
    }
    let step = nice(max / count.max(1) as f64);
    let steps = libm::ceil(max / step - 1e-9).max(1.0) as u32;
    (0..=steps).map(|index| f64::from(index) * step).collect()
}

/// The top of an axis a little above `max`, and the ticks up to there.
pub(super) fn headroom(max: f64, count: usize) -> (f64, Vec<f64>) {
    let ticks = ticks(max, count);
    let last = ticks[ticks.len() - 1];
    let top = if max > 0.0 { last.min(1.06 * max) } else { last };
    // A tick at least, so that the axis has a scale.
    let top = top.max(ticks[1]);
    (top, ticks.into_iter().filter(|&tick| tick <= top).collect())
}

/// The smallest of 1, 2 or 5 times a power of ten that is at least this.
pub(super) fn nice(at_least: f64) -> f64 {
    let mut power = libm::pow(10.0, libm::floor(libm::log10(at_least)));
    // The logarithm may be a hair above a whole number.
    if power > at_least {
        power /= 10.0;
    }
    let nice = [1.0, 2.0, 5.0].map(|digit| digit * power).into_iter();
    nice.into_iter().find(|nice| *nice >= at_least * (1.0 - 1e-12)).unwrap_or(10.0 * power)
}

/// The powers of ten from the one at or below `low` to the one at or above `high`.
pub(super) fn decades(low: f64, high: f64) -> Vec<f64> {
    let first = libm::floor(libm::log10(low) + 1e-9) as i32;
    let last = libm::ceil(libm::log10(high) - 1e-9) as i32;
    (first..=last.max(first + 1)).map(power_of_ten).collect()
}

pub(super) fn power_of_ten(exponent: i32) -> f64 {
    // Exact for what an axis holds, unlike `pow` of some libraries.
    match u32::try_from(exponent) {
        Ok(up) => 10_u64.checked_pow(up).map_or(f64::INFINITY, |power| power as f64),
        Err(_) => 1.0 / 10_u64.checked_pow(exponent.unsigned_abs()).map_or(f64::MAX, |p| p as f64),
    }
}

/// A number on an axis or in a table.
pub(super) fn number(value: f64) -> String {
    if value < 0.0 { format!("−{}", short(-value)) } else { short(value) }
}

/// A number where there is one.
pub(super) fn optional(value: Option<f64>) -> String {
    value.map_or("–".to_owned(), number)
}

/// A share in percent.
pub(super) fn percent(share: f64) -> String {
    format!("{} %", number(100.0 * share))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_reach_the_top() {
        assert_eq!(ticks(10.0, 5), [0.0, 2.0, 4.0, 6.0, 8.0, 10.0]);
        assert_eq!(ticks(43.0, 5), [0.0, 10.0, 20.0, 30.0, 40.0, 50.0]);
        assert_eq!(ticks(0.9, 2), [0.0, 0.5, 1.0]);
        for nothing in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert_eq!(ticks(nothing, 5), [0.0, 1.0]);
        }
        for exponent in -30..30 {
            let max = 3.7 * libm::pow(10.0, f64::from(exponent));
            let ticks = ticks(max, 4);
            assert!(*ticks.last().unwrap() >= max && ticks.len() <= 6, "{max}: {ticks:?}");
        }
    }

    #[test]
    fn an_axis_ends_a_little_above() {
        assert_eq!(headroom(6.0, 2), (6.36, vec![0.0, 5.0]));
        assert_eq!(headroom(10.0, 5).0, 10.0);
        assert_eq!(headroom(0.0, 5), (1.0, vec![0.0, 1.0]));
        assert_eq!(headroom(3.0, 1), (5.0, vec![0.0, 5.0]));
    }

    #[test]
    fn nice_numbers_are_at_least_what_was_asked() {
        for (at_least, expected) in [(1.0, 1.0), (1.1, 2.0), (2.0, 2.0), (3.0, 5.0), (7.0, 10.0)] {
            for power in [1e-6, 1e-3, 1.0, 1e3, 1e9] {
                let found = nice(at_least * power);
                assert!((found / (expected * power) - 1.0).abs() < 1e-9, "{at_least} {power}");
            }
        }
    }

    #[test]
    fn decades_surround() {
        assert_eq!(decades(0.02, 30.0), [0.01, 0.1, 1.0, 10.0, 100.0]);
        assert_eq!(decades(1.0, 1.0), [1.0, 10.0]);
    }

    #[test]
    fn places_stay_within_the_axis() {
        let linear = Scale::linear((0.0, 10.0), (100.0, 0.0));
        assert_eq!((linear.at(5.0), linear.at(-1.0), linear.at(99.0)), (50.0, 100.0, 0.0));
        let log = Scale::log((0.01, 1.0), (0.0, 10.0));
        assert!((log.at(0.1) - 5.0).abs() < 1e-9);
        assert_eq!((log.at(0.0), log.at(f64::INFINITY)), (0.0, 10.0));
        assert_eq!(Scale::linear((0.0, 0.0), (3.0, 4.0)).at(0.0), 3.0);
    }
}

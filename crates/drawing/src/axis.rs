//! From values to places, and where the ticks of an axis stand.

/// A linear or logarithmic map from values to coordinates, which keeps within its ends.
#[derive(Clone, Copy, Debug)]
pub struct Scale {
    low: f64,
    high: f64,
    from: f64,
    to: f64,
    is_log: bool,
}

impl Scale {
    /// Values `low..high` at `from..to`.
    #[must_use]
    pub fn linear((low, high): (f64, f64), (from, to): (f64, f64)) -> Self {
        Self { low, high, from, to, is_log: false }
    }

    /// The same for positive values, by their logarithms.
    #[must_use]
    pub fn log((low, high): (f64, f64), (from, to): (f64, f64)) -> Self {
        let log = |value: f64| libm::log10(value.max(f64::MIN_POSITIVE));
        Self { low: log(low), high: log(high), from, to, is_log: true }
    }

    /// The place of a value; of what is not a number, where the axis begins.
    #[must_use]
    pub fn at(&self, value: f64) -> f64 {
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
#[must_use]
pub fn ticks(max: f64, count: usize) -> Vec<f64> {
    if !(max.is_finite() && max > 0.0) {
        return vec![0.0, 1.0];
    }
    let step = nice(max / count.max(1) as f64);
    let steps = libm::ceil(max / step - 1e-9).max(1.0) as u32;
    (0..=steps).map(|index| f64::from(index) * step).collect()
}

/// The top of an axis a little above `max`, and the ticks up to there.
#[must_use]
pub fn headroom(max: f64, count: usize) -> (f64, Vec<f64>) {
    let ticks = ticks(max, count);
    let last = ticks[ticks.len() - 1];
    let top = if max > 0.0 { last.min(1.06 * max) } else { last };
    // A tick at least, so that the axis has a scale.
    let top = top.max(ticks[1]);
    (top, ticks.into_iter().filter(|&tick| tick <= top).collect())
}

/// Numbers at 1, 2 or 5 times a power of ten within a range: about `count` of them.
#[must_use]
pub fn ticks_between(low: f64, high: f64, count: usize) -> Vec<f64> {
    let width = high - low;
    if !(width.is_finite() && width > 0.0) {
        return vec![low];
    }
    let step = nice(width / count.max(1) as f64);
    let (first, last) = (libm::ceil(low / step - 1e-9), libm::floor(high / step + 1e-9));
    let steps = (last - first).max(0.0) as u32;
    (0..=steps).map(|index| (first + f64::from(index)) * step).collect()
}

/// Ticks of a logarithmic axis within a range of positive numbers: powers of ten, and where there
/// are few of them, 2 and 5 times them too, or as many round numbers as it takes.
#[must_use]
pub fn log_ticks(low: f64, high: f64) -> Vec<f64> {
    let decades = decades(low, high);
    let within = |digits: &[f64]| -> Vec<f64> {
        let all = decades.iter().flat_map(|power| digits.iter().map(move |digit| digit * power));
        all.filter(|tick| (low..=high).contains(tick)).collect()
    };
    let choices = [&[1.0][..], &[1.0, 3.0], &[1.0, 2.0, 5.0]].map(within);
    let enough = choices.into_iter().find(|ticks| ticks.len() >= 3);
    enough.unwrap_or_else(|| ticks_between(low, high, 3))
}

/// The smallest of 1, 2 or 5 times a power of ten that is at least this.
#[must_use]
pub fn nice(at_least: f64) -> f64 {
    let mut power = libm::pow(10.0, libm::floor(libm::log10(at_least)));
    // The logarithm may be a hair above a whole number.
    if power > at_least {
        power /= 10.0;
    }
    let nice = [1.0, 2.0, 5.0].map(|digit| digit * power).into_iter();
    nice.into_iter().find(|nice| *nice >= at_least * (1.0 - 1e-12)).unwrap_or(10.0 * power)
}

/// The powers of ten from the one at or below `low` to the one at or above `high`.
#[must_use]
pub fn decades(low: f64, high: f64) -> Vec<f64> {
    let first = libm::floor(libm::log10(low) + 1e-9) as i32;
    let last = libm::ceil(libm::log10(high) - 1e-9) as i32;
    (first..=last.max(first + 1)).map(power_of_ten).collect()
}

/// Ten to this power.
#[must_use]
pub fn power_of_ten(exponent: i32) -> f64 {
    // Exact for what an axis holds, unlike `pow` of some libraries.
    match u32::try_from(exponent) {
        Ok(up) => 10_u64.checked_pow(up).map_or(f64::INFINITY, |power| power as f64),
        Err(_) => 1.0 / 10_u64.checked_pow(exponent.unsigned_abs()).map_or(f64::MAX, |p| p as f64),
    }
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
    fn ticks_stay_within_a_range() {
        assert_eq!(ticks_between(-3.0, 11.0, 3), [0.0, 5.0, 10.0]);
        assert_eq!(ticks_between(-1.0, 1.0, 4), [-1.0, -0.5, 0.0, 0.5, 1.0]);
        assert_eq!(ticks_between(7.0, 7.0, 4), [7.0]);
        for (low, high, expected) in [
            (1.0, 1000.0, &[1.0, 10.0, 100.0, 1000.0][..]),
            (2.0, 200.0, &[3.0, 10.0, 30.0, 100.0]),
            (4.0, 60.0, &[5.0, 10.0, 20.0, 50.0]),
            (41.0, 48.0, &[45.0]),
        ] {
            assert_eq!(log_ticks(low, high), expected, "{low} {high}");
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

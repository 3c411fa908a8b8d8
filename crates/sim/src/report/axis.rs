//! From values to places, and the numbers that stand at an axis.

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
    /// Values from 0 to `high`.
    pub(super) fn linear(high: f64, (from, to): (f64, f64)) -> Self {
        Self { low: 0.0, high, from, to, is_log: false }
    }

    /// Values from `low` to `high` by their logarithms.
    pub(super) fn log((low, high): (f64, f64), (from, to): (f64, f64)) -> Self {
        Self { low: libm::log10(low), high: libm::log10(high), from, to, is_log: true }
    }

    pub(super) fn at(&self, value: f64) -> f64 {
        let value = match self.is_log {
            true => libm::log10(value.max(f64::MIN_POSITIVE)),
            false => value,
        };
        let part = ((value - self.low) / (self.high - self.low)).clamp(0.0, 1.0);
        self.from + part * (self.to - self.from)
    }
}

/// Numbers from 0 to at least `max` at 1, 2 or 5 times a power of ten, about `count` of them.
pub(super) fn ticks(max: f64, count: u32) -> Vec<f64> {
    let step = nice(if max > 0.0 { max } else { 1.0 } / f64::from(count));
    let steps = libm::ceil(max / step - 1e-9).max(1.0) as u32;
    (0..=steps).map(|index| f64::from(index) * step).collect()
}

/// The powers of ten around a range of positive numbers: two at least.
pub(super) fn decades(low: f64, high: f64) -> Vec<f64> {
    let first = libm::floor(libm::log10(low) + 1e-9) as i32;
    let last = libm::ceil(libm::log10(high) - 1e-9) as i32;
    (first..=last.max(first + 1)).map(power_of_ten).collect()
}

/// The smallest of 1, 2 or 5 times a power of ten that is at least this.
fn nice(at_least: f64) -> f64 {
    let power = power_of_ten(libm::floor(libm::log10(at_least)) as i32);
    let nice = [1.0, 2.0, 5.0, 10.0].map(|digit| digit * power);
    nice.into_iter().find(|nice| *nice >= at_least * (1.0 - 1e-12)).unwrap_or(10.0 * power)
}

/// Exact where it can be, unlike `pow`.
fn power_of_ten(exponent: i32) -> f64 {
    let power = (0..exponent.unsigned_abs()).fold(1.0, |power, _| power * 10.0);
    if exponent < 0 { 1.0 / power } else { power }
}

/// A number with as many digits as it needs, up to four.
pub(super) fn number(value: f64) -> String {
    let decimals = match value.abs() {
        0.0 => 0,
        value => (3.0 - libm::floor(libm::log10(value))).clamp(0.0, 9.0) as usize,
    };
    let text = format!("{value:.decimals$}");
    if !text.contains('.') {
        return text;
    }
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// A length in ms at an axis: `100 ms`, `10 s`.
pub(super) fn length_ms(ms: f64) -> String {
    match ms {
        ms if ms < 1.0 => format!("{} µs", number(ms * 1e3)),
        ms if ms < 1e3 => format!("{} ms", number(ms)),
        ms => format!("{} s", number(ms / 1e3)),
    }
}

/// Units of time, their length in ns, and how long runs are that are read in them.
const UNITS: [(&str, f64, i64); 5] = [
    ("µs", 1e3, 2_000_000),
    ("ms", 1e6, 2_000_000_000),
    ("s", 1e9, 600_000_000_000),
    ("min", 60e9, 36_000_000_000_000),
    ("h", 3600e9, i64::MAX),
];

/// The unit in which people read times of a run this long, and its length in ns.
pub(super) fn unit(end_ns: i64) -> (&'static str, f64) {
    let unit = UNITS.into_iter().find(|&(_, _, longest)| end_ns <= longest);
    let (name, length_ns, _) = unit.unwrap_or(UNITS[UNITS.len() - 1]);
    (name, length_ns)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_reach_the_top() {
        assert_eq!(ticks(43.0, 5), [0.0, 10.0, 20.0, 30.0, 40.0, 50.0]);
        assert_eq!(ticks(0.0, 2), [0.0, 0.5]);
        for exponent in -6..12 {
            let max = 3.7 * power_of_ten(exponent);
            let ticks = ticks(max, 4);
            assert!(*ticks.last().unwrap() >= max && ticks.len() <= 6, "{max}: {ticks:?}");
        }
        assert_eq!(decades(0.02, 30.0), [0.01, 0.1, 1.0, 10.0, 100.0]);
        assert_eq!(decades(1.0, 1.0), [1.0, 10.0]);
    }

    #[test]
    fn numbers_are_short() {
        for (value, text) in
            [(0.0, "0"), (0.5, "0.5"), (1.0, "1"), (12345.6, "12346"), (0.012345, "0.01235")]
        {
            assert_eq!(number(value), text);
        }
        assert_eq!(
            (length_ms(0.1), length_ms(100.0), length_ms(1e4)),
            ("100 µs".into(), "100 ms".into(), "10 s".into())
        );
    }

    #[test]
    fn runs_are_read_in_units_of_their_size() {
        for (end_ns, name) in
            [(1, "µs"), (1_964_000_000, "ms"), (60_000_000_000, "s"), (3_600_000_000_000, "min")]
        {
            assert_eq!(unit(end_ns).0, name);
        }
        assert_eq!(unit(i64::MAX).0, "h");
    }

    #[test]
    fn places_stay_within_the_axis() {
        let linear = Scale::linear(10.0, (100.0, 0.0));
        assert_eq!((linear.at(5.0), linear.at(-1.0), linear.at(99.0)), (50.0, 100.0, 0.0));
        let log = Scale::log((0.01, 1.0), (0.0, 10.0));
        assert!((log.at(0.1) - 5.0).abs() < 1e-9);
        assert_eq!((log.at(0.0), log.at(f64::INFINITY)), (0.0, 10.0));
    }
}

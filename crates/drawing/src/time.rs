//! Lengths of time that people like to count in.

use crate::{nice, number};

const SECOND: i64 = 1_000_000_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// Lengths between which seconds are not counted in tens.
const LONG: [i64; 17] = [
    10 * SECOND,
    20 * SECOND,
    30 * SECOND,
    MINUTE,
    2 * MINUTE,
    5 * MINUTE,
    10 * MINUTE,
    15 * MINUTE,
    30 * MINUTE,
    HOUR,
    2 * HOUR,
    3 * HOUR,
    6 * HOUR,
    12 * HOUR,
    DAY,
    2 * DAY,
    7 * DAY,
];

/// The units of an axis, and up to what length of the axis each is used.
const UNITS: [(&str, i64, i64); 7] = [
    ("ns", 1, 2_000),
    ("µs", 1_000, 2_000_000),
    ("ms", 1_000_000, 2 * SECOND),
    ("s", SECOND, 5 * MINUTE),
    ("min", MINUTE, 5 * HOUR),
    ("h", HOUR, 5 * DAY),
    ("d", DAY, i64::MAX),
];

/// The shortest round length that is at least this, in ns.
#[must_use]
pub fn nice_length(at_least_ns: f64) -> i64 {
    let at_least = at_least_ns.max(1.0);
    if at_least < LONG[0] as f64 {
        return nice(at_least) as i64;
    }
    let long = LONG.into_iter().find(|&length| length as f64 >= at_least);
    long.unwrap_or_else(|| (nice(at_least / DAY as f64) * DAY as f64) as i64)
}

/// An axis of time from 0.
#[derive(Clone, Debug)]
pub struct TimeAxis {
    /// Name of its unit.
    pub unit: &'static str,
    unit_ns: i64,
    /// Places of its ticks in ns, and their labels.
    pub ticks: Vec<(i64, String)>,
}

impl TimeAxis {
    /// An axis up to `end_ns` with about `count` ticks.
    #[must_use]
    pub fn new(end_ns: i64, count: u32) -> Self {
        let unit = UNITS.into_iter().find(|&(_, _, until)| end_ns <= until);
        let (unit, unit_ns, _) = unit.unwrap_or(UNITS[UNITS.len() - 1]);
        let step = nice_length(end_ns as f64 / f64::from(count));
        let ticks = (0..=end_ns / step).map(|index| {
            let tick = index * step;
            (tick, number(tick as f64 / unit_ns as f64))
        });
        Self { unit, unit_ns, ticks: ticks.collect() }
    }

    /// A time in the unit of the axis, for a table beside it.
    #[must_use]
    pub fn value(&self, nanos: f64) -> String {
        number(nanos / self.unit_ns as f64)
    }
}

/// A length in the largest unit of which it is at least one; minutes and more only where whole.
#[must_use]
pub fn length(nanos: i64) -> String {
    let fits =
        |&&(_, unit, _): &&(&str, i64, i64)| nanos >= unit && (unit <= SECOND || nanos % unit == 0);
    let (name, unit, _) = UNITS.iter().rev().find(fits).unwrap_or(&UNITS[0]);
    format!("{} {name}", number(nanos as f64 / *unit as f64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_round() {
        for (at_least, expected) in [
            (0.0, 1),
            (3.0, 5),
            (0.3e9, SECOND / 2),
            (7e9, 10 * SECOND),
            (11e9, 20 * SECOND),
            (40e9, MINUTE),
            (7.0 * 60e9, 10 * MINUTE),
            (4.0 * 3600e9, 6 * HOUR),
            (3.0 * 86400e9, 7 * DAY),
            (8.0 * 86400e9, 10 * DAY),
        ] {
            assert_eq!(nice_length(at_least), expected, "{at_least}");
        }
    }

    #[test]
    fn axes_have_a_unit_and_few_ticks() {
        for (end_ns, unit, last) in [
            (0, "ns", "0"),
            (1, "ns", "1"),
            (900, "ns", "800"),
            (60 * SECOND, "s", "60"),
            (59 * SECOND, "s", "50"),
            (HOUR, "min", "60"),
            (DAY, "h", "24"),
            (30 * DAY, "d", "28"),
        ] {
            let axis = TimeAxis::new(end_ns, 8);
            assert_eq!((axis.unit, axis.ticks.last().unwrap().1.as_str()), (unit, last));
            assert_eq!(axis.value(axis.ticks.last().unwrap().0 as f64), last);
            assert!(axis.ticks.len() <= 9, "{axis:?}");
        }
        assert!(TimeAxis::new(i64::MAX, 8).ticks.len() <= 9);
    }

    #[test]
    fn lengths_read_well() {
        for (nanos, text) in [
            (0, "0 ns"),
            (1, "1 ns"),
            (1_500, "1.5 µs"),
            (20_000_000, "20 ms"),
            (90 * SECOND, "90 s"),
            (2 * MINUTE, "2 min"),
            (6 * HOUR, "6 h"),
            (1_500_000_000, "1.5 s"),
        ] {
            assert_eq!(length(nanos), text);
        }
    }
}

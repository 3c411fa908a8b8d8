//! The number of a cell that a person asks for.

use std::fmt;
use std::str::FromStr;

use outcome::units::millis;

use crate::{ClassFigures, Figures};

/// The number of a cell that a person asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Metric {
    /// Share that ended `ok` by the deadline.
    Attainment,
    /// Median latency.
    P50,
    /// Its 95th percentile.
    P95,
    /// Its 99th percentile.
    P99,
    /// Mean queueing delay.
    Wait,
    /// `ok` by the deadline, per second.
    Goodput,
    /// Busy share of the workers, of all classes.
    Utilisation,
}

impl Metric {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Attainment,
        Self::P50,
        Self::P95,
        Self::P99,
        Self::Wait,
        Self::Goodput,
        Self::Utilisation,
    ];

    /// What it is called.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Attainment => "attainment",
            Self::P50 => "p50",
            Self::P95 => "p95",
            Self::P99 => "p99",
            Self::Wait => "wait",
            Self::Goodput => "goodput",
            Self::Utilisation => "utilisation",
        }
    }

    /// What its numbers count.
    #[must_use]
    pub const fn unit(self) -> &'static str {
        match self {
            Self::Attainment | Self::Utilisation => "%",
            Self::P50 | Self::P95 | Self::P99 | Self::Wait => "ms",
            Self::Goodput => "/s",
        }
    }

    /// Whether more of it is better.
    pub(super) const fn is_gain(self) -> bool {
        matches!(self, Self::Attainment | Self::Goodput)
    }

    /// Its value in a cell: a share, ns, or a rate. Latency that has no end is infinite; `None` is
    /// a number that does not exist.
    #[must_use]
    pub fn of(self, run: &Figures, class: &ClassFigures) -> Option<f64> {
        let latency = |nanos: Option<u64>| nanos.map_or(f64::INFINITY, |nanos| nanos as f64);
        match self {
            Self::Attainment => class.attainment(),
            Self::P50 => Some(latency(class.p50_ns)),
            Self::P95 => Some(latency(class.p95_ns)),
            Self::P99 => Some(latency(class.p99_ns)),
            Self::Wait => class.wait_mean_ns.map(|nanos| nanos as f64),
            Self::Goodput => class.goodput_per_s,
            Self::Utilisation => Some(run.utilisation),
        }
    }

    /// A value in its unit.
    #[must_use]
    pub fn text(self, value: f64) -> String {
        match self {
            Self::Attainment | Self::Utilisation => percent(value),
            Self::Goodput => format!("{value:.2}"),
            _ if value.is_infinite() => "inf".to_owned(),
            #[expect(clippy::cast_possible_truncation, reason = "`as` saturates")]
            _ => millis(value as i128),
        }
    }
}

/// A share in per cent with two decimals. `100.00` means all: what would only round to it is shown
/// one step below, as [`outcome::units::percent`] does for counts.
pub(crate) fn percent(share: f64) -> String {
    let hundredths = share * 1e4;
    let is_nearly = |end: f64| (hundredths - end).abs() < 0.5 && hundredths != end;
    match hundredths {
        _ if is_nearly(0.0) => "0.01".to_owned(),
        _ if is_nearly(1e4) && share < 1.0 => "99.99".to_owned(),
        hundredths => format!("{:.2}", hundredths / 100.0),
    }
}

impl fmt::Display for Metric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Metric {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let known = Self::ALL.into_iter().find(|metric| metric.name() == text);
        let names = || Self::ALL.map(Self::name).join(", ");
        known.ok_or_else(|| format!("'{text}' is no metric; there are: {}", names()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_have_their_units() {
        for (metric, value, text) in [
            (Metric::Attainment, 1.0, "100.00"),
            (Metric::Attainment, 0.999_999, "99.99"),
            (Metric::Attainment, 0.000_001, "0.01"),
            (Metric::Attainment, 0.0, "0.00"),
            (Metric::Utilisation, 0.874_96, "87.50"),
            (Metric::P99, 12_345_678.0, "12.346"),
            (Metric::P99, f64::INFINITY, "inf"),
            (Metric::Goodput, 98.754, "98.75"),
        ] {
            assert_eq!(metric.text(value), text, "{metric} {value}");
        }
    }

    #[test]
    fn names_are_read_as_they_are_written() {
        for metric in Metric::ALL {
            assert_eq!(metric.to_string().parse(), Ok(metric));
        }
        let error = "p42".parse::<Metric>().unwrap_err();
        assert!(error.starts_with("'p42' is no metric; there are: attainment, p50"), "{error}");
    }
}

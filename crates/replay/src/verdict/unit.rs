//! What a check counts in, and how people read it.

/// Unit of a check's value and limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    Nanos,
    Percent,
    Count,
    MicrosPerSecond,
}

impl Unit {
    /// A number and its unit.
    pub(crate) fn text(self, value: f64) -> String {
        match self {
            // What is not 0 must not look like it.
            Self::Nanos if value != 0.0 && value.abs() < 1.0 => format!("{value} ns"),
            Self::Nanos if value != 0.0 && value.abs() < 1_000.0 => format!("{value:.0} ns"),
            Self::Nanos => format!("{:.3} ms", value / 1e6),
            Self::Percent => format!("{value:.2} %"),
            // A limit between two counts is the lower one.
            Self::Count => format!("{}", value.floor()),
            Self::MicrosPerSecond => format!("{value:.1} us/s"),
        }
    }
    /// Its name for programs.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Nanos => "ns",
            Self::Percent => "%",
            Self::Count => "requests",
            Self::MicrosPerSecond => "us/s",
        }
    }
}

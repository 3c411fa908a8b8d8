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
            Self::Nanos => format!("{:.3} ms", value / 1e6),
            Self::Percent => format!("{value:.2} %"),
            Self::Count => format!("{value}"),
            Self::MicrosPerSecond => format!("{value:.1} us/s"),
        }
    }
}

//! What a test says about a stream of arrivals.

use serde::Serialize;

/// The smallest probability that is told: nothing is certain, so none is 0.
const P_MIN: f64 = 1e-300;

/// The level at which limits are told.
pub(super) const LIMIT_LEVEL: f64 = 0.001;

/// What a test found, or why it had nothing to go by.
pub type Outcome = Result<Finding, NotApplicable>;

/// What a test found.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Finding {
    /// Name of the test.
    pub test: &'static str,
    /// The figure that the test looks at; `inf` where what should never be was found.
    #[serde(serialize_with = "number_or_inf")]
    pub statistic: f64,
    /// Probability of a figure at least as far out in a sound trace. An upper bound: never 0.
    pub p: f64,
    /// A sound trace has a smaller figure than this in one of a thousand cases; for tests that mind
    /// small figures.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit_low: Option<f64>,
    /// A sound trace has a larger figure than this in one of a thousand cases; half as many where
    /// there is a low limit too.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit_high: Option<f64>,
    /// What the figure means in this trace.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub note: String,
}

/// Why a test says nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NotApplicable {
    /// Name of the test.
    pub test: &'static str,
    /// What is missing.
    pub reason: String,
}

impl Finding {
    /// A statistic that no probability follows from is the least probable of all.
    pub(super) fn new(test: &'static str, statistic: f64, p: f64) -> Self {
        let p = if p.is_nan() { P_MIN } else { p.clamp(P_MIN, 1.0) };
        Self { test, statistic, p, limit_low: None, limit_high: None, note: String::new() }
    }

    pub(super) fn with_limit(mut self, high: f64) -> Self {
        self.limit_high = Some(high);
        self
    }

    pub(super) fn with_limits(mut self, low: f64, high: f64) -> Self {
        (self.limit_low, self.limit_high) = (Some(low), Some(high));
        self
    }

    pub(super) fn with_note(mut self, note: impl Into<String>) -> Self {
        self.note = note.into();
        self
    }
}

impl NotApplicable {
    pub(super) fn new(test: &'static str, reason: impl Into<String>) -> Self {
        Self { test, reason: reason.into() }
    }

    /// Where there are fewer of something than the test's approximation needs.
    pub(super) fn too_few(
        test: &'static str,
        what: &str,
        found: usize,
        needed: usize,
    ) -> Option<Self> {
        (found < needed).then(|| Self::new(test, format!("{found} {what}; it needs {needed}")))
    }
}

/// JSON has no infinity, so its name stands for it.
fn number_or_inf<S: serde::Serializer>(number: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    match number.is_finite() {
        true => serializer.serialize_f64(*number),
        false => serializer.serialize_str("inf"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_probability_is_zero_or_missing() {
        for (p, told) in [(0.0, P_MIN), (f64::NAN, P_MIN), (1.5, 1.0), (0.25, 0.25)] {
            assert_eq!(Finding::new("test", 1.0, p).p, told);
        }
    }
}

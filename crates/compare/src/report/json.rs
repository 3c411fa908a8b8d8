//! The report for programs. Names that the full statistics share mean the same there.

use outcome::RunInfo;
use serde::ser::{Serialize, SerializeMap, SerializeStruct, Serializer};

use super::Report;
use crate::{Metric, RunTable, Value};

impl Report<'_> {
    /// The report as a JSON object of several lines.
    ///
    /// Latencies are integer ns and differences ns; shares are shares of 1, rates requests per
    /// second. `"inf"` and `"-inf"` stand for infinities and `null` for what is not defined.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).expect("a report is numbers, text and lists")
    }
}

impl Serialize for Report<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let comparison = self.comparison;
        let mut object = serializer.serialize_struct("Report", 7)?;
        object.serialize_field("n", &comparison.n)?;
        object.serialize_field("runs", &[1, 1])?;
        object.serialize_field("span_ns", &comparison.span_ns)?;
        object.serialize_field("a", &Side::new(self.a))?;
        object.serialize_field("b", &Side::new(self.b))?;
        // Said rather than left out, so that nobody takes a difference for a finding.
        object.serialize_field("significance", &None::<()>)?;
        object.serialize_field("metrics", &Metrics(&comparison.metrics))?;
        object.end()
    }
}

/// A run by its file and what it says of itself.
#[derive(serde::Serialize)]
pub(crate) struct Side<'a> {
    path: String,
    info: &'a RunInfo,
}

impl<'a> Side<'a> {
    pub(crate) fn new(table: &'a RunTable) -> Self {
        Self { path: table.path.display().to_string(), info: &table.info }
    }
}

/// Metrics by key, in the order of the report.
struct Metrics<'a>(&'a [Metric]);

impl Serialize for Metrics<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for metric in self.0 {
            map.serialize_entry(&metric.key(), metric)?;
        }
        map.end()
    }
}

impl Serialize for Metric {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_struct("Metric", 5)?;
        object.serialize_field("n", &self.n)?;
        object.serialize_field("a", &self.a)?;
        object.serialize_field("b", &self.b)?;
        object.serialize_field("difference", &self.difference().map(Number))?;
        object.serialize_field("relative", &self.relative().map(Number))?;
        object.end()
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Latency(latency) => latency.serialize(serializer),
            Self::Share { .. } | Self::Rate { .. } => Number(self.as_f64()).serialize(serializer),
        }
    }
}

/// A number that may be infinite, which JSON's own cannot.
pub(crate) struct Number(pub(crate) f64);

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            f64::INFINITY => serializer.serialize_str("inf"),
            f64::NEG_INFINITY => serializer.serialize_str("-inf"),
            number => serializer.serialize_f64(number),
        }
    }
}

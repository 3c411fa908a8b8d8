//! The summary for programs: times in integer nanoseconds, `"inf"` for what never ended.

use serde::ser::{Serialize, SerializeStruct, Serializer};

use super::{Class, ClassSummary, Summary};
use crate::{Code, Latency, Status, Verdict};

impl Summary {
    /// The summary as a JSON object of several lines.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).expect("a summary is numbers, text and lists")
    }

    /// `count` over the span of the schedule; `None` where that is a single instant.
    fn per_second(&self, count: u64, span_ns: u64) -> Option<f64> {
        let span_ns = self.rated(span_ns);
        (span_ns > 0).then(|| count as f64 / (span_ns as f64 / 1e9))
    }
}

impl Serialize for Summary {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let statuses = StatusCounts(self);
        let classes: Vec<_> =
            self.classes.iter().map(|(class, summary)| NamedClass { class, summary }).collect();
        let mut object = serializer.serialize_struct("Summary", 12)?;
        object.serialize_field("info", &self.info)?;
        object.serialize_field("runs", &self.runs)?;
        object.serialize_field("span_ns", &self.span_ns)?;
        object.serialize_field("all", &self.all)?;
        object.serialize_field("classes", &classes)?;
        object.serialize_field("statuses", &statuses)?;
        object
            .serialize_field("goodput_per_s", &self.per_second(self.all.slo_met, self.span_ns))?;
        object.serialize_field("offered_per_s", &self.per_second(self.all.count, self.span_ns))?;
        object.serialize_field("sent", &self.sent)?;
        object.serialize_field("sent_per_s", &self.per_second(self.sent, self.sent_span_ns))?;
        object.serialize_field("lag", &self.lag)?;
        object.serialize_field("quantiles_exact", &self.exact)?;
        object.end()
    }
}

/// Every status that occurred, with its codes.
struct StatusCounts<'a>(&'a Summary);

#[derive(serde::Serialize)]
struct StatusCount {
    count: u64,
    codes: std::collections::BTreeMap<&'static str, u64>,
}

impl Serialize for StatusCounts<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.statuses.iter().map(|(&status, &count)| {
            let codes = self.0.codes.iter().filter(|((of, _), _)| *of == status);
            let codes = codes.map(|((_, code), &count)| (code.name(), count)).collect();
            (status, StatusCount { count, codes })
        }))
    }
}

#[derive(serde::Serialize)]
struct NamedClass<'a> {
    #[serde(flatten)]
    class: &'a Class,
    #[serde(flatten)]
    summary: &'a ClassSummary,
}

impl Serialize for Class {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_struct("Class", 2)?;
        object.serialize_field("tier", &self.tier.number())?;
        object.serialize_field("slo", &self.slo)?;
        object.end()
    }
}

impl Serialize for ClassSummary {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let attainment = (self.count > 0).then(|| self.slo_met as f64 / self.count as f64);
        let mut object = serializer.serialize_struct("ClassSummary", 10)?;
        object.serialize_field("count", &self.count)?;
        object.serialize_field("ok", &self.ok)?;
        object.serialize_field("errors", &self.errors())?;
        object.serialize_field("slo_met", &self.slo_met)?;
        object.serialize_field("slo_attainment", &attainment)?;
        object.serialize_field("p50_ns", &self.p50)?;
        object.serialize_field("p95_ns", &self.p95)?;
        object.serialize_field("p99_ns", &self.p99)?;
        object.serialize_field("ok_latency", &self.ok_latency)?;
        object.serialize_field("queueing_delay", &self.queueing_delay)?;
        object.end()
    }
}

impl Serialize for Latency {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Finite(nanos) => serializer.serialize_u64(*nanos),
            Self::Infinite => serializer.serialize_str("inf"),
        }
    }
}

/// Names that stand as plain text.
macro_rules! serialize_as_name {
    ($($named:ty),+) => {
        $(impl Serialize for $named {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.name())
            }
        })+
    };
}

serialize_as_name!(Status, Code, Verdict);

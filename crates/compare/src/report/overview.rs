//! Several candidates side by side: what a table of them says, however it is shown.

use super::Report;
use super::change::{change, limit, value};
use super::row::{shown, unjudged, word};
use crate::{Metric, Verdict};

/// A row for each metric.
pub(crate) struct Overview {
    /// The rows of each class.
    pub(crate) classes: Vec<Vec<Row>>,
    /// What is not judged of any candidate, a sentence for each reason.
    pub(crate) unjudged: Vec<String>,
}

/// A metric of all candidates.
pub(crate) struct Row {
    pub(crate) key: String,
    /// Its value in the baseline.
    pub(crate) base: String,
    /// How each candidate changes it, and the sign of the verdict, in parentheses where it does not
    /// count.
    pub(crate) changes: Vec<(String, String)>,
    pub(crate) limit: String,
}

impl Overview {
    pub(crate) fn new(report: Report<'_>) -> Self {
        let mut classes: Vec<Vec<Row>> = Vec::new();
        let mut of_none = Vec::new();
        let mut last = None;
        for (index, metric) in report.comparisons[0].metrics.iter().enumerate() {
            let of_all = report.comparisons.iter().filter_map(|one| one.metrics.get(index));
            let of_all: Vec<&Metric> = of_all.collect();
            if of_all.iter().all(|metric| metric.verdict == Verdict::TooFew) {
                of_none.push(metric);
                continue;
            }
            if last != Some(&metric.class) {
                classes.push(Vec::new());
            }
            last = Some(&metric.class);
            if let Some(class) = classes.last_mut() {
                class.push(Row::new(metric, &of_all));
            }
        }
        Self { classes, unjudged: unjudged(of_none.into_iter()) }
    }
}

impl Row {
    fn new(metric: &Metric, of_all: &[&Metric]) -> Self {
        let base = of_all.iter().find_map(|metric| metric.estimate.as_ref());
        let changed = |metric: &&Metric| {
            let change = metric.estimate.as_ref().map(|found| change(found.test.harm, metric.kind));
            (change.unwrap_or_else(|| "-".into()), shown(metric, metric.verdict.sign()))
        };
        Self {
            key: metric.key(),
            base: base.map_or_else(|| "-".into(), |found| value(found.a, metric.kind)),
            changes: of_all.iter().map(changed).collect(),
            limit: limit(metric),
        }
    }
}

/// What the signs mean.
pub(crate) fn signs() -> String {
    Verdict::ALL.map(word).join(" · ")
}

//! What came out in a sentence, and what could have.

use super::change::{amount, change, unit};
use crate::{Comparison, Metric, MetricKind, Overall, Verdict};

/// More than these are counted: who wants them all reads the rows.
const NAMED_MAX: usize = 3;

/// The word in capitals, with its sign.
pub(crate) fn word(overall: Overall) -> String {
    format!("{} {}", overall.name().to_uppercase(), overall.sign())
}

/// Why the word is what it is.
pub(crate) fn because(comparison: &Comparison) -> String {
    match comparison.overall {
        Overall::Regressed => moved(comparison, Verdict::Regressed),
        Overall::Improved => moved(comparison, Verdict::Improved),
        Overall::Inconclusive => {
            let open: Vec<_> = comparison.gating_with(Verdict::Inconclusive).collect();
            let count = comparison.gating_count();
            format!(
                "{} of {count} metrics cannot be told: {}",
                open.len(),
                listed(open, Metric::key)
            )
        }
        Overall::Ok => match comparison.gating_count() {
            0 => "no metric has requests enough to be judged".into(),
            1 => "the metric that gates is equivalent or no worse".into(),
            count => format!("all {count} metrics equivalent or no worse"),
        },
    }
}

/// The metrics of a verdict with their changes.
fn moved(comparison: &Comparison, verdict: Verdict) -> String {
    let told = |metric: &Metric| {
        let harm = metric.estimate.as_ref().map_or(0.0, |estimate| estimate.test.harm);
        format!("{} {}", metric.key(), change(harm, metric.kind))
    };
    listed(weightiest_first(comparison, verdict), told)
}

/// The metrics of a verdict that count, the largest change first, in limits.
pub(crate) fn weightiest_first(comparison: &Comparison, verdict: Verdict) -> Vec<&Metric> {
    let weight = |metric: &Metric| {
        let harm = metric.estimate.as_ref().map_or(0.0, |estimate| estimate.test.harm);
        harm.abs() / metric.delta
    };
    let mut metrics: Vec<_> = comparison.gating_with(verdict).collect();
    metrics.sort_by(|one, other| weight(other).total_cmp(&weight(one)));
    metrics
}

/// The first few, and how many more there are.
fn listed(metrics: Vec<&Metric>, told: impl Fn(&Metric) -> String) -> String {
    let named: Vec<_> = metrics.iter().take(NAMED_MAX).map(|metric| told(metric)).collect();
    let more = match metrics.len().saturating_sub(NAMED_MAX) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!("{}{more}", named.join(", "))
}

/// What would have been found four times in five, of all requests together; `None` where that
/// cannot be told.
pub(crate) fn detectable(comparison: &Comparison) -> Option<String> {
    let told = [MetricKind::P50, MetricKind::P99, MetricKind::SloAttainment]
        .into_iter()
        .filter_map(|kind| {
            let harm = comparison.metric("all", kind)?.detectable.filter(|harm| *harm > 0.0)?;
            Some(format!("{kind} {:.1} {}", amount(harm, kind), unit(kind)))
        });
    let told: Vec<_> = told.collect();
    (!told.is_empty())
        .then(|| format!("smallest change found 4 times in 5, over all: {}", told.join(", ")))
}

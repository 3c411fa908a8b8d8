//! The last lines: what came out, and what could have.

use crate::report::Report;
use crate::report::change::{change, unit};
use crate::{Comparison, Metric, MetricKind, Overall, Unit, Verdict};

/// A line for each candidate.
pub(super) fn results(report: Report<'_>) -> String {
    let several = report.comparisons.len() > 1;
    let lines = report.candidates().map(|(letter, side, comparison)| {
        let of = if several { format!("{letter} ({})  ", side.name) } else { String::new() };
        format!("RESULT  {of}{}\n", result(comparison))
    });
    let code = report.overall().exit_code(false);
    format!("{}        exit code {code}\n", lines.collect::<String>())
}

/// The word in capitals, with its sign.
pub(super) fn word(overall: Overall) -> String {
    format!("{} {}", overall.name().to_uppercase(), overall.sign())
}

fn result(comparison: &Comparison) -> String {
    let because = match comparison.overall {
        Overall::Regressed => moved(comparison, Verdict::Regressed),
        Overall::Improved => moved(comparison, Verdict::Improved),
        Overall::Inconclusive => {
            let open = comparison.gating_with(Verdict::Inconclusive).count();
            format!("{open} of {} metrics cannot be told", comparison.gating_count())
        }
        Overall::Ok => match comparison.gating_count() {
            0 => "no metric has requests enough to be judged".into(),
            count => format!("all {count} metrics equivalent or no worse"),
        },
    };
    let detectable = detectable(comparison);
    format!("{}: {because}{detectable}", word(comparison.overall))
}

/// The metrics of a verdict with their changes.
fn moved(comparison: &Comparison, verdict: Verdict) -> String {
    let told = |metric: &Metric| {
        let harm = metric.estimate.as_ref().map_or(0.0, |estimate| estimate.test.harm);
        format!("{} {}", metric.key(), change(harm, metric.kind))
    };
    comparison.gating_with(verdict).map(told).collect::<Vec<_>>().join(", ")
}

/// What would have been found four times in five, of all requests together.
fn detectable(comparison: &Comparison) -> String {
    let told = [MetricKind::P50, MetricKind::P99, MetricKind::SloAttainment]
        .into_iter()
        .filter_map(|kind| {
            let harm = comparison.metric("all", kind)?.detectable?;
            let size = match kind.unit() {
                Unit::Share => harm * 100.0,
                Unit::Latency | Unit::Rate => libm::expm1(harm) * 100.0,
            };
            Some(format!("{kind} {size:.1} {}", unit(kind)))
        });
    let told: Vec<_> = told.collect();
    if told.is_empty() {
        return String::new();
    }
    format!("\n        smallest change found 4 times in 5, over all: {}", told.join(", "))
}

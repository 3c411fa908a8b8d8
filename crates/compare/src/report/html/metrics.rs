//! The table of all metrics: effect, interval, limit, verdict.

use drawing::{Cell, Page, Table};

use super::dots::linked;
use super::look::{of_verdict, word};
use super::pair::Pair;
use crate::report::change::{change, limit, limits, p_value, unit, value};
use crate::report::text::rows::{needs, telling};
use crate::{Comparison, Family, Metric, Verdict};

/// The metrics in the order in which they want to be read: by verdict, then by class.
pub(super) fn in_order(comparison: &Comparison) -> impl Iterator<Item = &Metric> {
    let of = |verdict| comparison.metrics.iter().filter(move |metric| metric.verdict == verdict);
    Verdict::ALL.into_iter().flat_map(of)
}

pub(super) fn write(page: &mut Page, pair: &Pair<'_>) {
    let comparison = pair.comparison;
    let [a, b] = pair.letters.each_ref().map(String::as_str);
    let headings =
        ["metric", a, b, "change", "95 % CI", "limit", "p (Holm)", "verdict", "to decide it"];
    let rows = in_order(comparison).map(|metric| row(pair, metric));
    page.table(&Table::of(1, headings, rows).with_words(&[7, 8]), Some("Every metric, by verdict"));
    let mut note = format!(
        "{b} less {a}, with the sign of the metric itself. Worse is regressed (▲) only where it is \
         both beyond chance and at least the limit; equivalent (=) where the interval lies within \
         the limit on both sides. Failures count as latencies without end."
    );
    if comparison.metrics.iter().any(|metric| metric.family != Family::Gate) {
        note.push_str(" Metrics in brackets are shown and do not count for the result.");
    }
    page.note(&note);
}

fn row(pair: &Pair<'_>, metric: &Metric) -> Vec<Cell> {
    let kind = metric.kind;
    let key = linked(metric.key().into(), pair, metric);
    let Some(estimate) = &metric.estimate else {
        let mut cells = vec![key];
        cells.extend((0..4).map(|_| Cell::styled("few", "–")));
        cells.extend([limit(metric).into(), Cell::styled("few", "–"), verdict(metric)]);
        cells.push("a longer trace".into());
        return cells;
    };
    let interval = estimate.test.interval.as_ref();
    let limits = match interval {
        Some(_) => format!("{} {}", limits(interval, kind), unit(kind)),
        None => "none: failures".into(),
    };
    vec![
        key,
        value(estimate.a, kind).into(),
        value(estimate.b, kind).into(),
        Cell::styled("strong-cell", change(estimate.test.harm, kind)),
        limits.into(),
        limit(metric).into(),
        p_value(telling(metric), estimate.test.exact).into(),
        verdict(metric),
        needs(metric, pair.comparison.design).into(),
    ]
}

/// Sign, word and colour.
pub(super) fn verdict(metric: &Metric) -> Cell {
    let text = format!("{} {}", metric.verdict.sign(), word(metric.verdict));
    let text = if metric.family == Family::Gate { text } else { format!("({text})") };
    Cell::styled(of_verdict(metric.verdict), text)
}

//! The table of all metrics: effect, interval, limit, verdict.

use drawing::{Cell, Page, Table};
use outcome::units::grouped;

use super::dots::linked;
use super::look::{of_verdict, told};
use super::pair::Pair;
use crate::method::requests_min;
use crate::report::change::limit;
use crate::report::row::{SHOWN, cells, needed, sentence};
use crate::{Comparison, Metric, Verdict};

/// The metrics in the order in which they want to be read, those of which nothing can be said last.
pub(super) fn in_order(comparison: &Comparison) -> impl Iterator<Item = &Metric> {
    let unjudged = comparison.metrics.iter().filter(|metric| metric.verdict == Verdict::TooFew);
    comparison.groups().into_iter().flatten().chain(unjudged)
}

pub(super) fn write(page: &mut Page, pair: &Pair<'_>) {
    let comparison = pair.comparison;
    let [a, b] = pair.letters.each_ref().map(String::as_str);
    let headings =
        ["metric", a, b, "change", "95 % CI", "limit", "p Holm", "verdict", "to decide it"];
    let rows = in_order(comparison).map(|metric| row(pair, metric));
    let table = Table::of(1, headings, rows).with_words(&[7, 8]);
    page.table(&table, Some("Every metric, by verdict"));
    let mut note = format!(
        "{b} less {a}, with the sign of the metric itself. Regressed (▲) is what is worse beyond \
         chance and by at least the limit; equivalent (=) is what lies within the limit on both \
         sides, interval and all. Failures count as latencies without end."
    );
    if comparison.shows_more_than_gates() {
        note.push_str(&format!(" In parentheses: {SHOWN}."));
    }
    page.note(&note);
}

fn row(pair: &Pair<'_>, metric: &Metric) -> Vec<Cell> {
    let Some([key, a, b, change, interval, limit, p, _]) = cells(metric) else {
        let nothing = || Cell::styled("few", "–");
        let mut row = vec![linked(metric.key().into(), pair, metric)];
        row.extend((0..4).map(|_| nothing()));
        row.extend([limit(metric).into(), nothing(), verdict(metric), unjudged(metric).into()]);
        return row;
    };
    vec![
        linked(key.into(), pair, metric),
        a.into(),
        b.into(),
        Cell::styled("strong-cell", change),
        interval.into(),
        limit.into(),
        p.into(),
        verdict(metric),
        needed(metric, pair.comparison.design).unwrap_or_default().into(),
    ]
}

/// What a metric needs of which nothing can be said.
fn unjudged(metric: &Metric) -> String {
    match requests_min(metric.kind) {
        enough if metric.n < enough => format!("at least {} requests", grouped(enough)),
        _ => sentence(metric),
    }
}

/// Sign, word and colour.
fn verdict(metric: &Metric) -> Cell {
    Cell::styled(of_verdict(metric.verdict), told(metric))
}

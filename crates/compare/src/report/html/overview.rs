//! Several candidates beside each other, each against the baseline.

use drawing::{Cell, Page, Table};

use super::dots::linked;
use super::look::{of_verdict, signed};
use super::pair::Pair;
use crate::report::Report;
use crate::report::change::{change, limit, value};
use crate::report::row::{SHOWN, shown};
use crate::{Metric, Overall, Verdict};

pub(super) fn write(page: &mut Page, report: &Report<'_>, pairs: &[Pair<'_>]) {
    page.heading(2, "metrics", "Candidates");
    let mut results = Table::new(2, ["side", "name", "result"]).with_words(&[2]);
    for pair in pairs {
        let overall = pair.comparison.overall;
        let text = format!("{} {}", overall.sign(), overall.name());
        let letter = Cell::from(pair.letters[1].clone()).leading_to(pair.id("candidate"));
        let class = match overall {
            Overall::Ok => "even",
            other => other.name(),
        };
        results.row([letter, pair.sides[1].name.clone().into(), Cell::styled(class, text)]);
    }
    page.table(&results, Some("Result of each candidate"));
    let letters = pairs.iter().map(|pair| pair.letters[1].clone());
    let headings = ["metric".to_owned(), "A".into()].into_iter().chain(letters);
    let rows = report.comparisons[0].metrics.iter().enumerate().map(|(index, metric)| {
        let of_all = pairs.iter().map(|pair| (pair, pair.comparison.metrics.get(index)));
        let of_all = of_all.filter_map(|(pair, metric)| Some((pair, metric?)));
        // What cannot be told of one candidate may be of the next.
        let base = of_all.clone().find_map(|(_, metric)| metric.estimate.as_ref());
        let base = base.map_or_else(|| "–".into(), |found| value(found.a, metric.kind));
        let mut cells: Vec<Cell> = vec![metric.key().into(), base.into()];
        cells.extend(of_all.map(|(pair, metric)| cell(pair, metric)));
        cells.push(limit(metric).into());
        cells
    });
    let headings = headings.chain(std::iter::once("limit".to_owned()));
    page.table(&Table::of(1, headings, rows), Some("Change of every metric, by candidate"));
    let signs = Verdict::ALL.map(signed).join(", ");
    let mut note = format!("Changes are against A. {signs}.");
    if pairs.iter().any(|pair| pair.comparison.shows_more_than_gates()) {
        note.push_str(&format!(" In parentheses: {SHOWN}."));
    }
    page.note(&note);
}

fn cell(pair: &Pair<'_>, metric: &Metric) -> Cell {
    let sign = shown(metric, metric.verdict.sign());
    let text = match &metric.estimate {
        Some(found) => format!("{} {sign}", change(found.test.harm, metric.kind)),
        None => format!("– {sign}"),
    };
    linked(Cell::styled(of_verdict(metric.verdict), text), pair, metric)
}

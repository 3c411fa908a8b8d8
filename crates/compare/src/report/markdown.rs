//! The report as Markdown, for the step summary of a CI job or a comment.

mod escape;
mod table;

use super::overview::{Overview, signs};
use super::row::{self, SHOWN, cells};
use super::{Report, gist, provenance};
use crate::{Comparison, Metric, Verdict};
use escape::escape;
use table::Table;

impl Report<'_> {
    /// The report as Markdown as GitHub and GitLab show it: the result, whose numbers these are,
    /// what to know first, and every metric. Equivalent ones are folded.
    #[must_use]
    pub fn to_markdown(&self) -> String {
        let mut text = format!("## compare: {}\n", gist::word(self.overall()));
        text += &results(*self);
        text += &provenance(*self);
        match self.comparisons {
            [comparison] => text += &metrics("B", comparison),
            _ => {
                text += &overview(*self);
                for (letter, side, comparison) in self.candidates() {
                    let (name, word) = (escape(&side.name), gist::word(comparison.overall));
                    text += &format!("\n### {letter} ({name}): {word}\n");
                    text += &metrics(&letter, comparison);
                }
            }
        }
        text
    }
}

/// What came out for each candidate.
fn results(report: Report<'_>) -> String {
    let base = escape(&report.base().name);
    let mut text = String::new();
    for (letter, side, comparison) in report.candidates() {
        let (name, word) = (escape(&side.name), gist::word(comparison.overall));
        let because = escape(&gist::because(comparison));
        text += &format!("\n**{letter} ({name}) against A ({base}): {word}**: {because}\n");
        if let Some(detectable) = gist::detectable(comparison) {
            text += &format!("({detectable})\n");
        }
    }
    text
}

/// The sides, the trace, the design, and what to know first.
fn provenance(report: Report<'_>) -> String {
    let mut sides = Table::new(&provenance::SIDE_TITLES, &[2, 5, 6]);
    for side in provenance::sides(report) {
        sides.row(side);
    }
    let mut text = format!("\n{sides}\n");
    text += &format!("- Trace: {}\n", escape(&provenance::trace(report.traffic)));
    for design in provenance::designs(report) {
        text += &format!("- Design: {}\n", escape(&design));
    }
    for caution in provenance::cautions(report) {
        text += &format!("- **Caution:** {}\n", escape(&caution));
    }
    text
}

/// Each metric of candidate `letter`, and what the rows leave to say.
fn metrics(letter: &str, comparison: &Comparison) -> String {
    let groups = comparison.groups();
    let (folded, open): (Vec<_>, Vec<_>) =
        groups.into_iter().flatten().partition(|metric| metric.verdict == Verdict::Equivalent);
    let mut text = String::new();
    if !open.is_empty() {
        text += &format!("\n{}", rows(letter, &open));
    }
    if !folded.is_empty() {
        let count = folded.len();
        let rows = rows(letter, &folded);
        text +=
            &format!("\n<details><summary>equivalent: {count}</summary>\n\n{rows}\n</details>\n");
    }
    text + &notes(comparison)
}

fn rows(letter: &str, metrics: &[&Metric]) -> String {
    let mut table = Table::new(&row::titles(letter), &[1, 2, 3, 4, 5, 6]);
    for metric in metrics {
        let Some(mut cells) = cells(metric) else { continue };
        cells[7] = cells[7].replace(' ', "\u{a0}");
        table.row(cells);
    }
    table.to_string()
}

fn notes(comparison: &Comparison) -> String {
    let mut notes = Vec::new();
    for (what, keys) in comparison.needs() {
        notes.push(format!("To tell {} takes {what}.", keys.join(", ")));
    }
    notes.extend(comparison.unjudged().iter().map(|reason| format!("Not judged: {reason}.")));
    if comparison.shows_more_than_gates() {
        notes.push(format!("(...) {SHOWN}."));
    }
    let lines = notes.iter().map(|note| format!("- {}\n", escape(note)));
    if notes.is_empty() { String::new() } else { format!("\n{}", lines.collect::<String>()) }
}

/// All candidates side by side.
fn overview(report: Report<'_>) -> String {
    let letters: Vec<String> = report.candidates().map(|(letter, ..)| letter).collect();
    let titles = ["", "A"].into_iter().chain(letters.iter().map(String::as_str)).chain(["limit"]);
    let titles: Vec<&str> = titles.collect();
    let numbers: Vec<usize> = (1..titles.len()).collect();
    let mut table = Table::new(&titles, &numbers);
    for row in Overview::new(report).classes.into_iter().flatten() {
        let changes = row.changes.into_iter().map(|(change, sign)| format!("{change} {sign}"));
        table.row([row.key, row.base].into_iter().chain(changes).chain([row.limit]));
    }
    format!("\n{table}\n{}\n", escape(&signs()))
}

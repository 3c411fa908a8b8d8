//! Every metric of one candidate: effect, interval, limit, verdict.

use outcome::Grid;

use super::wrap::labelled;
use crate::Comparison;
use crate::report::row::{SHOWN, cells, titles};

/// What is left out where a terminal is too narrow, the first first: the verdict says more than a
/// p-value, and B follows from A and the change.
const SPARED: [&str; 3] = ["p Holm", "B", "A"];

/// The metrics by verdict, then by class; those of too few requests in one line.
pub(super) fn rows(comparison: &Comparison, columns: Option<usize>) -> String {
    let fits = |table: &str| {
        columns.is_none_or(|columns| table.lines().all(|line| line.chars().count() <= columns))
    };
    let mut spared = 0;
    let mut text = table(comparison, &SPARED[..spared]);
    while spared < SPARED.len() && !fits(&text) {
        spared += 1;
        text = table(comparison, &SPARED[..spared]);
    }
    let notes = notes(comparison, columns);
    if notes.is_empty() { text } else { format!("{text}\n{notes}") }
}

fn table(comparison: &Comparison, spared: &[&str]) -> String {
    let titles = titles("B");
    let kept: Vec<usize> =
        (0..titles.len()).filter(|&index| !spared.contains(&titles[index])).collect();
    let titles: Vec<_> = kept.iter().map(|&index| titles[index]).collect();
    let mut grid = Grid::new(&titles).words(&[0, kept.len() - 1]);
    for (index, group) in comparison.groups().into_iter().enumerate() {
        if index > 0 {
            grid.rule();
        }
        for cells in group.into_iter().filter_map(cells) {
            grid.row(kept.iter().map(|&index| cells[index].as_str()));
        }
    }
    grid.to_string()
}

/// What the rows leave to say.
fn notes(comparison: &Comparison, columns: Option<usize>) -> String {
    let mut text = needs(comparison, columns);
    for reason in comparison.unjudged() {
        text += &labelled("left out", &reason, columns);
    }
    if comparison.shows_more_than_gates() {
        text += &labelled("(...)", SHOWN, columns);
    }
    text
}

/// What would decide the inconclusive metrics, a line each.
pub(super) fn needs(comparison: &Comparison, columns: Option<usize>) -> String {
    let needs = comparison.needs().into_iter().enumerate();
    let line = |(index, (what, keys)): (usize, (String, Vec<String>))| {
        let label = if index == 0 { "to tell" } else { "" };
        labelled(label, &format!("{} takes {what}", keys.join(", ")), columns)
    };
    needs.map(line).collect()
}

//! Several candidates against the baseline, a column each.

use outcome::Grid;

use crate::report::Report;
use crate::report::change::{change, limit, value};
use crate::{Class, Metric, Verdict};

/// Every metric of the baseline, and how each candidate changes it, with the sign of its verdict.
pub(super) fn overview(report: Report<'_>) -> String {
    let letters: Vec<String> = report.candidates().map(|(letter, ..)| letter).collect();
    let mut header = vec!["", "A"];
    letters.iter().for_each(|letter| header.extend([letter.as_str(), ""]));
    header.push("limit");
    let words: Vec<usize> = (0..letters.len()).map(|index| 3 + 2 * index).chain([0]).collect();
    let mut grid = Grid::new(&header).words(&words);
    let mut last: Option<&Class> = None;
    let first = &report.comparisons[0];
    for (index, metric) in first.metrics.iter().enumerate() {
        if last.is_some_and(|class| *class != metric.class) {
            grid.rule();
        }
        last = Some(&metric.class);
        let of_all =
            report.comparisons.iter().filter_map(|comparison| comparison.metrics.get(index));
        grid.row(cells(metric, of_all));
    }
    let signs: Vec<String> = Verdict::ALL.into_iter().map(super::rows::word).collect();
    format!("{grid}{}\n", signs.join("   "))
}

fn cells<'a>(metric: &Metric, of_all: impl Iterator<Item = &'a Metric>) -> Vec<String> {
    let base = metric.estimate.as_ref().map(|estimate| value(estimate.a, metric.kind));
    let mut cells = vec![metric.key(), base.unwrap_or_else(|| "-".into())];
    for metric in of_all {
        let change = metric.estimate.as_ref().map(|found| change(found.test.harm, metric.kind));
        cells.extend([change.unwrap_or_else(|| "-".into()), metric.verdict.sign().into()]);
    }
    cells.push(limit(metric));
    cells
}

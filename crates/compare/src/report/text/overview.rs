//! Several candidates against the baseline, a column each.

use outcome::Grid;

use super::wrap::labelled;
use crate::report::Report;
use crate::report::overview::{Overview, signs};
use crate::report::row::SHOWN;

/// Every metric of the baseline, and how each candidate changes it, with the sign of its verdict.
pub(super) fn overview(report: Report<'_>, columns: Option<usize>) -> String {
    let overview = Overview::new(report);
    let letters: Vec<String> = report.candidates().map(|(letter, ..)| letter).collect();
    let mut titles = vec!["", "A"];
    letters.iter().for_each(|letter| titles.extend([letter.as_str(), ""]));
    titles.push("limit");
    let words: Vec<usize> = (0..letters.len()).map(|index| 3 + 2 * index).chain([0]).collect();
    let mut grid = Grid::new(&titles).words(&words);
    for (index, class) in overview.classes.into_iter().enumerate() {
        if index > 0 {
            grid.rule();
        }
        for row in class {
            let changes = row.changes.into_iter().flat_map(|(change, sign)| [change, sign]);
            grid.row([row.key, row.base].into_iter().chain(changes).chain([row.limit]));
        }
    }
    let mut text = format!("{grid}\n");
    text += &labelled("signs", &signs(), columns);
    for reason in overview.unjudged {
        text += &labelled("left out", &reason, columns);
    }
    if report.comparisons[0].shows_more_than_gates() {
        text += &labelled("(...)", SHOWN, columns);
    }
    text
}

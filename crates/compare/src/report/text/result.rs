//! The last lines: what came out, and what could have.

use super::rows::needs;
use super::wrap::labelled;
use crate::report::{Report, gist};

/// A paragraph for each candidate, and the exit code.
pub(super) fn results(report: Report<'_>, columns: Option<usize>) -> String {
    let several = report.comparisons.len() > 1;
    let mut text = String::new();
    for (letter, side, comparison) in report.candidates() {
        let of = if several { format!("{letter} ({}) ", side.name) } else { String::new() };
        let (word, because) = (gist::word(comparison.overall), gist::because(comparison));
        text += &labelled("RESULT", &format!("{of}{word}: {because}"), columns);
        if let Some(detectable) = gist::detectable(comparison) {
            text += &labelled("", &detectable, columns);
        }
        // With one candidate they stand below its rows.
        if several {
            text += &needs(comparison, columns);
        }
    }
    text + &labelled("exit", &report.exit_code().to_string(), columns)
}

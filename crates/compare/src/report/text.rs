//! The report on a terminal.

mod colour;
mod heading;
mod overview;
mod result;
mod rows;
mod wrap;

use std::fmt;

use super::Report;

/// The terminal that a report is shown on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Terminal {
    /// How many columns it has. `None` leaves tables as wide as they are, and sentences at
    /// 100 columns.
    pub columns: Option<usize>,
    /// Whether it shows colours.
    pub colour: bool,
}

impl Report<'_> {
    /// The report as text. One candidate: every metric with its interval. Several: their changes
    /// side by side.
    #[must_use]
    pub fn text(&self, terminal: Terminal) -> String {
        let Terminal { columns, colour } = terminal;
        let body = match self.comparisons {
            [comparison] => rows::rows(comparison, columns),
            _ => overview::overview(*self, columns),
        };
        let parts = [heading::heading(*self, columns), body, result::results(*self, columns)];
        let text = parts.join("\n");
        if colour { colour::paint(&text) } else { text }
    }
}

/// The report for a terminal of which nothing is known.
impl fmt::Display for Report<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text(Terminal::default()))
    }
}

//! The report on a terminal.

mod colour;
mod heading;
mod overview;
pub(crate) mod result;
pub(crate) mod rows;

use std::fmt;

pub(crate) use heading::trace;

use super::Report;

/// One candidate: every metric with its interval. Several: their changes side by side.
impl fmt::Display for Report<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", heading::heading(*self))?;
        let mut candidates = self.candidates();
        match (candidates.next(), candidates.next()) {
            (Some((_, _, comparison)), None) => writeln!(f, "{}", rows::rows(comparison))?,
            _ => writeln!(f, "{}", overview::overview(*self))?,
        }
        write!(f, "{}", result::results(*self))
    }
}

impl Report<'_> {
    /// The report on a terminal that knows colours.
    #[must_use]
    pub fn in_colour(&self) -> String {
        colour::paint(&self.to_string())
    }
}

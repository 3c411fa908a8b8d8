//! A comparison as it is shown: `Display` for people, `Serialize` for programs.

pub(crate) mod heading;
pub(crate) mod json;
pub(crate) mod signed;
mod text;

use crate::{Comparison, RunTable};

/// A comparison with the two runs it is of.
#[derive(Clone, Copy, Debug)]
pub struct Report<'a> {
    a: &'a RunTable,
    b: &'a RunTable,
    comparison: &'a Comparison,
}

impl<'a> Report<'a> {
    /// The report of `comparison`, which was made of `a` and `b`.
    #[must_use]
    pub fn new(a: &'a RunTable, b: &'a RunTable, comparison: &'a Comparison) -> Self {
        Self { a, b, comparison }
    }

    /// Both sides with the letters that the report calls them by.
    fn sides(self) -> [(String, &'a RunTable); 2] {
        [("A".into(), self.a), ("B".into(), self.b)]
    }
}

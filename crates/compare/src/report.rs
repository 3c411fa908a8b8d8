//! A comparison as it is shown: `Display` for people, `Serialize` for programs.

mod json;
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
    fn sides(self) -> [(&'static str, &'a RunTable); 2] {
        [("A", self.a), ("B", self.b)]
    }
}

//! Tables of Markdown.

use std::fmt;

use super::escape::escape;

/// A table whose cells are texts, escaped here.
pub(super) struct Table {
    lines: Vec<String>,
}

impl Table {
    /// A table of these columns, of which those at the positions in `numbers` are aligned right.
    pub(super) fn new(titles: &[&str], numbers: &[usize]) -> Self {
        let rule = |index| if numbers.contains(&index) { "--:" } else { "---" };
        let rules: Vec<_> = (0..titles.len()).map(rule).collect();
        let mut table = Self { lines: Vec::new() };
        table.row(titles.iter().copied());
        table.lines.push(format!("|{}|", rules.join("|")));
        table
    }

    pub(super) fn row<T: AsRef<str>>(&mut self, cells: impl IntoIterator<Item = T>) {
        let cells: Vec<_> = cells.into_iter().map(|cell| escape(cell.as_ref())).collect();
        self.lines.push(format!("| {} |", cells.join(" | ")));
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.lines.iter().try_for_each(|line| writeln!(f, "{line}"))
    }
}

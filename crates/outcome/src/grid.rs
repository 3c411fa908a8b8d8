//! Tables on a terminal: numbers right-aligned under their names, and rules only where a thought
//! ends.

use std::fmt;

use comfy_table::{CellAlignment, Table, presets};

/// Columns between which space alone stands, so that the text can be cut with `awk` too.
///
/// ```
/// let mut grid = outcome::Grid::new(&["class", "count"]).words(&[0]);
/// grid.row(["urgent", "7"]).rule().row(["all", "12"]);
/// assert_eq!(grid.to_string(), "\
/// class   count
/// ─────────────
/// urgent      7
/// ─────────────
/// all        12
/// ");
/// ```
#[derive(Debug)]
pub struct Grid {
    table: Table,
    /// Positions of the columns that hold words.
    words: Vec<usize>,
    /// How many lines precede each rule.
    rules: Vec<usize>,
    lines: usize,
}

impl Grid {
    /// A table of these columns, of numbers and so aligned right.
    #[must_use]
    pub fn new(header: &[&str]) -> Self {
        let mut table = Table::new();
        table.load_style(presets::NOTHING).set_header(header.iter().copied());
        Self { table, words: Vec::new(), rules: vec![1], lines: 1 }
    }

    /// Aligns the columns at these positions left, because they hold words.
    #[must_use]
    pub fn words(mut self, positions: &[usize]) -> Self {
        self.words = positions.into();
        self
    }

    /// Adds a row. A cell of several lines would break the rules: cells are single lines.
    pub fn row<T: Into<String>>(&mut self, cells: impl IntoIterator<Item = T>) -> &mut Self {
        let cells = cells.into_iter().map(|cell| cell.into().replace(['\n', '\r'], " "));
        self.table.add_row(cells.collect::<Vec<_>>());
        self.lines += 1;
        self
    }

    /// Draws a line below the last row.
    pub fn rule(&mut self) -> &mut Self {
        self.rules.push(self.lines);
        self
    }

    fn aligned(&self) -> Table {
        let mut table = self.table.clone();
        for (index, column) in table.column_iter_mut().enumerate() {
            column.set_padding((0, 2));
            if !self.words.contains(&index) {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        table
    }
}

impl fmt::Display for Grid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<String> = self.aligned().lines().collect();
        let width = lines.iter().map(|line| line.trim_end().chars().count()).max().unwrap_or(0);
        for (index, line) in lines.iter().enumerate() {
            writeln!(f, "{}", line.trim_end())?;
            if self.rules.contains(&(index + 1)) {
                writeln!(f, "{}", "─".repeat(width))?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_stays_on_its_line() {
        let mut grid = Grid::new(&["a", "b"]).words(&[0, 1]);
        grid.row(["one\ntwo", "x"]);
        assert_eq!(grid.to_string(), "a        b\n──────────\none two  x\n");
    }
}

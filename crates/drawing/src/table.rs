//! Tables of figures.

/// A table. Each row has a cell for each heading.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    /// What stands above the columns.
    pub headings: Vec<String>,
    /// The cells.
    pub rows: Vec<Vec<Cell>>,
    /// Columns from the left that hold names rather than numbers.
    pub names: usize,
}

impl Table {
    /// A table without rows yet.
    #[must_use]
    pub fn new<T: Into<String>>(names: usize, headings: impl IntoIterator<Item = T>) -> Self {
        let headings = headings.into_iter().map(Into::into).collect();
        Self { headings, rows: Vec::new(), names }
    }

    /// A table with its rows.
    #[must_use]
    pub fn of<H: Into<String>, C: Into<Cell>, R: IntoIterator<Item = C>>(
        names: usize,
        headings: impl IntoIterator<Item = H>,
        rows: impl IntoIterator<Item = R>,
    ) -> Self {
        let mut table = Self::new(names, headings);
        rows.into_iter().for_each(|row| table.row(row));
        table
    }

    /// Adds a row.
    pub fn row<T: Into<Cell>>(&mut self, cells: impl IntoIterator<Item = T>) {
        self.rows.push(cells.into_iter().map(Into::into).collect());
    }
}

/// What a cell says, and how it looks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cell {
    /// The text, which may hold anything.
    pub text: String,
    /// A class of the style, or none.
    pub class: &'static str,
    /// The id of what it leads to, or none.
    pub target: String,
}

impl Cell {
    /// A cell that looks different.
    #[must_use]
    pub fn styled(class: &'static str, text: impl Into<String>) -> Self {
        Self { text: text.into(), class, target: String::new() }
    }

    /// The same cell, which leads to what has this id.
    #[must_use]
    pub fn leading_to(mut self, target: String) -> Self {
        self.target = target;
        self
    }
}

impl<T: Into<String>> From<T> for Cell {
    fn from(text: T) -> Self {
        Self::styled("", text)
    }
}

//! Tables that are too wide: columns that belong together move below each other together.

use comfy_table::{CellAlignment, ContentArrangement, Table, presets};

/// Space between two columns.
const GAP: usize = 2;

/// Columns of one kind, one for each policy.
pub(crate) struct Group {
    /// Stands above each column; empty for none.
    pub(crate) name: &'static str,
    /// Cells of each column.
    pub(crate) columns: Vec<Vec<String>>,
}

/// A table of names at the left and groups of numbers, in as many pieces as the width asks for.
pub(super) struct Columns<'a> {
    /// Headings and cells of the columns that stand at the left of every piece.
    pub(super) names: &'a [(&'static str, Vec<String>)],
    /// How many of these, from the left, hold words.
    pub(super) words: usize,
    /// The name of each column of a group.
    pub(super) labels: &'a [String],
    pub(super) groups: &'a [Group],
    /// A rule is drawn above the last row.
    pub(super) has_total: bool,
}

/// A column with the lines of its heading.
#[derive(Clone)]
struct Column<'a> {
    heading: [&'a str; 2],
    cells: &'a [String],
}

impl Columns<'_> {
    pub(super) fn render(&self, width: usize) -> String {
        let names: Vec<Column<'_>> =
            self.names.iter().map(|(name, cells)| Column { heading: ["", name], cells }).collect();
        let room = width.saturating_sub(total(&names));
        let pieces = self.pieces(room);
        let render = |piece: Vec<Column<'_>>| self.piece([names.clone(), piece].concat());
        pieces.into_iter().map(render).collect::<Vec<_>>().join("\n")
    }

    /// Whole groups as long as they have room; of a group that has none by itself, what has.
    fn pieces(&self, room: usize) -> Vec<Vec<Column<'_>>> {
        let mut pieces: Vec<Vec<Column<'_>>> = vec![Vec::new()];
        for group in self.groups {
            let columns: Vec<Column<'_>> = self
                .labels
                .iter()
                .zip(&group.columns)
                .map(|(label, cells)| Column { heading: [group.name, label], cells })
                .collect();
            let last = pieces.last().expect("there is always a piece");
            if !last.is_empty() && total(last) + total(&columns) > room + GAP {
                pieces.push(Vec::new());
            }
            for column in columns {
                let last = pieces.last().expect("there is always a piece");
                if !last.is_empty() && total(last) + column.width() > room + GAP {
                    pieces.push(Vec::new());
                }
                pieces.last_mut().expect("there is always a piece").push(column);
            }
        }
        pieces
    }

    fn piece(&self, columns: Vec<Column<'_>>) -> String {
        let has_group = columns.iter().any(|column| !column.heading[0].is_empty());
        let mut table = Table::new();
        table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
        for line in 0..2 {
            if line == 1 || has_group {
                table.add_row(columns.iter().map(|column| column.heading[line]));
            }
        }
        let rows = columns.first().map_or(0, |column| column.cells.len());
        table.add_rows((0..rows).map(|row| columns.iter().map(move |column| &column.cells[row])));
        for (index, column) in table.column_iter_mut().enumerate() {
            column.set_padding((0, GAP as u16));
            if index >= self.words {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        let lines: Vec<String> = table.lines().map(|line| line.trim_end().to_owned()).collect();
        let rule = "─".repeat(lines.iter().map(|line| line.chars().count()).max().unwrap_or(0));
        let heading = lines.len() - rows;
        let mut text = String::new();
        for (index, line) in lines.iter().enumerate() {
            let is_total = self.has_total && index + 1 == lines.len();
            if index == heading || (is_total && rows > 1) {
                text += &format!("{rule}\n");
            }
            text += &format!("{line}\n");
        }
        text
    }
}

impl Column<'_> {
    fn width(&self) -> usize {
        let cells = self.cells.iter().map(String::as_str);
        let widths = self.heading.into_iter().chain(cells).map(|text| text.chars().count());
        widths.max().unwrap_or(0) + GAP
    }
}

fn total(columns: &[Column<'_>]) -> usize {
    columns.iter().map(Column::width).sum()
}

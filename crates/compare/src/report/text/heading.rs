//! What stands above the numbers.

use outcome::Grid;

use super::wrap::labelled;
use crate::report::{Report, provenance};

pub(super) fn heading(report: Report<'_>, columns: Option<usize>) -> String {
    let mut grid = Grid::new(&provenance::SIDE_TITLES).words(&[0, 1, 3, 4, 7]);
    for side in provenance::sides(report) {
        grid.row(side);
    }
    let mut text = format!("{grid}\n");
    text += &labelled("trace", &provenance::trace(report.traffic), columns);
    for design in provenance::designs(report) {
        text += &labelled("design", &design, columns);
    }
    let cautions = provenance::cautions(report);
    if !cautions.is_empty() {
        text.push('\n');
    }
    for caution in cautions {
        text += &labelled("CAUTION", &caution, columns);
    }
    text
}

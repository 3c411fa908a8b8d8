//! How numbers and tables are printed.

use comfy_table::{CellAlignment, ContentArrangement, Table, presets};

/// Nanoseconds as seconds, with as many decimals as they have in groups of three.
pub(super) fn seconds(nanos: i64) -> String {
    let (whole, part) = (nanos / 1_000_000_000, nanos % 1_000_000_000);
    let decimals = format!("{part:09}");
    let mut kept = decimals.as_str();
    while let Some(shorter) = kept.strip_suffix("000") {
        kept = shorter;
    }
    match kept {
        "" => format!("{whole} s"),
        _ => format!("{whole}.{kept} s"),
    }
}

/// A number where there is one, with this many decimals.
pub(super) fn decimals(number: Option<f64>, count: usize) -> String {
    number.map_or("-".to_owned(), |number| format!("{number:.count$}"))
}

/// A share as a percentage.
pub(super) fn percent(share: Option<f64>) -> String {
    share.map_or("-".to_owned(), |share| format!("{:.2} %", 100.0 * share))
}

/// A table without lines. Columns named in `texts` begin at their left, others end at their right.
pub(super) fn table(
    headings: &[&str],
    texts: &[&str],
    rows: impl Iterator<Item = Vec<String>>,
) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(headings.to_vec()).add_rows(rows);
    for (heading, column) in headings.iter().zip(table.column_iter_mut()) {
        if !texts.contains(heading) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table.trim_fmt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_show_what_is_there() {
        for (nanos, text) in [
            (0, "0 s"),
            (60_000_000_000, "60 s"),
            (100_000_000, "0.100 s"),
            (1_000_000_001, "1.000000001 s"),
            (1_234_500, "0.001234500 s"),
        ] {
            assert_eq!(seconds(nanos), text);
        }
    }
}

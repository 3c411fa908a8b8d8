//! The document of the format says what the code does.

use std::fs;
use std::path::Path;

use super::{COLUMNS, Kind};
use crate::info::{known_at_end, known_at_start};
use crate::{Code, Floor, RunInfo, RunRecord, Status};

/// The section on this table, out of the document of all formats.
fn section() -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let document = fs::read_to_string(root.join("FORMAT.md")).unwrap();
    let start = document.find("## Outcome table").unwrap();
    let section = &document[start..];
    section[2..].find("\n## ").map_or(section, |end| &section[..end + 2]).into()
}

/// The rows of the table below a heading, as cells.
fn table(heading: &str) -> Vec<Vec<String>> {
    let section = section();
    let start = section.find(&format!("### {heading}\n")).expect("the heading exists");
    let rows = section[start..].lines().skip_while(|line| !line.starts_with("|--")).skip(1);
    rows.take_while(|line| line.starts_with('|'))
        .map(|line| line.trim_matches('|').split(" | ").map(|cell| cell.trim().into()).collect())
        .collect()
}

fn quoted(name: &str) -> String {
    format!("`{name}`")
}

#[test]
fn the_document_lists_the_columns() {
    let documented = table("Columns");
    assert_eq!(documented.len(), COLUMNS.len());
    for (row, column) in documented.iter().zip(&COLUMNS) {
        let kind = match column.kind {
            Kind::Bool => "bool",
            Kind::I8 => "int8",
            Kind::I32 => "int32",
            Kind::I64 => "int64",
            Kind::Dictionary => "dictionary",
        };
        assert_eq!(row[..2], [quoted(column.name), kind.into()]);
        assert_eq!(row[2] != "-", column.nullable, "{}", column.name);
        assert_eq!(row[4], column.since.name(), "{}", column.name);
    }
}

#[test]
fn the_document_lists_statuses_and_codes() {
    let first_cells = |heading| table(heading).into_iter().map(|row| row[0].clone());
    let statuses = Status::ALL.iter().map(|status| quoted(status.name()));
    assert!(first_cells("Statuses").eq(statuses));
    assert!(first_cells("Codes").eq(Code::ALL.iter().map(|code| quoted(code.name()))));
}

#[test]
fn the_document_lists_the_metadata() {
    let bare = RunInfo::default();
    let full = RunInfo {
        host: Some(String::new()),
        epoch_unix_ns: Some(0),
        floor: Some(Floor::default()),
        steal_ns: Some(0),
        clock_step_ns: Some(0),
        runs: vec![RunRecord::default()],
        ..bare.clone()
    };
    let keys = |info: &RunInfo| -> Vec<&str> {
        known_at_start(info).iter().chain(&known_at_end(info, 0)).map(|(key, _)| *key).collect()
    };
    let always = keys(&bare);
    let expected = keys(&full)
        .into_iter()
        .map(|key| if always.contains(&key) { quoted(key) } else { format!("{} ?", quoted(key)) });
    assert!(table("Metadata").into_iter().map(|row| row[0].clone()).eq(expected));
}

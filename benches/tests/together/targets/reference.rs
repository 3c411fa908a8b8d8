//! What FORMAT.md says of maps, held against what reads them.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use targets::Map;

use super::readme::REPOSITORY;

/// The section on maps.
fn section() -> String {
    let document = fs::read_to_string(Path::new(REPOSITORY).join("FORMAT.md")).unwrap();
    let (_, section) = document.split_once("\n## Maps\n").unwrap();
    section.split("\n## ").next().unwrap().to_owned()
}

/// The first cells of the table whose heading begins so, each with its words in backticks.
fn first_cells(heading: &str) -> Vec<Vec<String>> {
    let section = section();
    let table = section.split_once(&format!("\n| {heading} |")).unwrap().1;
    let rows = table.lines().skip(2).take_while(|line| line.starts_with('|'));
    rows.map(|row| {
        let cell = row.trim_start_matches('|').split(" | ").next().unwrap();
        cell.split('`').skip(1).step_by(2).map(str::to_owned).collect()
    })
    .collect()
}

/// Why a map with this header is none.
fn refusal(value: &str) -> Option<String> {
    let map = format!("[headers]\na = {value}");
    Map::parse(&map, "m.toml").err().map(|error| error.to_string())
}

#[test]
fn the_reference_has_all_placeholders_and_no_others() {
    let mut documented = BTreeSet::new();
    for names in first_cells("placeholder") {
        let (time, _) = names[0].split_once("_ns").unwrap_or((&names[0], ""));
        // `arrival_ns`, `_us` stands for arrival_us too.
        documented.extend(names.iter().map(|name| match name.strip_prefix('_') {
            Some(_) => format!("{time}{name}"),
            None => name.clone(),
        }));
    }
    for name in &documented {
        assert_eq!(refusal(&format!("\"{{{name}}}\"")), None, "{name}");
    }
    // Whoever writes none that there is, is told all there are.
    let told = refusal("\"{?}\"").unwrap();
    let (named, times) =
        told.split_once("there are ").unwrap().1.split_once(", and the times ").unwrap();
    let times = times.split_once(" with their unit").unwrap().0;
    let timed = times
        .split(", ")
        .flat_map(|time| ["ns", "us", "ms", "s"].map(|unit| format!("{time}_{unit}")));
    let known: BTreeSet<String> = named.split(", ").map(str::to_owned).chain(timed).collect();
    assert_eq!(documented, known);
}

#[test]
fn each_form_of_value_in_the_reference_is_read() {
    let forms = first_cells("form");
    assert!(forms.len() > 5, "{forms:?}");
    for form in forms.iter().flatten() {
        assert_eq!(refusal(form), None, "{form}");
    }
}

#[test]
fn the_reference_has_all_tables() {
    let tables = first_cells("table");
    let expected = ["[request]", "[headers]", "unset", "[models]", "[reply]", "[[ending]]"];
    assert!(tables.iter().flatten().eq(expected), "{tables:?}");
}

#[test]
fn the_reference_has_all_presets() {
    let presets: Vec<String> =
        targets::preset_names().into_iter().map(|preset| format!("`{preset}`")).collect();
    let said = format!("with files and with {}, which are built in", presets.join(" and "));
    assert!(section().contains(&said), "{said}");
}

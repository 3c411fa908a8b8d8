//! `trace diff`

use std::io::Write;

use trace::TraceReader;
use trace::edit::{Difference, FieldDifference, RowDifference, Side, difference};

use super::NotPassed;
use super::generate::progress_bar;
use super::text::{decimals, table};
use crate::cli::DiffArgs;

pub(super) fn run(args: &DiffArgs, out: &mut impl Write) -> anyhow::Result<()> {
    let (first, second) = (TraceReader::open(&args.first)?, TraceReader::open(&args.second)?);
    let bar = progress_bar("rows");
    let found = difference(&first, &second, |rows, rows_max| {
        bar.set_length(rows_max);
        bar.set_position(rows);
    });
    bar.finish_and_clear();
    let found = found?;
    match args.json {
        true => writeln!(out, "{}", serde_json::to_string(&found)?)?,
        false => write_text([first.name(), second.name()], &found, out)?,
    }
    match found.equal {
        true => Ok(()),
        false => Err(NotPassed.into()),
    }
}

fn write_text(names: [&str; 2], found: &Difference, out: &mut impl Write) -> anyhow::Result<()> {
    for ((name, rows), digest) in names.iter().zip(found.rows).zip(&found.digests) {
        writeln!(out, "{name}  {rows} rows  sha256 {digest}")?;
    }
    writeln!(out, "{}", verdict(found))?;
    if let Some(RowDifference { row, column, values: [left, right] }) = &found.first {
        let text = |value: &Option<String>| value.clone().unwrap_or_else(|| "no row".to_owned());
        writeln!(out, "first     row {row}, {column}: {} | {}", text(left), text(right))?;
        writeln!(out, "rows      {} differ{}", found.differing_rows, columns(found))?;
    }
    for FieldDifference { field, values: [left, right] } in &found.header {
        writeln!(out, "header    {field}: {left} | {right}")?;
    }
    writeln!(out, "\n{}", classes(found))?;
    Ok(())
}

fn verdict(found: &Difference) -> &'static str {
    match (found.equal, found.differing_rows) {
        (true, _) => "equal     rows and tensors are the same",
        (false, 0) => "different rows are the same, tensors are not",
        (false, _) => "different rows are not the same",
    }
}

fn columns(found: &Difference) -> String {
    let counts = found.differing_columns.iter();
    let counts: Vec<String> =
        counts.map(|(column, count)| format!("{column} in {count}")).collect();
    if counts.is_empty() { String::new() } else { format!(": {}", counts.join(", ")) }
}

fn classes(found: &Difference) -> String {
    let rows = found.classes.iter().map(|class| {
        let [left, right] = &class.sides;
        let gap = |side: &Side| decimals(side.mean_gap_ns.map(|nanos| nanos / 1e6), 3);
        vec![
            class.tier.to_string(),
            class.slo.clone(),
            left.rows.to_string(),
            right.rows.to_string(),
            decimals(left.rate_per_s, 2),
            decimals(right.rate_per_s, 2),
            gap(left),
            gap(right),
        ]
    });
    let headings = ["tier", "slo", "rows", "rows", "rate/s", "rate/s", "gap ms", "gap ms"];
    table(&headings, &["slo"], rows)
}

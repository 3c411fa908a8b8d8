//! `trace show`

use std::io::Write;

use serde::Serialize;
use trace::{Header, TraceReader, TraceRow};

use super::text::{seconds, table};
use crate::cli::ShowArgs;

pub(super) fn run(args: &ShowArgs, out: &mut impl Write) -> anyhow::Result<()> {
    let reader = TraceReader::open(&args.file)?;
    let rows = reader.rows().skip_while_ok(args.offset).take(args.limit);
    if args.json {
        for row in rows {
            let line = serde_json::to_string(&Row::new(reader.header(), &row?))?;
            writeln!(out, "{line}")?;
        }
        return Ok(());
    }
    let rows: Vec<TraceRow> = rows.collect::<Result<_, _>>()?;
    writeln!(out, "{}", text(reader.header(), &rows))?;
    let (total, shown) = (reader.header().rows, rows.len());
    if (shown as u64) < total {
        writeln!(out, "{shown} of {total} rows; see --offset and --limit")?;
    }
    Ok(())
}

/// Passes over rows, but not over what is wrong with them.
trait SkipWhileOk: Iterator + Sized {
    fn skip_while_ok(self, count: usize) -> impl Iterator<Item = Self::Item>;
}

impl<T, E, I: Iterator<Item = Result<T, E>>> SkipWhileOk for I {
    fn skip_while_ok(self, count: usize) -> impl Iterator<Item = Result<T, E>> {
        self.enumerate().filter(move |(index, row)| *index >= count || row.is_err()).map(|(_, r)| r)
    }
}

/// A row under the names and in the units of the file.
#[derive(Serialize)]
struct Row<'a> {
    request_id: i64,
    arrival_ns: i64,
    tier: u8,
    slo: &'a str,
    deadline_ns: i64,
    model: &'a str,
    tensor_seed: i64,
}

impl<'a> Row<'a> {
    fn new(header: &'a Header, row: &TraceRow) -> Self {
        Self {
            request_id: row.request.id.0,
            arrival_ns: row.request.arrival.as_nanos(),
            tier: row.request.tier.number(),
            slo: &header.slos[usize::from(row.slo)],
            deadline_ns: row.request.deadline.as_nanos(),
            model: &header.models[usize::from(row.request.model.0)].name,
            tensor_seed: row.tensor_seed.0.cast_signed(),
        }
    }
}

fn text(header: &Header, rows: &[TraceRow]) -> String {
    let headings = ["request", "arrival", "tier", "slo", "deadline", "model", "tensor seed"];
    let rows = rows.iter().map(|row| {
        let row = Row::new(header, row);
        vec![
            row.request_id.to_string(),
            seconds(row.arrival_ns),
            row.tier.to_string(),
            row.slo.to_owned(),
            seconds(row.deadline_ns),
            row.model.to_owned(),
            row.tensor_seed.to_string(),
        ]
    });
    table(&headings, &["slo", "model"], rows)
}

//! Comma-separated text, for a spreadsheet or a quick look.
//!
//! The columns are those of the other formats. Text has no place for metadata, so it lies beside
//! the table; the writer knows no paths, and hands it to the caller.

use std::io::{self, Write};

use super::{Ending, Sink};
use crate::error::Fault;
use crate::header::{self, Header};
use crate::row::Batch;
use crate::schema::column;

/// Writes a table of text.
pub(super) struct CsvSink<W> {
    out: W,
    /// Each name as a field, quoted where it must be.
    slos: Vec<String>,
    models: Vec<String>,
    /// Lines on their way out.
    lines: Vec<u8>,
}

impl<W: Write> CsvSink<W> {
    pub(super) fn new(mut out: W, header: &Header) -> Result<Self, Fault> {
        writeln!(out, "{}", column::ALL.join(",")).map_err(Fault::io("write"))?;
        Ok(Self {
            out,
            slos: header.slos.iter().map(|name| field(name)).collect(),
            models: header.models.iter().map(|model| field(&model.name)).collect(),
            lines: Vec::new(),
        })
    }

    fn format(&mut self, batch: &Batch) -> io::Result<()> {
        let Self { slos, models, lines, .. } = self;
        for index in 0..batch.len() {
            writeln!(
                lines,
                "{},{},{},{},{},{},{}",
                batch.request_ids[index],
                batch.arrivals_ns[index],
                batch.tiers[index],
                named(slos, batch.slos[index]),
                batch.deadlines_ns[index],
                named(models, batch.models[index]),
                batch.tensor_seeds[index],
            )?;
        }
        Ok(())
    }
}

impl<W: Write> Sink<W> for CsvSink<W> {
    fn write(&mut self, batch: Batch) -> Result<(), Fault> {
        self.lines.clear();
        self.format(&batch)
            .and_then(|()| self.out.write_all(&self.lines))
            .map_err(Fault::io("write"))
    }

    fn flush(&mut self) -> Result<(), Fault> {
        self.out.flush().map_err(Fault::io("write"))
    }

    fn finish(mut self, _: &Ending) -> Result<W, Fault> {
        self.flush()?;
        Ok(self.out)
    }
}

/// The text that lies beside a table: a JSON object that keeps the order and has a line for each
/// pair, so that a person can read it too.
pub(super) fn sidecar(header: &Header, ending: &Ending) -> String {
    let pairs = header::to_pairs(header).into_iter().chain(ending.pairs());
    let lines: Vec<String> = pairs
        .map(|(key, value)| format!("  \"{key}\": {}", serde_json::Value::from(value)))
        .collect();
    format!("{{\n{}\n}}\n", lines.join(",\n"))
}

fn named(list: &[String], position: i16) -> &str {
    &list[usize::try_from(position).expect("positions were checked")]
}

/// A name as a field.
fn field(name: &str) -> String {
    match name.contains([',', '"']) {
        true => format!("\"{}\"", name.replace('"', "\"\"")),
        false => name.to_owned(),
    }
}

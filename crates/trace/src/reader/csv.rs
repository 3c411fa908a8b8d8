//! Comma-separated text, by the names in its header, with the metadata from the file beside it.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::str::FromStr;

use crate::bounded::Bounded;
use crate::error::Fault;
use crate::format::sidecar_path;
use crate::header::{self, Content, Header};
use crate::row::{Batch, BatchBuilder};
use crate::schema::column;
use crate::writer::BATCH_ROWS;

/// Room for 32,767 models with long names.
const SIDECAR_SIZE_MAX: u64 = 1 << 26;

/// An open table of text.
pub(super) struct CsvTable {
    pub(super) header: Header,
    reader: csv::Reader<Bounded<File>>,
    record: csv::ByteRecord,
    /// What the parser's count of lines lacks: it has not seen the line feed of CR LF when a line
    /// begins.
    lines_behind: u64,
    /// For each column of the format, its place in the file.
    places: [usize; column::ALL.len()],
    /// Positions by name.
    slos: BTreeMap<Vec<u8>, i16>,
    models: BTreeMap<Vec<u8>, i16>,
}

impl CsvTable {
    /// Opens the table at `path`, and checks all but its rows.
    pub(super) fn open(path: &Path, file: File) -> Result<Self, Fault> {
        let pairs = read_sidecar(path)?;
        header::check_format(&pairs)?;
        let (slos, models) = header::names_of(&pairs)?;
        let header = Header::parse(&pairs, slos, models, Content::claimed(&pairs)?)?;
        let mut reader = csv::Reader::from_reader(Bounded::new(file));
        let places = places(reader.byte_headers().map_err(|error| damaged(&error))?)?;
        Ok(Self {
            slos: positions(header.slos.iter()),
            models: positions(header.models.iter().map(|model| &model.name)),
            header,
            lines_behind: u64::from(reader.position().line() == 1),
            reader,
            record: csv::ByteRecord::new(),
            places,
        })
    }

    /// The next rows, which are still to be checked; `None` after the last.
    pub(super) fn next_batch(&mut self) -> Result<Option<Batch>, Fault> {
        let mut batch = BatchBuilder::default();
        while batch.len() < BATCH_ROWS {
            self.reader.get_mut().next_record();
            let more = self.reader.read_byte_record(&mut self.record);
            if !more.map_err(|error| damaged(&error))? {
                break;
            }
            self.add(&mut batch)?;
        }
        Ok((batch.len() > 0).then(|| batch.finish()))
    }

    fn add(&self, batch: &mut BatchBuilder) -> Result<(), Fault> {
        let [request_id, arrival, tier, slo, deadline, model, seed] = column::ALL;
        batch.request_ids.push(self.number(0, request_id)?);
        batch.arrivals_ns.push(self.number(1, arrival)?);
        batch.tiers.push(self.number(2, tier)?);
        batch.slos.push(self.name(3, slo, &self.slos)?);
        batch.deadlines_ns.push(self.number(4, deadline)?);
        batch.models.push(self.name(5, model, &self.models)?);
        batch.tensor_seeds.push(self.number(6, seed)?);
        Ok(())
    }

    fn number<T: FromStr>(&self, index: usize, column: &'static str) -> Result<T, Fault> {
        let text = &self.record[self.places[index]];
        let number = std::str::from_utf8(text).ok().and_then(|text| text.parse().ok());
        number.ok_or_else(|| self.wrong(column, text, "is not an integer that fits the column"))
    }

    fn name(
        &self,
        index: usize,
        column: &'static str,
        known: &BTreeMap<Vec<u8>, i16>,
    ) -> Result<i16, Fault> {
        let text = &self.record[self.places[index]];
        known.get(text).copied().ok_or_else(|| self.wrong(column, text, "is not in its metadata"))
    }

    fn wrong(&self, column: &'static str, text: &[u8], problem: &str) -> Fault {
        let line = self.record.position().map_or(0, csv::Position::line) + self.lines_behind;
        let text: String = String::from_utf8_lossy(text).chars().take(80).collect();
        Fault::Line { line, column, problem: format!("{text:?} {problem}") }
    }
}

fn read_sidecar(path: &Path) -> Result<BTreeMap<String, String>, Fault> {
    let sidecar = sidecar_path(path);
    let mut text = String::new();
    let file = File::open(&sidecar);
    let read = file.and_then(|file| file.take(SIDECAR_SIZE_MAX).read_to_string(&mut text));
    let wrong = |error: &dyn std::fmt::Display| {
        Fault::foreign(format!(
            "its metadata, {}, cannot be read: {error}; a CSV table without it is no trace, and \
             `trace import` can make it one",
            sidecar.display()
        ))
    };
    read.map_err(|error| wrong(&error))?;
    serde_json::from_str(&text).map_err(|error| wrong(&error))
}

/// Columns that the format does not know are left alone, so that a table may carry notes.
fn places(header: &csv::ByteRecord) -> Result<[usize; column::ALL.len()], Fault> {
    let mut places = [0; column::ALL.len()];
    for (place, column) in places.iter_mut().zip(column::ALL) {
        let mut found = header.iter().enumerate().filter(|(_, name)| *name == column.as_bytes());
        let first = found.next().ok_or_else(|| Fault::column(column, "is not in the header"))?;
        if found.next().is_some() {
            return Err(Fault::column(column, "is in the header twice"));
        }
        *place = first.0;
    }
    Ok(places)
}

fn positions<'a>(names: impl Iterator<Item = &'a String>) -> BTreeMap<Vec<u8>, i16> {
    names.zip(0_i16..).map(|(name, position)| (name.clone().into_bytes(), position)).collect()
}

fn damaged(error: &csv::Error) -> Fault {
    Fault::damaged(error.to_string())
}

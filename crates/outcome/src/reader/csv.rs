//! Comma-separated text, by the names in its header, with the metadata from the file beside it.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use request::{Moment, RequestId};

use super::decode::{check_derived, empty, position, tier, unlisted};
use super::{Batch, Opened, Placed, Source, at};
use crate::format::sidecar;
use crate::info::version;
use crate::row::Flaw;
use crate::schema::{BATCH_ROWS, COLUMNS, Column, columns};
use crate::{Code, Outcome, OutcomeError, Place, RunInfo, Status};

/// Opens the table at `path` and the metadata beside it.
pub(super) fn open(path: &Path, file: File) -> Result<Opened, OutcomeError> {
    let pairs = read_sidecar(path)?;
    let mut reader = csv::Reader::from_reader(file);
    let header = reader.headers().map_err(|error| OutcomeError::not_a_table(path, error))?;
    let places = places(path, header, columns(version(path, &pairs)?))?;
    Ok((Box::new(CsvSource { path: path.into(), reader, places }), pairs))
}

/// For each column of the file's format version, its place in the file.
type Places = Vec<usize>;

struct CsvSource {
    path: PathBuf,
    reader: csv::Reader<File>,
    places: Places,
}

impl Source for CsvSource {
    fn restart(&mut self) -> Result<(), OutcomeError> {
        let mut file = self.reader.get_ref();
        file.seek(SeekFrom::Start(0)).map_err(OutcomeError::io("read", &self.path))?;
        let file = file.try_clone().map_err(OutcomeError::io("read", &self.path))?;
        self.reader = csv::Reader::from_reader(file);
        Ok(())
    }

    fn next_batch(&mut self, info: &RunInfo) -> Result<Option<Batch>, OutcomeError> {
        let mut rows = Vec::<Placed>::new();
        let mut record = csv::StringRecord::new();
        while rows.len() < BATCH_ROWS {
            let more = self.reader.read_record(&mut record);
            if !more.map_err(|error| OutcomeError::not_a_table(&self.path, error))? {
                break;
            }
            let place = Place::Line(record.position().map_or(0, csv::Position::line));
            let row = Record { record: &record, places: &self.places }.row(info);
            rows.push((place, row.map_err(|flaw| at(&self.path, place, flaw))?));
        }
        Ok((!rows.is_empty()).then(|| Box::new(rows.into_iter().map(Ok)) as Batch))
    }
}

fn read_sidecar(path: &Path) -> Result<BTreeMap<String, String>, OutcomeError> {
    let sidecar = sidecar(path);
    let text = std::fs::read_to_string(&sidecar);
    let text = text.map_err(OutcomeError::io("read the metadata of a CSV table,", &sidecar))?;
    serde_json::from_str(&text).map_err(|error| OutcomeError::not_a_table(&sidecar, error))
}

/// Columns that the format does not know are left alone, so that a table may carry notes.
fn places(
    path: &Path,
    header: &csv::StringRecord,
    columns: &[Column],
) -> Result<Places, OutcomeError> {
    let place = |column: &Column| {
        let mut found = header.iter().enumerate().filter(|(_, name)| *name == column.name);
        let wrong = |problem: &str| OutcomeError::Column {
            path: path.into(),
            column: column.name.into(),
            problem: problem.into(),
        };
        let (place, _) = found.next().ok_or_else(|| wrong("is missing from the header"))?;
        match found.next() {
            Some(_) => Err(wrong("is in the header twice")),
            None => Ok(place),
        }
    };
    columns.iter().map(place).collect()
}

/// One line of the file.
struct Record<'a> {
    record: &'a csv::StringRecord,
    places: &'a Places,
}

impl Record<'_> {
    fn row(&self, info: &RunInfo) -> Result<Outcome, Flaw> {
        let moment = |name| self.optional(name).map(|nanos| nanos.map(Moment::from_nanos));
        let row = Outcome {
            run: self.required("run")?,
            request_id: RequestId(self.required("request_id")?),
            tier: tier(self.required("tier")?)?,
            slo: self.name("slo", |name| position(&info.slos, name))?.ok_or(empty("slo"))?,
            model: self
                .name("model", |name| position(&info.models, name))?
                .ok_or(empty("model"))?,
            arrival: Moment::from_nanos(self.required("arrival_ns")?),
            deadline: Moment::from_nanos(self.required("deadline_ns")?),
            sent: moment("sent_ns")?,
            started: moment("started_ns")?,
            done: moment("done_ns")?,
            status: self.name("status", Status::from_name)?.ok_or(empty("status"))?,
            worker: self.optional("worker")?,
            batch: self.optional("batch")?,
            code: self.name("code", Code::from_name)?,
            first_byte: moment("first_byte_ns")?,
            held_ns: self.optional("held_ns")?,
        };
        check_derived(&row, self.optional("latency_ns")?, self.slo_met()?)?;
        Ok(row)
    }

    /// Empty in a column that the file's version does not have.
    fn text(&self, name: &'static str) -> &str {
        let column = COLUMNS.iter().position(|column| column.name == name);
        let place = column.and_then(|column| self.places.get(column));
        place.and_then(|&place| self.record.get(place)).unwrap_or_default()
    }

    fn optional<T: FromStr>(&self, name: &'static str) -> Result<Option<T>, Flaw> {
        let text = self.text(name);
        if text.is_empty() {
            return Ok(None);
        }
        let problem = || format!("`{text}` is not an integer that fits the column");
        let value = text.parse();
        value.map(Some).map_err(|_| Flaw { column: name, problem: problem() })
    }

    fn required<T: FromStr>(&self, name: &'static str) -> Result<T, Flaw> {
        self.optional(name)?.ok_or_else(|| empty(name))
    }

    fn name<M>(
        &self,
        column: &'static str,
        meaning: impl Fn(&str) -> Option<M>,
    ) -> Result<Option<M>, Flaw> {
        let name = self.text(column);
        // An empty name in the list of the run is a name like any other.
        match meaning(name) {
            Some(meaning) => Ok(Some(meaning)),
            None if name.is_empty() => Ok(None),
            None => Err(unlisted(column, name)),
        }
    }

    /// Spelt small as we write it, or with a capital as Python does.
    fn slo_met(&self) -> Result<bool, Flaw> {
        match self.text("slo_met") {
            "true" | "True" => Ok(true),
            "false" | "False" => Ok(false),
            "" => Err(empty("slo_met")),
            other => {
                let problem = format!("`{other}` is neither true nor false");
                Err(Flaw { column: "slo_met", problem })
            }
        }
    }
}

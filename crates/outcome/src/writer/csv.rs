//! Comma-separated text, for a spreadsheet or a quick look.
//!
//! The columns are those of the other formats; what does not exist is an empty field. Text has no
//! place for metadata, so it lies beside the table in `FILE.meta.json`.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use request::Moment;

use super::Sink;
use crate::draft::Draft;
use crate::format::sidecar;
use crate::info::Pair;
use crate::schema::COLUMNS;
use crate::{Outcome, OutcomeError, RunInfo};

pub(super) struct CsvSink {
    writer: csv::Writer<File>,
    path: PathBuf,
    slos: Vec<String>,
    models: Vec<String>,
    sidecar: Draft,
    sidecar_file: File,
}

impl CsvSink {
    pub(super) fn new(path: &Path, file: File, info: &RunInfo) -> Result<Self, OutcomeError> {
        let (sidecar, sidecar_file) = Draft::create(&sidecar(path))?;
        let mut writer = csv::Writer::from_writer(file);
        let header = COLUMNS.iter().map(|column| column.name);
        writer.write_record(header).map_err(OutcomeError::encode(path))?;
        let (slos, models) = (info.slos.clone(), info.models.clone());
        Ok(Self { writer, path: path.into(), slos, models, sidecar, sidecar_file })
    }

    fn fields(&self, row: &Outcome) -> [String; COLUMNS.len()] {
        let time = |time: Option<Moment>| or_empty(time.map(Moment::as_nanos));
        [
            row.run.to_string(),
            row.request_id.0.to_string(),
            row.tier.to_string(),
            self.slos[usize::from(row.slo)].clone(),
            self.models[usize::from(row.model)].clone(),
            row.arrival.as_nanos().to_string(),
            row.deadline.as_nanos().to_string(),
            time(row.sent),
            time(row.started),
            time(row.done),
            row.status.to_string(),
            or_empty(row.latency_ns()),
            row.slo_met().to_string(),
            or_empty(row.worker),
            or_empty(row.batch),
            or_empty(row.code),
            time(row.first_byte),
            or_empty(row.held_ns),
        ]
    }
}

impl Sink for CsvSink {
    fn write(&mut self, rows: &[Outcome]) -> Result<(), OutcomeError> {
        for row in rows {
            let fields = self.fields(row);
            self.writer.write_record(&fields).map_err(OutcomeError::encode(&self.path))?;
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>, start: &[Pair], end: &[Pair]) -> Result<(), OutcomeError> {
        self.writer.flush().map_err(OutcomeError::io("write", &self.path))?;
        let mut file = BufWriter::new(self.sidecar_file);
        write_object(&mut file, start.iter().chain(end))
            .and_then(|()| file.flush())
            .map_err(OutcomeError::io("write", self.sidecar.path()))?;
        // Published before the table, so that a finished table always has its metadata.
        self.sidecar.publish()
    }
}

/// One line for each pair: JSON that a person can read and that keeps the order.
fn write_object<'a>(
    file: &mut impl Write,
    pairs: impl Iterator<Item = &'a Pair>,
) -> std::io::Result<()> {
    let mut separator = "{\n";
    for (key, value) in pairs {
        let value = serde_json::Value::from(value.as_str());
        write!(file, "{separator}  \"{key}\": {value}")?;
        separator = ",\n";
    }
    writeln!(file, "\n}}")
}

fn or_empty(value: Option<impl ToString>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

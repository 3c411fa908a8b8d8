//! The Arrow IPC file: uncompressed, so that readers can map it into memory.

use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};

use arrow_ipc::writer::FileWriter;

use super::{Sink, batch};
use crate::info::Pair;
use crate::schema::{Dictionaries, schema};
use crate::{Outcome, OutcomeError, RunInfo};

/// Metadata fixed at the start stands in the schema, where every library shows it; the rest in
/// the footer.
pub(super) struct ArrowSink {
    path: PathBuf,
    writer: FileWriter<BufWriter<File>>,
    dictionaries: Dictionaries,
}

impl ArrowSink {
    pub(super) fn new(
        path: &Path,
        file: File,
        info: &RunInfo,
        start: &[Pair],
    ) -> Result<Self, OutcomeError> {
        let metadata = start.iter().map(|(key, value)| ((*key).to_owned(), value.clone()));
        let mut schema = schema().as_ref().clone();
        schema.metadata = metadata.collect();
        let writer =
            FileWriter::try_new_buffered(file, &schema).map_err(OutcomeError::encode(path))?;
        Ok(Self { path: path.into(), writer, dictionaries: Dictionaries::new(info) })
    }
}

impl Sink for ArrowSink {
    fn write(&mut self, rows: &[Outcome]) -> Result<(), OutcomeError> {
        let batch =
            batch::encode(rows, &self.dictionaries).map_err(OutcomeError::encode(&self.path))?;
        self.writer.write(&batch).map_err(OutcomeError::encode(&self.path))
    }

    fn finish(mut self: Box<Self>, _start: &[Pair], end: &[Pair]) -> Result<(), OutcomeError> {
        for (key, value) in end {
            self.writer.write_metadata(*key, value);
        }
        self.writer.finish().map_err(OutcomeError::encode(&self.path))
    }
}

//! The Arrow IPC file: uncompressed, so that readers can map it into memory.

use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};

use arrow_ipc::writer::FileWriter;

use super::Sink;
use super::batch::Columns;
use crate::info::Pair;
use crate::schema::{BATCH_ROWS, Dictionaries, schema};
use crate::{Outcome, OutcomeError, RunInfo};

/// Metadata fixed at the start stands in the schema, where every library shows it; the rest in
/// the footer.
pub(super) struct ArrowSink {
    path: PathBuf,
    writer: FileWriter<BufWriter<File>>,
    dictionaries: Dictionaries,
    columns: Columns,
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
        let (dictionaries, columns) = (Dictionaries::new(info), Columns::default());
        Ok(Self { path: path.into(), writer, dictionaries, columns })
    }

    fn write_batch(&mut self) -> Result<(), OutcomeError> {
        let batch = self.columns.finish(&self.dictionaries);
        let batch = batch.map_err(OutcomeError::encode(&self.path))?;
        self.writer.write(&batch).map_err(OutcomeError::encode(&self.path))
    }
}

impl Sink for ArrowSink {
    fn write(&mut self, rows: &[Outcome]) -> Result<(), OutcomeError> {
        self.columns.extend(rows);
        if self.columns.rows() == BATCH_ROWS { self.write_batch() } else { Ok(()) }
    }

    fn finish(mut self: Box<Self>, _start: &[Pair], end: &[Pair]) -> Result<(), OutcomeError> {
        if self.columns.rows() > 0 {
            self.write_batch()?;
        }
        for (key, value) in end {
            self.writer.write_metadata(*key, value);
        }
        self.writer.finish().map_err(OutcomeError::encode(&self.path))
    }
}

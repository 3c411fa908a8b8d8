//! Parquet: the smallest of the three formats.

use std::fs::File;
use std::path::{Path, PathBuf};

use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;

use super::Sink;
use super::batch::Columns;
use crate::info::Pair;
use crate::schema::{BATCH_ROWS, Dictionaries, schema};
use crate::{Outcome, OutcomeError, RunInfo};

/// All metadata stands in the footer, in the order of the pairs.
pub(super) struct ParquetSink {
    path: PathBuf,
    writer: ArrowWriter<File>,
    dictionaries: Dictionaries,
    columns: Columns,
}

impl ParquetSink {
    pub(super) fn new(path: &Path, file: File, info: &RunInfo) -> Result<Self, OutcomeError> {
        let properties = WriterProperties::builder()
            .set_compression(Compression::SNAPPY)
            // The default is the library's version, and with it the bytes would change.
            .set_created_by("reprise".into())
            // A row group is in memory until it is full.
            .set_max_row_group_row_count(Some(4 * BATCH_ROWS))
            .build();
        let writer = ArrowWriter::try_new(file, schema(), Some(properties))
            .map_err(OutcomeError::encode(path))?;
        let (dictionaries, columns) = (Dictionaries::new(info), Columns::default());
        Ok(Self { path: path.into(), writer, dictionaries, columns })
    }

    fn write_batch(&mut self) -> Result<(), OutcomeError> {
        let batch = self.columns.finish(&self.dictionaries);
        let batch = batch.map_err(OutcomeError::encode(&self.path))?;
        self.writer.write(&batch).map_err(OutcomeError::encode(&self.path))
    }
}

impl Sink for ParquetSink {
    fn write(&mut self, rows: &[Outcome]) -> Result<(), OutcomeError> {
        self.columns.extend(rows);
        if self.columns.rows() == BATCH_ROWS { self.write_batch() } else { Ok(()) }
    }

    fn finish(mut self: Box<Self>, start: &[Pair], end: &[Pair]) -> Result<(), OutcomeError> {
        if self.columns.rows() > 0 {
            self.write_batch()?;
        }
        for (key, value) in start.iter().chain(end) {
            let pair = KeyValue::new((*key).to_owned(), value.clone());
            self.writer.append_key_value_metadata(pair);
        }
        self.writer.finish().map(drop).map_err(OutcomeError::encode(&self.path))
    }
}

//! Parquet, by way of arrow.
//!
//! The library panics on some damaged files, and their layout is too rich to check beforehand as
//! that of Arrow files is. So its panics are caught here, the one place that calls it, and what it
//! was working on is thrown away.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::fs::File;
use std::path::{Path, PathBuf};

use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader,
    ParquetRecordBatchReaderBuilder,
};
use parquet::file::metadata::ParquetMetaData;

use super::{Batch, Opened, Source, decode};
use crate::info::version;
use crate::schema::{BATCH_ROWS, schema_of};
use crate::{OutcomeError, RunInfo};

/// Opens the file at `path`.
pub(super) fn open(path: &Path, file: File) -> Result<Opened, OutcomeError> {
    let plain = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
    let metadata = guarded(path, || ArrowReaderMetadata::load(&file, plain))?;
    let pairs = pairs(metadata.metadata());
    // A foreign file is told by what it is rather than by its first odd column.
    let schema = schema_of(version(path, &pairs)?);
    // With our schema, text columns come back as dictionaries whoever wrote the file.
    let options = ArrowReaderOptions::new().with_schema(schema);
    let footer = metadata.metadata().clone();
    damaged::pages::check(&file, &footer)
        .map_err(|problem| OutcomeError::not_a_table(path, problem))?;
    let metadata = guarded(path, || ArrowReaderMetadata::try_new(footer, options))?;
    let mut source = ParquetSource { path: path.into(), file, metadata, reader: None, rows: 0 };
    source.restart()?;
    Ok((Box::new(source), pairs))
}

struct ParquetSource {
    path: PathBuf,
    file: File,
    metadata: ArrowReaderMetadata,
    reader: Option<ParquetRecordBatchReader>,
    rows: u64,
}

impl Source for ParquetSource {
    fn restart(&mut self) -> Result<(), OutcomeError> {
        let file = self.file.try_clone().map_err(OutcomeError::io("read", &self.path))?;
        let metadata = self.metadata.clone();
        self.reader = Some(guarded(&self.path, || {
            let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(file, metadata);
            builder.with_batch_size(BATCH_ROWS).build()
        })?);
        self.rows = 0;
        Ok(())
    }

    fn next_batch(&mut self, info: &RunInfo) -> Result<Option<Batch>, OutcomeError> {
        // Taken out first: a reader that failed is not used again.
        let Some(mut reader) = self.reader.take() else { return Ok(None) };
        let batch = guarded(&self.path, || reader.next().transpose())?;
        let Some(batch) = batch else { return Ok(None) };
        self.reader = Some(reader);
        let rows = decode::rows(&self.path, &batch, info, self.rows + 1)?;
        self.rows += batch.num_rows() as u64;
        Ok(Some(rows))
    }
}

/// Runs a call of the library and turns its error, or its panic, into ours.
fn guarded<T, E: Display>(
    path: &Path,
    call: impl FnOnce() -> Result<T, E>,
) -> Result<T, OutcomeError> {
    match damaged::guarded(call) {
        Some(result) => result.map_err(|error| OutcomeError::not_a_table(path, error)),
        None => Err(OutcomeError::not_a_table(path, "its contents are damaged")),
    }
}

fn pairs(metadata: &ParquetMetaData) -> BTreeMap<String, String> {
    let pairs = metadata.file_metadata().key_value_metadata().into_iter().flatten();
    pairs.filter_map(|pair| Some((pair.key.clone(), pair.value.clone()?))).collect()
}

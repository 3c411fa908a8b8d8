//! The Arrow IPC file, read block by block.
//!
//! Blocks are read rather than mapped: rows are converted one by one anyway, and a mapped file
//! that another process cuts short kills the reader.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_buffer::{Buffer, MutableBuffer};
use arrow_ipc::convert::try_fb_to_schema;
use arrow_ipc::reader::{FileDecoder, read_footer_length};
use arrow_ipc::{Block, Footer, MetadataVersion, root_as_footer};
use arrow_schema::Schema;

use super::layout::{self, Extent};
use super::{Batch, Opened, Source, decode};
use crate::info::version;
use crate::schema::{Column, columns};
use crate::{OutcomeError, RunInfo};

/// What ends a file: the footer's length and the magic.
const TRAILER: u64 = 10;
const MAGIC: &[u8] = b"ARROW1";

/// Opens the file at `path`, which is `length` bytes long.
pub(super) fn open(path: &Path, file: File, length: u64) -> Result<Opened, OutcomeError> {
    let mut file = Blocks::new(path, file);
    let (footer, end) = file.footer(length)?;
    let footer = root_as_footer(&footer)
        .map_err(|error| file.damaged(format!("its footer is damaged ({error})")))?;
    let schema = footer.schema().ok_or_else(|| file.damaged("it has no schema"))?;
    let schema = try_fb_to_schema(schema).map_err(|error| file.damaged(error))?;
    let pairs = metadata(&schema, &footer);
    // A foreign file is told by what it is rather than by its first odd column.
    let columns = columns(version(path, &pairs)?);
    check_schema(path, &schema, columns)?;

    let dictionaries = footer.dictionaries().iter().flatten().copied().collect();
    let batches = footer.recordBatches().iter().flatten().copied().collect();
    let blocks = Found { dictionaries, batches, end };
    Ok((Box::new(ArrowSource::new(file, (schema, footer.version()), columns, blocks)?), pairs))
}

/// The blocks of a file, however they were found.
#[derive(Default)]
pub(super) struct Found {
    pub(super) dictionaries: Vec<Block>,
    pub(super) batches: Vec<Block>,
    /// Where all of them must have ended.
    pub(super) end: u64,
}

pub(super) struct ArrowSource {
    file: Blocks,
    decoder: FileDecoder,
    columns: &'static [Column],
    batches: Vec<Block>,
    end: u64,
    next: usize,
    rows: u64,
}

impl ArrowSource {
    /// Reads the dictionaries, so that batches can follow in any order.
    pub(super) fn new(
        mut file: Blocks,
        (schema, version): (Schema, MetadataVersion),
        columns: &'static [Column],
        found: Found,
    ) -> Result<Self, OutcomeError> {
        let Found { dictionaries, batches, end } = found;
        let mut decoder = FileDecoder::new(Arc::new(schema), version);
        for block in &dictionaries {
            let (bytes, extent) = file.block(block, end)?;
            layout::check_dictionary(extent, &bytes).map_err(|problem| file.damaged(problem))?;
            decoder.read_dictionary(block, &bytes).map_err(|error| file.damaged(error))?;
        }
        Ok(Self { file, decoder, columns, batches, end, next: 0, rows: 0 })
    }
}

impl Source for ArrowSource {
    fn restart(&mut self) -> Result<(), OutcomeError> {
        (self.next, self.rows) = (0, 0);
        Ok(())
    }

    fn next_batch(&mut self, info: &RunInfo) -> Result<Option<Batch>, OutcomeError> {
        let Some(block) = self.batches.get(self.next) else { return Ok(None) };
        let (bytes, extent) = self.file.block(block, self.end)?;
        layout::check_rows(extent, &bytes, self.columns)
            .map_err(|problem| self.file.damaged(problem))?;
        let batch = self.decoder.read_record_batch(block, &bytes);
        let batch = batch.map_err(|error| self.file.damaged(error))?;
        let batch = batch.ok_or_else(|| self.file.damaged("a block of rows is empty"))?;
        let rows = decode::rows(&self.file.path, &batch, info, self.rows + 1)?;
        self.next += 1;
        self.rows += batch.num_rows() as u64;
        Ok(Some(rows))
    }
}

/// The file as blocks of bytes.
pub(super) struct Blocks {
    path: PathBuf,
    file: File,
}

impl Blocks {
    pub(super) fn new(path: &Path, file: File) -> Self {
        Self { path: path.into(), file }
    }

    /// The footer's bytes and where they begin.
    fn footer(&mut self, length: u64) -> Result<(Vec<u8>, u64), OutcomeError> {
        let head = self.read(0, MAGIC.len().min(usize::try_from(length).unwrap_or(usize::MAX)))?;
        if head != MAGIC {
            return Err(self.damaged("it is not an Arrow file"));
        }
        let cut = || "it is cut short: its footer is missing".to_owned();
        let trailer = length.checked_sub(TRAILER).ok_or_else(|| self.damaged(cut()))?;
        let bytes = self.read(trailer, TRAILER as usize)?;
        let bytes = bytes.try_into().map_err(|_| self.damaged(cut()))?;
        let footer = read_footer_length(bytes).map_err(|_| self.damaged(cut()))?;
        let start = trailer.checked_sub(footer as u64).ok_or_else(|| self.damaged(cut()))?;
        Ok((self.read(start, footer)?, start))
    }

    /// The bytes of `block`, which must lie before `end`.
    fn block(&mut self, block: &Block, end: u64) -> Result<(Buffer, Extent), OutcomeError> {
        let extent = layout::extent(block, end).map_err(|problem| self.damaged(problem))?;
        // A buffer of arrow's own is aligned, so that no column is copied again.
        let mut bytes = MutableBuffer::from_len_zeroed(extent.length);
        self.read_into(extent.offset, &mut bytes)?;
        Ok((bytes.into(), extent))
    }

    pub(super) fn read(&mut self, offset: u64, length: usize) -> Result<Vec<u8>, OutcomeError> {
        let mut bytes = vec![0; length];
        self.read_into(offset, &mut bytes)?;
        Ok(bytes)
    }

    fn read_into(&mut self, offset: u64, bytes: &mut [u8]) -> Result<(), OutcomeError> {
        let sought = self.file.seek(SeekFrom::Start(offset));
        let read = sought.and_then(|_| self.file.read_exact(bytes));
        read.map_err(OutcomeError::io("read", &self.path))
    }

    pub(super) fn damaged(&self, problem: impl std::fmt::Display) -> OutcomeError {
        OutcomeError::not_a_table(&self.path, problem)
    }
}

/// The pairs of the schema and of the footer, which the writer parts only by when it knew them.
fn metadata(schema: &Schema, footer: &Footer<'_>) -> BTreeMap<String, String> {
    let end = footer
        .custom_metadata()
        .into_iter()
        .flatten()
        .filter_map(|pair| Some((pair.key()?.to_owned(), pair.value()?.to_owned())));
    schema_metadata(schema).chain(end).collect()
}

/// The pairs that the schema itself holds.
pub(super) fn schema_metadata(schema: &Schema) -> impl Iterator<Item = (String, String)> {
    schema.metadata.iter().map(|(key, value)| (key.to_string(), value.to_string()))
}

/// Checks names and types. Whether a column may be empty is checked row by row.
pub(super) fn check_schema(
    path: &Path,
    schema: &Schema,
    columns: &[Column],
) -> Result<(), OutcomeError> {
    let wrong = |column: &str, problem| OutcomeError::Column {
        path: path.into(),
        column: column.into(),
        problem,
    };
    for (index, column) in columns.iter().enumerate() {
        let Some(field) = schema.fields().get(index).filter(|field| field.name() == column.name)
        else {
            return Err(wrong(column.name, format!("is missing at position {}", index + 1)));
        };
        let (found, expected) = (field.data_type(), column.kind.data_type());
        if *found != expected {
            return Err(wrong(column.name, format!("has type {found}, and {expected} is needed")));
        }
    }
    match schema.fields().get(columns.len()) {
        Some(field) => Err(wrong(field.name(), "is not a column of this format version".into())),
        None => Ok(()),
    }
}

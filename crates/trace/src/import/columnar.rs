//! Arrow and Parquet files, by the names of their columns.
//!
//! Both libraries trust a file further than one from elsewhere deserves and panic on some damaged
//! ones. What makes that of Arrow panic is looked at first; the layout of Parquet is too rich for
//! that. So panics are caught here, the one place that calls the two, and what they were working on
//! is thrown away.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_buffer::Buffer;
use arrow_ipc::convert::try_fb_to_schema;
use arrow_ipc::reader::{FileDecoder, read_footer_length};
use arrow_ipc::{Block, Footer, Message, root_as_footer, root_as_message};
use arrow_schema::Schema;
use bytes::Bytes;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder,
};

use super::array;
use super::error::{Flaw, Place};
use super::table::{COLUMNS_MAX, RowSink, Table};

/// What begins an Arrow file.
pub(crate) const ARROW_MAGIC: &[u8] = b"ARROW1";

/// What begins a Parquet file.
pub(crate) const PARQUET_MAGIC: &[u8] = b"PAR1";

/// Rows of a Parquet file that are decoded at a time.
const BATCH_ROWS: usize = 65_536;

/// An open file.
pub(crate) struct Columnar {
    bytes: Bytes,
    kind: Kind,
    columns: Vec<String>,
    /// What the file says about itself.
    pub(crate) metadata: BTreeMap<String, String>,
}

enum Kind {
    Arrow,
    Parquet(ArrowReaderMetadata),
}

impl Columnar {
    /// Reads the schema.
    pub(crate) fn open(bytes: &Bytes) -> Result<Self, Flaw> {
        let bytes = bytes.clone();
        let (kind, schema, metadata) = match bytes.starts_with(PARQUET_MAGIC) {
            true => {
                let options = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
                let reader = guarded(|| ArrowReaderMetadata::load(&bytes, options))?;
                damaged::pages::check(&bytes, reader.metadata())
                    .map_err(|problem| Flaw::new(format!("does not read: {problem}")))?;
                let schema = Arc::clone(reader.schema());
                let metadata = parquet_metadata(&reader);
                (Kind::Parquet(reader), schema, metadata)
            }
            false => {
                let (schema, metadata) = guarded(|| with_footer(&bytes, describe))?;
                (Kind::Arrow, Arc::new(schema), metadata)
            }
        };
        if schema.fields().len() > COLUMNS_MAX {
            let problem =
                format!("has {} columns; at most {COLUMNS_MAX} are read", schema.fields().len());
            return Err(Flaw::new(problem));
        }
        let columns = schema.fields().iter().map(|field| field.name().clone()).collect();
        Ok(Self { bytes, kind, columns, metadata })
    }
}

impl Table for Columnar {
    fn columns(&self) -> &[String] {
        &self.columns
    }

    fn size(&self) -> u64 {
        self.bytes.len() as u64
    }

    fn for_each(&self, wanted: &[&str], row: &mut RowSink<'_>) -> Result<(), Flaw> {
        for name in wanted {
            match self.columns.iter().filter(|column| column == name).count() {
                1 => {}
                0 => return Err(Flaw::new("is missing").within_column(name)),
                _ => return Err(Flaw::new("is there twice").within_column(name)),
            }
        }
        let mut batches: Box<dyn Iterator<Item = Result<RecordBatch, Flaw>>> = match &self.kind {
            Kind::Arrow => Box::new(guarded(|| arrow_batches(&self.bytes))?),
            Kind::Parquet(reader) => Box::new(parquet_batches(&self.bytes, reader, wanted)?),
        };
        let mut rows = 0;
        batches.try_for_each(|batch| {
            let batch = batch?;
            each_row(&batch, wanted, rows, row)?;
            rows += batch.num_rows() as u64;
            Ok(())
        })
    }
}

fn each_row(
    batch: &RecordBatch,
    wanted: &[&str],
    rows_before: u64,
    row: &mut RowSink<'_>,
) -> Result<(), Flaw> {
    let column = |name: &&str| {
        let array = batch.column_by_name(name).ok_or("is missing from a batch".to_owned());
        array.and_then(array::reader).map_err(|problem| Flaw::new(problem).within_column(name))
    };
    let columns = wanted.iter().map(column).collect::<Result<Vec<_>, _>>()?;
    let mut cells = Vec::with_capacity(columns.len());
    for index in 0..batch.num_rows() {
        let place = Place::Row(rows_before + index as u64 + 1);
        cells.clear();
        for (read, name) in columns.iter().zip(wanted) {
            let cell =
                read(index).map_err(|problem| Flaw::at(place, problem).within_column(name))?;
            cells.push(cell);
        }
        row(place, 0, &cells)?;
    }
    Ok(())
}

/// Decodes the columns that are wanted.
fn parquet_batches(
    bytes: &Bytes,
    reader: &ArrowReaderMetadata,
    wanted: &[&str],
) -> Result<impl Iterator<Item = Result<RecordBatch, Flaw>> + use<>, Flaw> {
    let mut reader = Some(guarded(|| {
        let builder =
            ParquetRecordBatchReaderBuilder::new_with_metadata(bytes.clone(), reader.clone());
        let mask = ProjectionMask::columns(builder.parquet_schema(), wanted.iter().copied());
        builder.with_projection(mask).with_batch_size(BATCH_ROWS).build()
    })?);
    Ok(std::iter::from_fn(move || {
        // Taken out first: a reader that failed is not used again.
        let mut taken = reader.take()?;
        let batch = guarded(|| taken.next().transpose()).transpose()?;
        if batch.is_ok() {
            reader = Some(taken);
        }
        Some(batch)
    }))
}

fn parquet_metadata(reader: &ArrowReaderMetadata) -> BTreeMap<String, String> {
    let pairs = reader.metadata().file_metadata().key_value_metadata().into_iter().flatten();
    pairs.filter_map(|pair| Some((pair.key.clone(), pair.value.clone()?))).collect()
}

fn describe(footer: &Footer<'_>, schema: Schema) -> Result<ArrowDescription, String> {
    let start = schema.metadata.iter().map(|(key, value)| (key.to_string(), value.to_string()));
    let end = footer
        .custom_metadata()
        .into_iter()
        .flatten()
        .filter_map(|pair| Some((pair.key()?.to_owned(), pair.value()?.to_owned())));
    let metadata = start.chain(end).collect();
    Ok((schema, metadata))
}

type ArrowDescription = (Schema, BTreeMap<String, String>);

/// Decodes the dictionaries, then a block at a time.
fn arrow_batches(
    bytes: &Bytes,
) -> Result<impl Iterator<Item = Result<RecordBatch, Flaw>> + use<>, String> {
    let buffer = Buffer::from(bytes.clone());
    let (mut decoder, blocks) = with_footer(bytes, |footer, schema| {
        let mut decoder = FileDecoder::new(Arc::new(schema), footer.version());
        for block in footer.dictionaries().iter().flatten() {
            let read = decoder.read_dictionary(block, &slice(&buffer, block)?);
            read.map_err(|error| error.to_string())?;
        }
        let blocks: Vec<Block> = footer.recordBatches().iter().flatten().copied().collect();
        Ok((Some(decoder), blocks))
    })?;
    Ok(blocks.into_iter().map_while(move |block| {
        let taken = decoder.take()?;
        let batch = guarded(|| {
            let batch = taken.read_record_batch(&block, &slice(&buffer, &block)?);
            batch.map_err(|error| error.to_string())?.ok_or("a block of rows is empty".to_owned())
        });
        if batch.is_ok() {
            decoder = Some(taken);
        }
        Some(batch)
    }))
}

/// The bytes of a block.
fn slice(buffer: &Buffer, block: &Block) -> Result<Buffer, String> {
    let outside = || "a block of it lies outside the file".to_owned();
    let offset = usize::try_from(block.offset()).map_err(|_| outside())?;
    let metadata = usize::try_from(block.metaDataLength()).map_err(|_| outside())?;
    let body = usize::try_from(block.bodyLength()).map_err(|_| outside())?;
    let length = metadata.checked_add(body).ok_or_else(outside)?;
    match offset.checked_add(length) {
        Some(end) if end <= buffer.len() => {
            let block = buffer.slice_with_length(offset, length);
            check_buffers(&block, metadata)?;
            Ok(block)
        }
        _ => Err(outside()),
    }
}

/// Checks that the buffers of a block lie within it: the library slices them unseen.
fn check_buffers(block: &[u8], metadata: usize) -> Result<(), String> {
    /// What begins a message of today; those of old begin with their length alone.
    const CONTINUATION: &[u8] = &[0xff; 4];
    let damaged = || "a block of it has a damaged header".to_owned();
    let (head, body) = block.split_at_checked(metadata).ok_or_else(damaged)?;
    let prefix = if head.starts_with(CONTINUATION) { 8 } else { 4 };
    let message = root_as_message(head.get(prefix..).ok_or_else(damaged)?);
    let message: Message<'_> = message.map_err(|error| format!("{} ({error})", damaged()))?;
    let dictionary = message.header_as_dictionary_batch().and_then(|batch| batch.data());
    let batch = dictionary.or_else(|| message.header_as_record_batch()).ok_or_else(damaged)?;
    let within = |buffer: &arrow_ipc::Buffer| {
        let offset = usize::try_from(buffer.offset()).ok()?;
        let end = offset.checked_add(usize::try_from(buffer.length()).ok()?)?;
        (end <= body.len()).then_some(())
    };
    let mut buffers = batch.buffers().into_iter().flatten();
    match buffers.all(|buffer| within(buffer).is_some()) {
        true => Ok(()),
        false => Err("a buffer of it lies outside its block".to_owned()),
    }
}

/// Finds the footer of an Arrow file, and hands it over with the schema.
fn with_footer<T>(
    bytes: &[u8],
    call: impl FnOnce(&Footer<'_>, Schema) -> Result<T, String>,
) -> Result<T, String> {
    const TRAILER: usize = 10;
    let cut = || "is cut short: its footer is missing".to_owned();
    let trailer = bytes.len().checked_sub(TRAILER).ok_or_else(cut)?;
    let end = bytes[trailer..].try_into().map_err(|_| cut())?;
    let length = read_footer_length(end).map_err(|_| cut())?;
    let start = trailer.checked_sub(length).ok_or_else(cut)?;
    let footer = root_as_footer(&bytes[start..trailer])
        .map_err(|error| format!("has a damaged footer ({error})"))?;
    let schema = footer.schema().ok_or("has no schema")?;
    let schema = try_fb_to_schema(schema).map_err(|error| error.to_string())?;
    call(&footer, schema)
}

/// Runs a call of a library and turns its error, or its panic, into ours.
fn guarded<T, E: Display>(call: impl FnOnce() -> Result<T, E>) -> Result<T, Flaw> {
    match damaged::guarded(call) {
        Some(result) => result.map_err(|error| {
            let text = error.to_string();
            // How both libraries put it that a codec is not built in.
            let codec = text.contains("at compile time") || text.contains("feature");
            let hint = "; write it without compression, or Parquet with snappy";
            Flaw::new(format!("does not read: {text}{}", if codec { hint } else { "" }))
        }),
        None => Err(Flaw::new("does not read: its contents are damaged")),
    }
}

//! Parquet, by way of arrow.
//!
//! The library panics on some damaged files, and their layout is too rich to check beforehand as
//! that of Arrow files is. So its panics are caught here, the one place that calls it, and what it
//! was working on is thrown away.

use std::collections::BTreeMap;
use std::fmt::Display;

use arrow_array::cast::AsArray as _;
use arrow_array::types::{Int8Type, Int16Type, Int64Type};
use arrow_array::{Array as _, ArrowPrimitiveType, RecordBatch, StringArray};
use arrow_buffer::ScalarBuffer;
use arrow_schema::{DataType, Field, Fields};
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader,
    ParquetRecordBatchReaderBuilder,
};
use parquet::file::metadata::ParquetMetaData;
use parquet::file::reader::ChunkReader;

use super::fields;
use crate::error::Fault;
use crate::header::{self, Content, Header};
use crate::row::Batch;
use crate::schema::{self, FIELDS, column};
use crate::writer::BATCH_ROWS;

/// What a Parquet file begins and ends with.
pub(super) const MAGIC: &[u8] = b"PAR1";

/// An open Parquet file.
pub(super) struct ParquetTable {
    pub(super) header: Header,
    reader: Option<ParquetRecordBatchReader>,
    /// Positions by name.
    slos: BTreeMap<String, i16>,
    models: BTreeMap<String, i16>,
    rows: u64,
}

impl ParquetTable {
    /// Opens a file, and checks all but its rows.
    pub(super) fn open<F: ChunkReader + 'static>(file: F) -> Result<Self, Fault> {
        let plain = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
        let metadata = guarded(|| ArrowReaderMetadata::load(&file, plain))?;
        let pairs = pairs(metadata.metadata());
        // A foreign file is told by what it is rather than by its first odd column.
        header::check_format(&pairs)?;
        fields::check(metadata.schema().fields(), &plain_fields())?;
        let (slos, models) = header::names_of(&pairs)?;
        let header = Header::parse(&pairs, slos, models, Content::claimed(&pairs)?)?;
        // With our schema, text columns come back as dictionaries.
        let schema = schema::with_metadata(arrow_schema::Metadata::default());
        let options = ArrowReaderOptions::new().with_schema(schema);
        let footer = metadata.metadata().clone();
        damaged::pages::check(&file, &footer).map_err(Fault::damaged)?;
        let metadata = guarded(|| ArrowReaderMetadata::try_new(footer, options))?;
        let reader = guarded(|| {
            let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(file, metadata);
            builder.with_batch_size(BATCH_ROWS).build()
        })?;
        Ok(Self {
            slos: positions(header.slos.iter()),
            models: positions(header.models.iter().map(|model| &model.name)),
            header,
            reader: Some(reader),
            rows: 0,
        })
    }

    /// The next rows, which are still to be checked; `None` after the last.
    pub(super) fn next_batch(&mut self) -> Result<Option<Batch>, Fault> {
        // Taken out first: a reader that failed is not used again.
        let Some(mut reader) = self.reader.take() else { return Ok(None) };
        let table = guarded(|| reader.next().transpose())?;
        let Some(table) = table else { return Ok(None) };
        self.reader = Some(reader);
        let batch = self.columns(&table)?;
        self.rows += batch.len() as u64;
        Ok(Some(batch))
    }

    fn columns(&self, table: &RecordBatch) -> Result<Batch, Fault> {
        Ok(Batch {
            request_ids: numbers::<Int64Type>(table, column::REQUEST_ID)?,
            arrivals_ns: numbers::<Int64Type>(table, column::ARRIVAL_NS)?,
            tiers: numbers::<Int8Type>(table, column::TIER)?,
            slos: self.names(table, column::SLO, &self.slos)?,
            deadlines_ns: numbers::<Int64Type>(table, column::DEADLINE_NS)?,
            models: self.names(table, column::MODEL, &self.models)?,
            tensor_seeds: numbers::<Int64Type>(table, column::TENSOR_SEED)?,
        })
    }

    /// Turns positions in the list of this batch into positions in the list of the header.
    fn names(
        &self,
        table: &RecordBatch,
        name: &'static str,
        known: &BTreeMap<String, i16>,
    ) -> Result<ScalarBuffer<i16>, Fault> {
        let column =
            table.column_by_name(name).and_then(|column| column.as_dictionary_opt::<Int16Type>());
        let column = column.ok_or_else(|| mistyped(name))?;
        let texts: &StringArray = column.values().as_string_opt().ok_or_else(|| mistyped(name))?;
        let known: Vec<Option<i16>> = texts.iter().map(|text| known.get(text?).copied()).collect();
        let keys = column.keys();
        check_no_nulls(name, keys.null_count())?;
        let place = |(index, &key): (usize, &i16)| {
            let key = usize::try_from(key).ok().filter(|&key| key < known.len());
            key.and_then(|key| known[key]).ok_or_else(|| Fault::Row {
                row: self.rows + index as u64,
                column: name,
                problem: match key {
                    Some(key) => format!("`{}` is not in its metadata", texts.value(key)),
                    None => "points outside its dictionary".to_owned(),
                },
            })
        };
        let keys: &[i16] = keys.values();
        keys.iter().enumerate().map(place).collect::<Result<Vec<_>, _>>().map(Into::into)
    }
}

fn numbers<T: ArrowPrimitiveType>(
    table: &RecordBatch,
    name: &'static str,
) -> Result<ScalarBuffer<T::Native>, Fault> {
    let column = table.column_by_name(name).and_then(|column| column.as_primitive_opt::<T>());
    let column = column.ok_or_else(|| mistyped(name))?;
    check_no_nulls(name, column.null_count())?;
    Ok(column.values().clone())
}

fn check_no_nulls(name: &'static str, count: usize) -> Result<(), Fault> {
    match count {
        0 => Ok(()),
        _ => Err(Fault::column(name, "holds nulls; a trace has none")),
    }
}

fn mistyped(name: &'static str) -> Fault {
    Fault::column(name, "is not of its type in every batch")
}

/// The columns as Parquet knows them, where a dictionary is not a type.
fn plain_fields() -> Fields {
    let plain = |field: &Field| match field.data_type() {
        DataType::Dictionary(_, names) => field.clone().with_data_type((**names).clone()),
        _ => field.clone(),
    };
    FIELDS.iter().map(|field| plain(field)).collect()
}

fn positions<'a>(names: impl Iterator<Item = &'a String>) -> BTreeMap<String, i16> {
    names.zip(0_i16..).map(|(name, position)| (name.clone(), position)).collect()
}

/// Runs a call of the library and turns its error, or its panic, into ours.
fn guarded<T, E: Display>(call: impl FnOnce() -> Result<T, E>) -> Result<T, Fault> {
    match damaged::guarded(call) {
        Some(result) => result.map_err(|error| Fault::damaged(error.to_string())),
        None => Err(Fault::damaged("its contents are damaged")),
    }
}

fn pairs(metadata: &ParquetMetaData) -> BTreeMap<String, String> {
    let pairs = metadata.file_metadata().key_value_metadata().into_iter().flatten();
    pairs.filter_map(|pair| Some((pair.key.clone(), pair.value.clone()?))).collect()
}

//! Columns into a file, in each of the three formats.
//!
//! The same columns and metadata give the same bytes.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

use arrow_array::types::Int32Type;
use arrow_array::{ArrayRef, DictionaryArray, Float64Array, Int64Array, RecordBatch};
use arrow_ipc::writer::FileWriter;
use arrow_schema::{ArrowError, Field, Schema};
use outcome::Format;
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;

use crate::draft::Draft;

/// A column and its name.
pub(super) struct Column {
    pub(super) name: String,
    pub(super) values: Values,
}

pub(super) enum Values {
    Text(Vec<String>),
    Whole(Vec<Option<i64>>),
    Real(Vec<Option<f64>>),
}

/// Keys and their values.
pub(super) type Metadata = BTreeMap<String, String>;

/// Writes `columns`, of which there is at least one; `Err` says what the library found wrong.
pub(super) fn write(
    format: Format,
    file: &mut Draft,
    columns: &[Column],
    metadata: Metadata,
) -> Result<(), String> {
    match format {
        Format::Arrow => write_arrow(file, columns, metadata).map_err(|error| error.to_string()),
        Format::Parquet => {
            write_parquet(file, columns, metadata).map_err(|error| error.to_string())
        }
        Format::Csv => write_csv(file, columns).map_err(|error| error.to_string()),
    }
}

fn batch(columns: &[Column], metadata: Metadata) -> Result<RecordBatch, ArrowError> {
    let arrays: Vec<ArrayRef> = columns.iter().map(Column::array).collect();
    let fields = columns.iter().zip(&arrays).map(|(column, array)| {
        Field::new(&column.name, array.data_type().clone(), column.is_nullable())
    });
    let schema = Schema::new(fields.collect::<Vec<_>>()).with_metadata(metadata);
    RecordBatch::try_new(Arc::new(schema), arrays)
}

fn write_arrow(file: &mut Draft, columns: &[Column], metadata: Metadata) -> Result<(), ArrowError> {
    let batch = batch(columns, metadata)?;
    let mut writer = FileWriter::try_new(file, batch.schema_ref())?;
    writer.write(&batch)?;
    writer.finish()
}

fn write_parquet(
    file: &mut Draft,
    columns: &[Column],
    metadata: Metadata,
) -> Result<(), ParquetError> {
    let properties = WriterProperties::builder()
        .set_compression(Compression::SNAPPY)
        // The default is the library's version, and with it the bytes would change.
        .set_created_by("reprise".into())
        .build();
    // In the footer, and there once: not in the schema that Arrow's readers find in it as well.
    let batch = batch(columns, Metadata::new())?;
    let mut writer = ArrowWriter::try_new(file, batch.schema(), Some(properties))?;
    writer.write(&batch)?;
    for (key, value) in metadata {
        writer.append_key_value_metadata(KeyValue::new(key, value));
    }
    writer.finish().map(drop)
}

/// Without metadata: text has no place for it.
fn write_csv(file: &mut Draft, columns: &[Column]) -> io::Result<()> {
    let mut text = csv::Writer::from_writer(file);
    text.write_record(columns.iter().map(|column| &column.name))?;
    for row in 0..columns[0].len() {
        text.write_record(columns.iter().map(|column| column.text(row)))?;
    }
    text.flush()
}

impl Column {
    fn array(&self) -> ArrayRef {
        match &self.values {
            Values::Text(values) => {
                let names = values.iter().map(String::as_str);
                Arc::new(names.collect::<DictionaryArray<Int32Type>>())
            }
            Values::Whole(values) => Arc::new(Int64Array::from(values.clone())),
            Values::Real(values) => Arc::new(Float64Array::from(values.clone())),
        }
    }

    /// By its kind, not by its values: the same columns for every sweep.
    fn is_nullable(&self) -> bool {
        !matches!(self.values, Values::Text(_))
    }

    fn len(&self) -> usize {
        match &self.values {
            Values::Text(values) => values.len(),
            Values::Whole(values) => values.len(),
            Values::Real(values) => values.len(),
        }
    }

    /// The value in `row`; empty where there is none.
    fn text(&self, row: usize) -> String {
        let number = |value: Option<String>| value.unwrap_or_default();
        match &self.values {
            Values::Text(values) => values[row].clone(),
            Values::Whole(values) => number(values[row].map(|value| value.to_string())),
            Values::Real(values) => number(values[row].map(|value| value.to_string())),
        }
    }
}

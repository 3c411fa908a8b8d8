//! Parquet: the smallest of the formats.

use std::io::{self, Write};

use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, Encoding};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::schema::types::ColumnPath;

use super::columns::Columns;
use super::{BATCH_ROWS, Ending, Sink};
use crate::error::Fault;
use crate::header::{self, Header};
use crate::row::Batch;
use crate::schema::{self, column};

/// A row group is in memory until it is full.
const ROW_GROUP_ROWS: usize = 4 * BATCH_ROWS;

/// Columns of numbers that go up, or nearly: their differences are small.
const RISING: [&str; 3] = [column::REQUEST_ID, column::ARRIVAL_NS, column::DEADLINE_NS];

/// Writes a Parquet file, whose footer holds all metadata.
pub(super) struct ParquetSink<W: Write> {
    writer: ArrowWriter<W>,
    columns: Columns,
    start: Vec<(&'static str, String)>,
}

impl<W: Write + Send> ParquetSink<W> {
    pub(super) fn new(out: W, header: &Header) -> Result<Self, Fault> {
        // The footer has all metadata; the schema would only repeat it.
        let schema = schema::with_metadata(arrow_schema::Metadata::default());
        let columns = Columns::new(header, schema.clone());
        let writer = ArrowWriter::try_new(out, schema, Some(properties())).map_err(fault)?;
        Ok(Self { writer, columns, start: header::to_pairs(header) })
    }
}

impl<W: Write + Send> Sink<W> for ParquetSink<W> {
    fn write(&mut self, batch: Batch) -> Result<(), Fault> {
        let table = self.columns.table(batch).map_err(ParquetError::from).map_err(fault)?;
        self.writer.write(&table).map_err(fault)
    }

    fn flush(&mut self) -> Result<(), Fault> {
        self.writer.flush().map_err(fault)
    }

    fn finish(mut self, ending: &Ending) -> Result<W, Fault> {
        for (key, value) in self.start.drain(..).chain(ending.pairs()) {
            self.writer.append_key_value_metadata(KeyValue::new(key.to_owned(), value));
        }
        self.writer.into_inner().map_err(fault)
    }
}

fn properties() -> WriterProperties {
    let mut properties = WriterProperties::builder()
        .set_compression(Compression::SNAPPY)
        // The default is the library's version, and with it the bytes would change.
        .set_created_by("reprise".into())
        .set_max_row_group_row_count(Some(ROW_GROUP_ROWS));
    for name in RISING {
        let path = ColumnPath::from(name);
        properties = properties
            .set_column_dictionary_enabled(path.clone(), false)
            .set_column_encoding(path, Encoding::DELTA_BINARY_PACKED);
    }
    // Seeds are random, so no two are equal and none can be compressed.
    let seeds = ColumnPath::from(column::TENSOR_SEED);
    properties
        .set_column_dictionary_enabled(seeds.clone(), false)
        .set_column_compression(seeds, Compression::UNCOMPRESSED)
        .build()
}

/// Tells trouble with the disk from trouble with the table.
fn fault(error: ParquetError) -> Fault {
    let source = match error {
        ParquetError::External(source) => match source.downcast::<io::Error>() {
            Ok(source) => *source,
            Err(other) => io::Error::other(other),
        },
        other => io::Error::other(other),
    };
    Fault::Io { action: "write", source }
}

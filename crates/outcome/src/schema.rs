//! The columns, in order: the one place that the writers, the readers and the document share.

use std::sync::{Arc, LazyLock};

use arrow_array::{ArrayRef, StringArray};
use arrow_schema::{DataType, Field, Schema, SchemaRef};

use crate::format::Version;
use crate::{Code, RunInfo, Status};

/// Rows in one batch: what is in memory at a time while a table is written or read.
pub(crate) const BATCH_ROWS: usize = 64 * 1024;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Bool,
    I8,
    I32,
    I64,
    /// Text out of a short list, as 16-bit positions in it.
    Dictionary,
}

/// One column of the table.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Column {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    /// Whether a row may leave it empty.
    pub(crate) nullable: bool,
    /// The first format version that has it.
    pub(crate) since: Version,
}

const fn required(name: &'static str, kind: Kind) -> Column {
    Column { name, kind, nullable: false, since: Version::One }
}

const fn optional(name: &'static str, kind: Kind) -> Column {
    Column { name, kind, nullable: true, since: Version::One }
}

/// All columns in the order of the file.
pub(crate) const COLUMNS: [Column; 18] = [
    required("run", Kind::I32),
    required("request_id", Kind::I64),
    required("tier", Kind::I8),
    required("slo", Kind::Dictionary),
    required("model", Kind::Dictionary),
    required("arrival_ns", Kind::I64),
    required("deadline_ns", Kind::I64),
    optional("sent_ns", Kind::I64),
    optional("started_ns", Kind::I64),
    optional("done_ns", Kind::I64),
    required("status", Kind::Dictionary),
    optional("latency_ns", Kind::I64),
    required("slo_met", Kind::Bool),
    optional("worker", Kind::I32),
    optional("batch", Kind::I32),
    optional("code", Kind::Dictionary),
    Column { since: Version::Two, ..optional("first_byte_ns", Kind::I64) },
    Column { since: Version::Two, ..optional("held_ns", Kind::I64) },
];

/// The columns of a table of this version. Each version adds its own at the end.
pub(crate) fn columns(version: Version) -> &'static [Column] {
    let count = COLUMNS.iter().take_while(|column| column.since <= version).count();
    &COLUMNS[..count]
}

impl Kind {
    pub(crate) fn data_type(self) -> DataType {
        match self {
            Self::Bool => DataType::Boolean,
            Self::I8 => DataType::Int8,
            Self::I32 => DataType::Int32,
            Self::I64 => DataType::Int64,
            Self::Dictionary => {
                DataType::Dictionary(Box::new(DataType::Int16), Box::new(DataType::Utf8))
            }
        }
    }

    /// Bits of one value in an Arrow buffer; of a dictionary column, of one position.
    pub(crate) const fn bits(self) -> u64 {
        match self {
            Self::Bool => 1,
            Self::I8 => 8,
            Self::Dictionary => 16,
            Self::I32 => 32,
            Self::I64 => 64,
        }
    }
}

/// The Arrow schema of what is written, without metadata.
pub(crate) fn schema() -> SchemaRef {
    static SCHEMA: LazyLock<SchemaRef> = LazyLock::new(|| schema_of(Version::CURRENT));
    SCHEMA.clone()
}

/// The Arrow schema of a table of this version, without metadata.
pub(crate) fn schema_of(version: Version) -> SchemaRef {
    let field = |column: &Column| Field::new(column.name, column.kind.data_type(), column.nullable);
    Arc::new(Schema::new(columns(version).iter().map(field).collect::<Vec<_>>()))
}

/// The values of the dictionary columns. Every batch shares them, whatever its rows use, because
/// an Arrow file may hold only one dictionary for each column.
#[derive(Clone, Debug)]
pub(crate) struct Dictionaries {
    pub(crate) slo: ArrayRef,
    pub(crate) model: ArrayRef,
    pub(crate) status: ArrayRef,
    pub(crate) code: ArrayRef,
}

impl Dictionaries {
    pub(crate) fn new(info: &RunInfo) -> Self {
        Self {
            slo: strings(info.slos.iter().map(String::as_str)),
            model: strings(info.models.iter().map(String::as_str)),
            status: strings(Status::ALL.iter().map(|status| status.name())),
            code: strings(Code::ALL.iter().map(|code| code.name())),
        }
    }
}

fn strings<'a>(values: impl Iterator<Item = &'a str>) -> ArrayRef {
    Arc::new(StringArray::from_iter_values(values))
}

#[cfg(test)]
mod tests;

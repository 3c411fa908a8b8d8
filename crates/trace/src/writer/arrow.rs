//! The Arrow IPC file and the Arrow IPC stream.
//!
//! Both hold the same messages. The file ends with a footer, which has room for what is known
//! after the last row only; the stream just ends, so its readers count and hash for themselves.

use std::io::{self, Write};
use std::sync::Arc;

use arrow_ipc::writer::{FileWriter, StreamWriter};
use arrow_schema::ArrowError;

use super::columns::Columns;
use super::{Ending, Sink};
use crate::error::Fault;
use crate::header::{self, Header};
use crate::row::Batch;
use crate::schema;

/// Writes an Arrow IPC file.
pub(super) struct FileSink<W> {
    file: FileWriter<W>,
    columns: Columns,
}

impl<W: Write> FileSink<W> {
    pub(super) fn new(out: W, header: &Header) -> Result<Self, Fault> {
        let schema = schema::with_metadata(header::to_metadata(header));
        let file = FileWriter::try_new(out, &schema).map_err(fault)?;
        Ok(Self { file, columns: Columns::new(header, Arc::clone(&schema)) })
    }
}

impl<W: Write> Sink<W> for FileSink<W> {
    fn write(&mut self, batch: Batch) -> Result<(), Fault> {
        self.columns.table(batch).and_then(|table| self.file.write(&table)).map_err(fault)
    }

    fn flush(&mut self) -> Result<(), Fault> {
        self.file.flush().map_err(fault)
    }

    fn finish(mut self, ending: &Ending) -> Result<W, Fault> {
        for (key, value) in ending.pairs() {
            self.file.write_metadata(key, value);
        }
        self.file.into_inner().map_err(fault)
    }
}

/// Writes an Arrow IPC stream.
pub(super) struct StreamSink<W> {
    stream: StreamWriter<W>,
    columns: Columns,
}

impl<W: Write> StreamSink<W> {
    pub(super) fn new(out: W, header: &Header) -> Result<Self, Fault> {
        let schema = schema::with_metadata(header::to_metadata(header));
        let stream = StreamWriter::try_new(out, &schema).map_err(fault)?;
        Ok(Self { stream, columns: Columns::new(header, Arc::clone(&schema)) })
    }
}

impl<W: Write> Sink<W> for StreamSink<W> {
    fn write(&mut self, batch: Batch) -> Result<(), Fault> {
        self.columns.table(batch).and_then(|table| self.stream.write(&table)).map_err(fault)
    }

    fn flush(&mut self) -> Result<(), Fault> {
        self.stream.flush().map_err(fault)
    }

    fn finish(self, _: &Ending) -> Result<W, Fault> {
        self.stream.into_inner().map_err(fault)
    }
}

/// Tells trouble with the disk from trouble with the table.
fn fault(error: ArrowError) -> Fault {
    let source = match error {
        ArrowError::IoError(_, source) => source,
        other => io::Error::other(other),
    };
    Fault::Io { action: "write", source }
}

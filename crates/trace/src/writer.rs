//! Writes a trace, in any of its formats.
//!
//! One facade, [`TraceWriter`], cuts rows into batches, checks and hashes them; a sink for each
//! format turns batches into bytes. All of it streams, in memory bounded by a few batches.

mod arrow;
mod columns;
mod csv;
mod parquet;

use std::io::Write;

use request::Seed;

use crate::checks::RowChecks;
use crate::digest::TableDigest;
use crate::error::{Fault, TraceError};
use crate::format::Format;
use crate::header::Header;
use crate::ids::IdSet;
use crate::provenance::Step;
use crate::row::{Batch, BatchBuilder, TraceRow};
use crate::schema::{column, key};
use crate::workload::Workload;

/// Rows in a record batch of the file: 2.4 MB of columns.
pub(crate) const BATCH_ROWS: usize = 65_536;

/// What an error calls the file, since a writer does not know its path.
const NEW_TRACE: &str = "new trace";

/// Writes a trace, row after row, in memory bounded by one batch, or by one row group of Parquet.
///
/// The bytes depend on the format, the header and the rows alone, not on how the rows were cut
/// into pushes.
pub struct TraceWriter<W: Write + Send> {
    sink: Formatted<W>,
    header: Header,
    pending: BatchBuilder,
    checks: RowChecks,
    ids: IdSet,
    digest: TableDigest,
}

/// What was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written<W> {
    /// Where it was written to.
    pub out: W,
    /// Number of rows.
    pub rows: u64,
    /// Digest of the logical content; see [`Header::digest`](crate::Header).
    pub digest: String,
    /// For a CSV table, the text that must lie beside it, at
    /// [`sidecar_path`](crate::sidecar_path): without it the table cannot be read.
    pub sidecar: Option<String>,
}

impl<W: Write + Send> TraceWriter<W> {
    /// Starts an Arrow file. Its lists of models and SLO classes are those of the workload.
    ///
    /// `out` should be buffered.
    ///
    /// # Errors
    /// Where a name or a tensor's shape in the workload is not usable, or `out` fails.
    pub fn create(out: W, workload: &Workload, seed: Seed) -> Result<Self, TraceError> {
        Self::create_derived(out, workload, seed, &[])
    }

    /// Starts an Arrow file whose rows were not simply drawn from the workload: the steps say how
    /// they were made, oldest first.
    ///
    /// # Errors
    /// As [`TraceWriter::create`].
    pub fn create_derived(
        out: W,
        workload: &Workload,
        seed: Seed,
        provenance: &[Step],
    ) -> Result<Self, TraceError> {
        workload.validate_labels().map_err(|error| Fault::from(error).within(NEW_TRACE))?;
        Self::create_as(Format::Arrow, out, &Header::new(workload, seed, provenance))
    }

    /// Starts a trace in any format. Of the header, `rows`, `digest` and `tool` are left aside:
    /// the file gets its own.
    ///
    /// # Errors
    /// As [`TraceWriter::create`].
    pub fn create_as(format: Format, out: W, header: &Header) -> Result<Self, TraceError> {
        let start = || {
            header.check_names()?;
            let slos_len = header.slos.len();
            Ok(Self {
                sink: Formatted::new(format, out, header)?,
                header: header.clone(),
                pending: BatchBuilder::default(),
                checks: RowChecks::new(slos_len, header.models.len()),
                ids: IdSet::default(),
                digest: TableDigest::new(&header.slos, &header.models),
            })
        };
        start().map_err(|fault: Fault| fault.within(NEW_TRACE))
    }

    /// Appends rows, in order of (arrival, id).
    ///
    /// # Errors
    /// Where a row breaks a promise of the format, at the latest in [`TraceWriter::finish`], or
    /// where the file cannot be written.
    pub fn push(&mut self, rows: &[TraceRow]) -> Result<(), TraceError> {
        let mut rest = rows;
        while !rest.is_empty() {
            let room = BATCH_ROWS - self.pending.len();
            let (now, later) = rest.split_at(room.min(rest.len()));
            self.pending.extend(now);
            rest = later;
            if self.pending.len() == BATCH_ROWS {
                self.write_pending().map_err(|fault| fault.within(NEW_TRACE))?;
            }
        }
        Ok(())
    }

    /// Appends rows that are columns already. They need not have been checked.
    pub(crate) fn push_batch(&mut self, batch: &Batch) -> Result<(), TraceError> {
        let mut start = 0;
        while start < batch.len() {
            let room = BATCH_ROWS - self.pending.len();
            let end = batch.len().min(start + room);
            self.pending.extend_from(batch, start..end);
            start = end;
            if self.pending.len() == BATCH_ROWS {
                self.write_pending().map_err(|fault| fault.within(NEW_TRACE))?;
            }
        }
        Ok(())
    }

    /// Writes out what is pending as a batch of its own and flushes `out`, so that a stream that
    /// breaks off later still holds all rows up to here. The bytes then depend on when this is
    /// called; rows and digest do not.
    ///
    /// # Errors
    /// As [`TraceWriter::push`].
    pub fn flush(&mut self) -> Result<(), TraceError> {
        let pending = match self.pending.len() {
            0 => Ok(()),
            _ => self.write_pending(),
        };
        pending.and_then(|()| self.sink.flush()).map_err(|fault| fault.within(NEW_TRACE))
    }

    /// Rows pushed so far that have gone into a batch.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.checks.rows()
    }

    /// Ends the file, and says what is in it.
    ///
    /// # Errors
    /// Where a row breaks a promise of the format, or the file cannot be written.
    pub fn finish(self) -> Result<Written<W>, TraceError> {
        self.close().map_err(|fault| fault.within(NEW_TRACE))
    }

    fn close(mut self) -> Result<Written<W>, Fault> {
        // A table without rows still needs a batch, because the lists of names come with it.
        if self.pending.len() > 0 || self.checks.rows() == 0 {
            self.write_pending()?;
        }
        let ending = Ending { rows: self.checks.rows(), digest: self.digest.finish() };
        let sidecar = matches!(self.sink, Formatted::Csv(_));
        let sidecar = sidecar.then(|| csv::sidecar(&self.header, &ending));
        let out = self.sink.finish(&ending)?;
        Ok(Written { out, rows: ending.rows, digest: ending.digest, sidecar })
    }

    fn write_pending(&mut self) -> Result<(), Fault> {
        let first_row = self.checks.rows();
        let batch = std::mem::take(&mut self.pending).finish();
        self.checks.check(&batch)?;
        self.check_unique(&batch, first_row)?;
        self.digest.update(&batch);
        self.sink.write(batch)
    }

    fn check_unique(&mut self, batch: &Batch, first_row: u64) -> Result<(), Fault> {
        let Some(index) = self.ids.insert_all(batch.request_ids()) else { return Ok(()) };
        let id = batch.request_ids()[index];
        let problem = format!("{id} is used by an earlier row; ids must be unique");
        Err(Fault::Row { row: first_row + index as u64, column: column::REQUEST_ID, problem })
    }
}

/// What is known after the last row only.
struct Ending {
    rows: u64,
    digest: String,
}

impl Ending {
    fn pairs(&self) -> [(&'static str, String); 2] {
        [(key::ROWS, self.rows.to_string()), (key::DIGEST, self.digest.clone())]
    }
}

/// Where checked batches go: one for each format.
trait Sink<W> {
    /// Encodes a batch.
    fn write(&mut self, batch: Batch) -> Result<(), Fault>;

    /// Passes on what has been encoded.
    fn flush(&mut self) -> Result<(), Fault>;

    /// Writes what stands at the end.
    fn finish(self, ending: &Ending) -> Result<W, Fault>;
}

/// The sink of the format that was asked for.
enum Formatted<W: Write + Send> {
    Arrow(arrow::FileSink<W>),
    ArrowStream(arrow::StreamSink<W>),
    Parquet(Box<parquet::ParquetSink<W>>),
    Csv(csv::CsvSink<W>),
}

impl<W: Write + Send> Formatted<W> {
    fn new(format: Format, out: W, header: &Header) -> Result<Self, Fault> {
        Ok(match format {
            Format::Arrow => Self::Arrow(arrow::FileSink::new(out, header)?),
            Format::ArrowStream => Self::ArrowStream(arrow::StreamSink::new(out, header)?),
            Format::Parquet => Self::Parquet(Box::new(parquet::ParquetSink::new(out, header)?)),
            Format::Csv => Self::Csv(csv::CsvSink::new(out, header)?),
        })
    }
}

impl<W: Write + Send> Sink<W> for Formatted<W> {
    fn write(&mut self, batch: Batch) -> Result<(), Fault> {
        match self {
            Self::Arrow(sink) => sink.write(batch),
            Self::ArrowStream(sink) => sink.write(batch),
            Self::Parquet(sink) => sink.write(batch),
            Self::Csv(sink) => sink.write(batch),
        }
    }

    fn flush(&mut self) -> Result<(), Fault> {
        match self {
            Self::Arrow(sink) => sink.flush(),
            Self::ArrowStream(sink) => sink.flush(),
            Self::Parquet(sink) => sink.flush(),
            Self::Csv(sink) => sink.flush(),
        }
    }

    fn finish(self, ending: &Ending) -> Result<W, Fault> {
        match self {
            Self::Arrow(sink) => sink.finish(ending),
            Self::ArrowStream(sink) => sink.finish(ending),
            Self::Parquet(sink) => sink.finish(ending),
            Self::Csv(sink) => sink.finish(ending),
        }
    }
}

//! Writes a trace file.

use std::io::{self, Write};
use std::sync::Arc;

use arrow_array::types::Int16Type;
use arrow_array::{ArrayRef, DictionaryArray, PrimitiveArray, RecordBatch, StringArray};
use arrow_buffer::ScalarBuffer;
use arrow_ipc::writer::FileWriter;
use arrow_schema::{ArrowError, SchemaRef};
use request::Seed;

use crate::checks::RowChecks;
use crate::digest::TableDigest;
use crate::error::{Fault, TraceError};
use crate::header;
use crate::ids::IdSet;
use crate::provenance::Step;
use crate::row::{Batch, BatchBuilder, TraceRow};
use crate::schema::{self, column, key};
use crate::workload::Workload;

/// Rows in a record batch of the file: 2.4 MB of columns.
const BATCH_ROWS: usize = 65_536;

/// What an error calls the file, since a writer does not know its path.
const NEW_TRACE: &str = "new trace";

/// Writes a trace file, row after row, in memory bounded by one batch.
///
/// The bytes depend on the workload, the seed and the rows alone, not on how the rows were cut
/// into pushes.
pub struct TraceWriter<W: Write> {
    file: FileWriter<W>,
    schema: SchemaRef,
    slos: Arc<StringArray>,
    models: Arc<StringArray>,
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
}

impl<W: Write> TraceWriter<W> {
    /// Starts a file. Its lists of models and SLO classes are those of the workload.
    ///
    /// `out` should be buffered.
    ///
    /// # Errors
    /// Where a name or a tensor's shape in the workload is not usable, or `out` fails.
    pub fn create(out: W, workload: &Workload, seed: Seed) -> Result<Self, TraceError> {
        Self::create_derived(out, workload, seed, &[])
    }

    /// Starts a file whose rows were not simply drawn from the workload: the steps say how they
    /// were made, oldest first.
    ///
    /// # Errors
    /// As [`TraceWriter::create`].
    pub fn create_derived(
        out: W,
        workload: &Workload,
        seed: Seed,
        provenance: &[Step],
    ) -> Result<Self, TraceError> {
        let start = || {
            workload.validate_labels()?;
            let schema = schema::with_metadata(header::to_metadata(workload, seed, provenance));
            let slos: Vec<String> = workload.slos.iter().map(|slo| slo.name.clone()).collect();
            let models = workload.models.iter().map(|model| &model.name);
            Ok(Self {
                file: FileWriter::try_new(out, &schema).map_err(arrow_fault)?,
                schema,
                models: Arc::new(StringArray::from_iter_values(models)),
                pending: BatchBuilder::default(),
                checks: RowChecks::new(slos.len(), workload.models.len()),
                ids: IdSet::default(),
                digest: TableDigest::new(&slos, &workload.models),
                slos: Arc::new(StringArray::from(slos)),
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
                self.flush_batch().map_err(|fault| fault.within(NEW_TRACE))?;
            }
        }
        Ok(())
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
            self.flush_batch()?;
        }
        let rows = self.checks.rows();
        let digest = self.digest.finish();
        self.file.write_metadata(key::ROWS, rows.to_string());
        self.file.write_metadata(key::DIGEST, digest.as_str());
        let out = self.file.into_inner().map_err(arrow_fault)?;
        Ok(Written { out, rows, digest })
    }

    fn flush_batch(&mut self) -> Result<(), Fault> {
        let first_row = self.checks.rows();
        let batch = std::mem::take(&mut self.pending).finish();
        self.checks.check(&batch)?;
        self.check_unique(&batch, first_row)?;
        self.digest.update(&batch);
        let batch = self.record_batch(batch).map_err(arrow_fault)?;
        self.file.write(&batch).map_err(arrow_fault)
    }

    fn check_unique(&mut self, batch: &Batch, first_row: u64) -> Result<(), Fault> {
        for (row, &id) in (first_row..).zip(batch.request_ids()) {
            if !self.ids.insert(id) {
                let problem = format!("{id} is used by an earlier row; ids must be unique");
                return Err(Fault::Row { row, column: column::REQUEST_ID, problem });
            }
        }
        Ok(())
    }

    fn record_batch(&self, batch: Batch) -> Result<RecordBatch, ArrowError> {
        let names = |positions: ScalarBuffer<i16>, list: &Arc<StringArray>| {
            // One array of values for all batches: a file cannot replace a dictionary.
            let list: ArrayRef = Arc::clone(list) as ArrayRef;
            let positions = PrimitiveArray::new(positions, None);
            DictionaryArray::<Int16Type>::try_new(positions, list).map(Arc::new)
        };
        let numbers = |values: ScalarBuffer<i64>| {
            Arc::new(PrimitiveArray::<arrow_array::types::Int64Type>::new(values, None))
        };
        let tiers = PrimitiveArray::<arrow_array::types::Int8Type>::new(batch.tiers, None);
        let columns: Vec<ArrayRef> = vec![
            numbers(batch.request_ids),
            numbers(batch.arrivals_ns),
            Arc::new(tiers),
            names(batch.slos, &self.slos)?,
            numbers(batch.deadlines_ns),
            names(batch.models, &self.models)?,
            numbers(batch.tensor_seeds),
        ];
        RecordBatch::try_new(Arc::clone(&self.schema), columns)
    }
}

/// Tells trouble with the disk from trouble with the table.
fn arrow_fault(error: ArrowError) -> Fault {
    let source = match error {
        ArrowError::IoError(_, source) => source,
        other => io::Error::other(other),
    };
    Fault::Io { action: "write", source }
}

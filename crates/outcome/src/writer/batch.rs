//! Rows to columns: one Arrow batch out of many rows, of which a few at a time are turned.
//!
//! A row is much longer than a cache line. Were a whole batch turned column by column, each column
//! would fetch all of its rows from memory again.

use std::sync::Arc;

use arrow_array::types::{Int8Type, Int16Type, Int32Type, Int64Type};
use arrow_array::{
    ArrayRef, ArrowPrimitiveType, BooleanArray, DictionaryArray, PrimitiveArray, RecordBatch,
};
use arrow_buffer::{ArrowNativeType, BooleanBuffer, NullBuffer, ScalarBuffer};
use arrow_schema::ArrowError;
use request::Moment;

use crate::schema::{Dictionaries, schema};
use crate::{Code, Outcome};

/// Rows that are turned at once: as many as a word of a bitmap has bits, and few enough to stay
/// in the nearest cache.
pub(crate) const CHUNK_ROWS: usize = u64::BITS as usize;

/// The rows as a batch of the table's schema.
pub(crate) fn encode(
    rows: &[Outcome],
    dictionaries: &Dictionaries,
) -> Result<RecordBatch, ArrowError> {
    let mut columns = Columns::default();
    rows.chunks(CHUNK_ROWS).for_each(|chunk| columns.extend(chunk));
    columns.finish(dictionaries)
}

/// The columns of a batch in the making.
#[derive(Default)]
pub(crate) struct Columns {
    rows: usize,
    run: Numbers<Int32Type>,
    request_id: Numbers<Int64Type>,
    tier: Numbers<Int8Type>,
    slo: Numbers<Int16Type>,
    model: Numbers<Int16Type>,
    arrival: Numbers<Int64Type>,
    deadline: Numbers<Int64Type>,
    sent: Numbers<Int64Type>,
    started: Numbers<Int64Type>,
    done: Numbers<Int64Type>,
    status: Numbers<Int16Type>,
    latency: Numbers<Int64Type>,
    slo_met: Bits,
    worker: Numbers<Int32Type>,
    batch: Numbers<Int32Type>,
    code: Numbers<Int16Type>,
    first_byte: Numbers<Int64Type>,
    held: Numbers<Int64Type>,
}

impl Columns {
    /// Number of rows so far.
    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    /// Adds a chunk of [`CHUNK_ROWS`] rows, or of fewer if it is the batch's last.
    pub(crate) fn extend(&mut self, chunk: &[Outcome]) {
        debug_assert!(chunk.len() <= CHUNK_ROWS && self.rows.is_multiple_of(CHUNK_ROWS));
        self.rows += chunk.len();
        self.run.extend(chunk, |row| row.run);
        self.request_id.extend(chunk, |row| row.request_id.0);
        self.tier.extend(chunk, |row| row.tier.number().cast_signed());
        self.slo.extend(chunk, |row| row.slo.cast_signed());
        self.model.extend(chunk, |row| row.model.cast_signed());
        self.arrival.extend(chunk, |row| row.arrival.as_nanos());
        self.deadline.extend(chunk, |row| row.deadline.as_nanos());
        self.sent.extend_known(chunk, |row| row.sent.map(Moment::as_nanos));
        self.started.extend_known(chunk, |row| row.started.map(Moment::as_nanos));
        self.done.extend_known(chunk, |row| row.done.map(Moment::as_nanos));
        self.status.extend(chunk, |row| row.status.index() as i16);
        self.latency.extend_known(chunk, Outcome::latency_ns);
        self.slo_met.extend(chunk, Outcome::slo_met);
        self.worker.extend_known(chunk, |row| row.worker.map(u32::cast_signed));
        self.batch.extend_known(chunk, |row| row.batch.map(u32::cast_signed));
        self.code.extend_known(chunk, |row| row.code.map(|code: Code| code.index() as i16));
        self.first_byte.extend_known(chunk, |row| row.first_byte.map(Moment::as_nanos));
        self.held.extend_known(chunk, |row| row.held_ns);
    }

    /// The batch, after which the next begins.
    pub(crate) fn finish(
        &mut self,
        dictionaries: &Dictionaries,
    ) -> Result<RecordBatch, ArrowError> {
        let rows = std::mem::take(&mut self.rows);
        let columns: Vec<ArrayRef> = vec![
            Arc::new(self.run.finish()),
            Arc::new(self.request_id.finish()),
            Arc::new(self.tier.finish()),
            names(self.slo.finish(), &dictionaries.slo)?,
            names(self.model.finish(), &dictionaries.model)?,
            Arc::new(self.arrival.finish()),
            Arc::new(self.deadline.finish()),
            Arc::new(self.sent.finish()),
            Arc::new(self.started.finish()),
            Arc::new(self.done.finish()),
            names(self.status.finish(), &dictionaries.status)?,
            Arc::new(self.latency.finish()),
            Arc::new(BooleanArray::new(self.slo_met.finish(rows), None)),
            Arc::new(self.worker.finish()),
            Arc::new(self.batch.finish()),
            names(self.code.finish(), &dictionaries.code)?,
            Arc::new(self.first_byte.finish()),
            Arc::new(self.held.finish()),
        ];
        RecordBatch::try_new(schema(), columns)
    }
}

fn names(keys: PrimitiveArray<Int16Type>, values: &ArrayRef) -> Result<ArrayRef, ArrowError> {
    Ok(Arc::new(DictionaryArray::try_new(keys, values.clone())?))
}

/// A column of integers.
struct Numbers<T: ArrowPrimitiveType> {
    values: Vec<T::Native>,
    /// Which of them exist; without any bit where the column is never empty.
    known: Bits,
}

impl<T: ArrowPrimitiveType> Default for Numbers<T> {
    fn default() -> Self {
        Self { values: Vec::new(), known: Bits::default() }
    }
}

impl<T: ArrowPrimitiveType> Numbers<T> {
    /// Adds what every row has.
    fn extend(&mut self, chunk: &[Outcome], value: impl Fn(&Outcome) -> T::Native) {
        self.values.extend(chunk.iter().map(value));
    }

    /// Adds what some rows have; 0 stands in the place of what does not exist.
    fn extend_known(&mut self, chunk: &[Outcome], value: impl Fn(&Outcome) -> Option<T::Native>) {
        self.values.extend(chunk.iter().map(|row| value(row).unwrap_or_default()));
        self.known.extend(chunk, |row| value(row).is_some());
    }

    fn finish(&mut self) -> PrimitiveArray<T> {
        let values = take(&mut self.values);
        let known = (!self.known.words.is_empty()).then(|| self.known.finish(values.len()));
        let known = known.map(NullBuffer::new).filter(|known| known.null_count() > 0);
        PrimitiveArray::new(ScalarBuffer::from(values), known)
    }
}

/// A column of bits, one word for each chunk of rows.
#[derive(Default)]
struct Bits {
    words: Vec<u64>,
}

impl Bits {
    fn extend(&mut self, chunk: &[Outcome], bit: impl Fn(&Outcome) -> bool) {
        let bits = chunk.iter().enumerate().map(|(index, row)| u64::from(bit(row)) << index);
        // Arrow counts bits from the least of the first byte.
        self.words.push(bits.fold(0, |word, bit| word | bit).to_le());
    }

    fn finish(&mut self, bits: usize) -> BooleanBuffer {
        BooleanBuffer::new(ScalarBuffer::from(take(&mut self.words)).into_inner(), 0, bits)
    }
}

/// What was gathered, leaving room for as much again.
fn take<T: ArrowNativeType>(values: &mut Vec<T>) -> Vec<T> {
    let room = Vec::with_capacity(values.len());
    std::mem::replace(values, room)
}

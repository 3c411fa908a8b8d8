//! A batch as the columns of an Arrow table, without copying a number.

use std::sync::Arc;

use arrow_array::types::{Int8Type, Int16Type, Int64Type};
use arrow_array::{ArrayRef, DictionaryArray, PrimitiveArray, RecordBatch, StringArray};
use arrow_buffer::ScalarBuffer;
use arrow_schema::{ArrowError, SchemaRef};

use crate::header::Header;
use crate::row::Batch;
use crate::schema;

/// The schema of a trace, and the lists of names that all of its batches share.
#[derive(Debug)]
pub(super) struct Columns {
    schema: SchemaRef,
    slos: ArrayRef,
    models: ArrayRef,
}

impl Columns {
    pub(super) fn new(header: &Header, schema: SchemaRef) -> Self {
        let slos = header.slos.iter().map(String::as_str);
        let models = header.models.iter().map(|model| model.name.as_str());
        Self {
            schema,
            slos: Arc::new(StringArray::from_iter_values(slos)),
            models: Arc::new(StringArray::from_iter_values(models)),
        }
    }

    /// The batch under this schema. Its positions have been checked.
    pub(super) fn table(&self, batch: Batch) -> Result<RecordBatch, ArrowError> {
        let tiers = PrimitiveArray::<Int8Type>::new(batch.tiers, None);
        let columns: Vec<ArrayRef> = vec![
            numbers(batch.request_ids),
            numbers(batch.arrivals_ns),
            Arc::new(tiers),
            names(batch.slos, &self.slos)?,
            numbers(batch.deadlines_ns),
            names(batch.models, &self.models)?,
            numbers(batch.tensor_seeds),
        ];
        debug_assert_eq!(columns.len(), schema::column::ALL.len());
        RecordBatch::try_new(Arc::clone(&self.schema), columns)
    }
}

fn numbers(values: ScalarBuffer<i64>) -> ArrayRef {
    Arc::new(PrimitiveArray::<Int64Type>::new(values, None))
}

/// One array of values for all batches: a file cannot replace a dictionary.
fn names(positions: ScalarBuffer<i16>, list: &ArrayRef) -> Result<ArrayRef, ArrowError> {
    let positions = PrimitiveArray::new(positions, None);
    Ok(Arc::new(DictionaryArray::<Int16Type>::try_new(positions, Arc::clone(list))?))
}

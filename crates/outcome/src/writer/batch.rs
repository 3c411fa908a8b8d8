//! Rows to columns: one Arrow batch out of a slice of rows.

use std::sync::Arc;

use arrow_array::types::Int16Type;
use arrow_array::{
    ArrayRef, BooleanArray, DictionaryArray, Int8Array, Int16Array, Int32Array, Int64Array,
    RecordBatch,
};
use arrow_schema::ArrowError;
use request::Moment;

use crate::Outcome;
use crate::schema::{Dictionaries, schema};

/// The rows as a batch of the table's schema.
pub(crate) fn encode(
    rows: &[Outcome],
    dictionaries: &Dictionaries,
) -> Result<RecordBatch, ArrowError> {
    let columns: Vec<ArrayRef> = vec![
        Arc::new(rows.iter().map(|row| Some(row.run)).collect::<Int32Array>()),
        integers(rows, |row| Some(row.request_id.0)),
        Arc::new(rows.iter().map(|row| Some(small(row.tier.number()))).collect::<Int8Array>()),
        names(rows, &dictionaries.slo, |row| Some(usize::from(row.slo)))?,
        names(rows, &dictionaries.model, |row| Some(usize::from(row.model)))?,
        integers(rows, |row| Some(row.arrival.as_nanos())),
        integers(rows, |row| Some(row.deadline.as_nanos())),
        integers(rows, |row| row.sent.map(Moment::as_nanos)),
        integers(rows, |row| row.started.map(Moment::as_nanos)),
        integers(rows, |row| row.done.map(Moment::as_nanos)),
        names(rows, &dictionaries.status, |row| Some(row.status.index()))?,
        integers(rows, Outcome::latency_ns),
        Arc::new(rows.iter().map(|row| Some(row.slo_met())).collect::<BooleanArray>()),
        counts(rows, |row| row.worker),
        counts(rows, |row| row.batch),
        names(rows, &dictionaries.code, |row| row.code.map(crate::Code::index))?,
        integers(rows, |row| row.first_byte.map(Moment::as_nanos)),
        integers(rows, |row| row.held_ns),
    ];
    RecordBatch::try_new(schema(), columns)
}

fn integers(rows: &[Outcome], value: impl Fn(&Outcome) -> Option<i64>) -> ArrayRef {
    Arc::new(rows.iter().map(value).collect::<Int64Array>())
}

/// A worker or a batch size; [`Outcome::flaw`] has made sure that it fits.
fn counts(rows: &[Outcome], value: impl Fn(&Outcome) -> Option<u32>) -> ArrayRef {
    let fitting = |row| value(row).and_then(|value| i32::try_from(value).ok());
    Arc::new(rows.iter().map(fitting).collect::<Int32Array>())
}

fn names(
    rows: &[Outcome],
    values: &ArrayRef,
    index: impl Fn(&Outcome) -> Option<usize>,
) -> Result<ArrayRef, ArrowError> {
    let key = |row| index(row).and_then(|index| i16::try_from(index).ok());
    let keys = rows.iter().map(key).collect::<Int16Array>();
    Ok(Arc::new(DictionaryArray::<Int16Type>::try_new(keys, values.clone())?))
}

fn small(number: u8) -> i8 {
    i8::try_from(number).expect("a tier is 1, 2 or 3")
}

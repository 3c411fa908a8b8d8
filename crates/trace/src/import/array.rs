//! Columns of an Arrow table as cells.

use std::borrow::Cow;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    ArrowPrimitiveType, Date32Type, Date64Type, Float32Type, Float64Type, Int8Type, Int16Type,
    Int32Type, Int64Type, TimestampMicrosecondType, TimestampMillisecondType,
    TimestampNanosecondType, TimestampSecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{Array, ArrayRef};
use arrow_schema::{DataType, TimeUnit};

use super::cell::Cell;

/// Reads the cell at a position.
pub(crate) type CellReader<'a> = Box<dyn Fn(usize) -> Result<Cell<'a>, String> + 'a>;

/// How the cells of a column are read.
pub(crate) fn reader(array: &ArrayRef) -> Result<CellReader<'_>, String> {
    let read: CellReader<'_> = match array.data_type() {
        DataType::Int8 => integers::<Int8Type>(array),
        DataType::Int16 => integers::<Int16Type>(array),
        DataType::Int32 => integers::<Int32Type>(array),
        DataType::Int64 => integers::<Int64Type>(array),
        DataType::UInt8 => integers::<UInt8Type>(array),
        DataType::UInt16 => integers::<UInt16Type>(array),
        DataType::UInt32 => integers::<UInt32Type>(array),
        DataType::UInt64 => integers::<UInt64Type>(array),
        // The shortest text that stands for the float, which is what its writer meant.
        DataType::Float32 => numbers::<Float32Type>(array),
        DataType::Float64 => numbers::<Float64Type>(array),
        DataType::Timestamp(TimeUnit::Second, _) => instants::<TimestampSecondType>(array, 9),
        DataType::Timestamp(TimeUnit::Millisecond, _) => {
            instants::<TimestampMillisecondType>(array, 6)
        }
        DataType::Timestamp(TimeUnit::Microsecond, _) => {
            instants::<TimestampMicrosecondType>(array, 3)
        }
        DataType::Timestamp(TimeUnit::Nanosecond, _) => {
            instants::<TimestampNanosecondType>(array, 0)
        }
        DataType::Date64 => instants::<Date64Type>(array, 6),
        DataType::Date32 => {
            let days = array.as_primitive::<Date32Type>();
            Box::new(|index| Ok(Cell::Instant(i64::from(days.value(index)) * 86_400_000_000_000)))
        }
        DataType::Boolean => {
            let values = array.as_boolean();
            Box::new(|index| Ok(text(if values.value(index) { "true" } else { "false" })))
        }
        DataType::Utf8 => {
            let values = array.as_string::<i32>();
            Box::new(|index| Ok(text(values.value(index))))
        }
        DataType::LargeUtf8 => {
            let values = array.as_string::<i64>();
            Box::new(|index| Ok(text(values.value(index))))
        }
        DataType::Utf8View => {
            let values = array.as_string_view();
            Box::new(|index| Ok(text(values.value(index))))
        }
        DataType::Dictionary(_, _) => dictionary(array)?,
        DataType::Null => Box::new(|_| Ok(Cell::Empty)),
        other => return Err(format!("has type {other}; a number, a time or a text is needed")),
    };
    Ok(match array.null_count() {
        0 => read,
        _ => {
            Box::new(move |index| if array.is_null(index) { Ok(Cell::Empty) } else { read(index) })
        }
    })
}

fn text(text: &str) -> Cell<'_> {
    Cell::Text(Cow::from(text))
}

fn integers<T: ArrowPrimitiveType<Native: TryInto<i64>>>(array: &ArrayRef) -> CellReader<'_> {
    let values = array.as_primitive::<T>();
    Box::new(|index| {
        let number = values.value(index).try_into();
        number.map(Cell::Integer).map_err(|_| "does not fit a signed 64-bit integer".to_owned())
    })
}

fn numbers<T: ArrowPrimitiveType<Native: ToString>>(array: &ArrayRef) -> CellReader<'_> {
    let values = array.as_primitive::<T>();
    Box::new(|index| Ok(Cell::Text(Cow::from(values.value(index).to_string()))))
}

/// Points in time in units of `10^places` ns.
fn instants<T: ArrowPrimitiveType<Native = i64>>(array: &ArrayRef, places: u32) -> CellReader<'_> {
    let values = array.as_primitive::<T>();
    Box::new(move |index| {
        let nanos = values.value(index).checked_mul(10_i64.pow(places));
        nanos.map(Cell::Instant).ok_or_else(|| "does not fit 64 bits of ns".to_owned())
    })
}

fn dictionary(array: &ArrayRef) -> Result<CellReader<'_>, String> {
    let dictionary = array.as_any_dictionary();
    let read = reader(dictionary.values())?;
    let keys = dictionary.keys();
    let key = integer_key(keys)?;
    let count = dictionary.values().len();
    Ok(Box::new(move |index| match key(index) {
        Some(key) if key < count => read(key),
        _ => Err("refers to no entry of its dictionary".to_owned()),
    }))
}

type KeyReader<'a> = Box<dyn Fn(usize) -> Option<usize> + 'a>;

fn integer_key(keys: &dyn Array) -> Result<KeyReader<'_>, String> {
    fn of<T: ArrowPrimitiveType<Native: TryInto<usize>>>(keys: &dyn Array) -> KeyReader<'_> {
        let keys = keys.as_primitive::<T>();
        Box::new(|index| keys.value(index).try_into().ok())
    }
    Ok(match keys.data_type() {
        DataType::Int8 => of::<Int8Type>(keys),
        DataType::Int16 => of::<Int16Type>(keys),
        DataType::Int32 => of::<Int32Type>(keys),
        DataType::Int64 => of::<Int64Type>(keys),
        DataType::UInt8 => of::<UInt8Type>(keys),
        DataType::UInt16 => of::<UInt16Type>(keys),
        DataType::UInt32 => of::<UInt32Type>(keys),
        DataType::UInt64 => of::<UInt64Type>(keys),
        other => return Err(format!("has a dictionary with keys of type {other}")),
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_array::{
        DictionaryArray, Float64Array, Int64Array, StringArray, TimestampMillisecondArray,
        UInt64Array,
    };

    use super::*;

    fn cells(array: impl Array + 'static) -> Vec<String> {
        let array: ArrayRef = Arc::new(array);
        let read = reader(&array).unwrap();
        let text = |cell: Result<Cell<'_>, String>| cell.map_or_else(|e| e, |c| format!("{c:?}"));
        (0..array.len()).map(|index| text(read(index))).collect()
    }

    #[test]
    fn columns_of_every_kind_are_read() {
        assert_eq!(cells(Int64Array::from(vec![Some(-5), None])), ["Integer(-5)", "Empty"]);
        assert_eq!(
            cells(UInt64Array::from(vec![7, u64::MAX])),
            ["Integer(7)", "does not fit a signed 64-bit integer"]
        );
        assert_eq!(
            cells(Float64Array::from(vec![0.1, f64::NAN, 1e-7])),
            ["Text(\"0.1\")", "Text(\"NaN\")", "Text(\"0.0000001\")"]
        );
        assert_eq!(cells(StringArray::from(vec!["x"])), ["Text(\"x\")"]);
        assert_eq!(
            cells(TimestampMillisecondArray::from(vec![1, i64::MAX])),
            ["Instant(1000000)", "does not fit 64 bits of ns"]
        );
        let named: DictionaryArray<Int8Type> =
            vec![Some("a"), None, Some("b")].into_iter().collect();
        assert_eq!(cells(named), ["Text(\"a\")", "Empty", "Text(\"b\")"]);
    }
}

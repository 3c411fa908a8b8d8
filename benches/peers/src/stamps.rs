//! The table of what arrived: an Arrow file with a row for each request, in order of completion.
//!
//! | column | |
//! |---|---|
//! | `connection` | which connection, from 0 |
//! | `stream` | its number on the connection |
//! | `deadline_ns` | the deadline in its body, as sent; null where there is none |
//! | `first_ns`, `last_ns` | when its first frame and its last byte were read, `CLOCK_MONOTONIC` |
//! | `first_unix_ns` | `first_ns` by the Unix clock |
//! | `body_bytes` | length of its body |
//!
//! Requests that one `read` brought share a stamp, which is taken when the read has returned.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, bail};
use arrow_array::types::{Int32Type, Int64Type};
use arrow_array::{Array, ArrayRef, Int32Array, Int64Array, PrimitiveArray, RecordBatch};
use arrow_ipc::reader::FileReader;
use arrow_ipc::writer::FileWriter;

/// One request that arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// Which connection, from 0.
    pub connection: i32,
    /// Its stream.
    pub stream: i32,
    /// The deadline in its body, as sent.
    pub deadline_ns: Option<i64>,
    /// When its first frame was read, `CLOCK_MONOTONIC`.
    pub first_ns: i64,
    /// When its last byte was read, `CLOCK_MONOTONIC`.
    pub last_ns: i64,
    /// When its first frame was read, Unix time.
    pub first_unix_ns: i64,
    /// Length of its body.
    pub body_bytes: i64,
}

const BATCH_ROWS: usize = 1 << 16;

/// Writes the table.
///
/// # Errors
/// Where the file cannot be written.
pub fn write(path: &Path, rows: &[Row]) -> anyhow::Result<()> {
    let place = || format!("cannot write {}", path.display());
    // The first batch tells the schema; a table without rows has an empty one.
    let first = batch(&rows[..rows.len().min(BATCH_ROWS)])?;
    let file = File::create(path).with_context(place)?;
    let mut writer = FileWriter::try_new_buffered(file, &first.schema()).with_context(place)?;
    writer.write(&first).with_context(place)?;
    for chunk in rows.chunks(BATCH_ROWS).skip(1) {
        writer.write(&batch(chunk)?).with_context(place)?;
    }
    writer.finish().with_context(place)
}

fn batch(rows: &[Row]) -> anyhow::Result<RecordBatch> {
    let i32s = |value: fn(&Row) -> i32| -> ArrayRef {
        Arc::new(Int32Array::from_iter_values(rows.iter().map(value)))
    };
    let i64s = |value: fn(&Row) -> i64| -> ArrayRef {
        Arc::new(Int64Array::from_iter_values(rows.iter().map(value)))
    };
    let deadlines: Int64Array = rows.iter().map(|row| row.deadline_ns).collect();
    Ok(RecordBatch::try_from_iter_with_nullable([
        ("connection", i32s(|row| row.connection), false),
        ("stream", i32s(|row| row.stream), false),
        ("deadline_ns", Arc::new(deadlines) as ArrayRef, true),
        ("first_ns", i64s(|row| row.first_ns), false),
        ("last_ns", i64s(|row| row.last_ns), false),
        ("first_unix_ns", i64s(|row| row.first_unix_ns), false),
        ("body_bytes", i64s(|row| row.body_bytes), false),
    ])?)
}

/// Reads the table.
///
/// # Errors
/// Where it is none, naming the file.
pub fn read(path: &Path) -> anyhow::Result<Vec<Row>> {
    let place = || format!("cannot read {}", path.display());
    let file = File::open(path).with_context(place)?;
    let reader = FileReader::try_new_buffered(file, None).with_context(place)?;
    let mut rows = Vec::new();
    for batch in reader {
        read_batch(&batch.with_context(place)?, &mut rows).with_context(place)?;
    }
    Ok(rows)
}

fn read_batch(batch: &RecordBatch, rows: &mut Vec<Row>) -> anyhow::Result<()> {
    let connections = column::<Int32Type>(batch, "connection")?;
    let streams = column::<Int32Type>(batch, "stream")?;
    let deadlines = column::<Int64Type>(batch, "deadline_ns")?;
    let firsts = column::<Int64Type>(batch, "first_ns")?;
    let lasts = column::<Int64Type>(batch, "last_ns")?;
    let firsts_unix = column::<Int64Type>(batch, "first_unix_ns")?;
    let bodies = column::<Int64Type>(batch, "body_bytes")?;
    rows.extend((0..batch.num_rows()).map(|row| Row {
        connection: connections.value(row),
        stream: streams.value(row),
        deadline_ns: deadlines.is_valid(row).then(|| deadlines.value(row)),
        first_ns: firsts.value(row),
        last_ns: lasts.value(row),
        first_unix_ns: firsts_unix.value(row),
        body_bytes: bodies.value(row),
    }));
    Ok(())
}

fn column<'a, T: arrow_array::ArrowPrimitiveType>(
    batch: &'a RecordBatch,
    name: &str,
) -> anyhow::Result<&'a PrimitiveArray<T>> {
    let Some(array) = batch.column_by_name(name) else {
        bail!("it has no column {name}: is it what `peers sink` wrote?");
    };
    array.as_any().downcast_ref().with_context(|| format!("column {name} is of another type"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(count: i32) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("stamps.arrow");
        let row = |index: i32| Row {
            connection: index % 3,
            stream: 2 * index + 1,
            deadline_ns: (index % 2 == 0).then_some(i64::from(index)),
            first_ns: i64::from(index) * 10,
            last_ns: i64::from(index) * 10 + 1,
            first_unix_ns: 1_700_000_000_000_000_000,
            body_bytes: 42,
        };
        let rows: Vec<Row> = (0..count).map(row).collect();
        write(&path, &rows).unwrap();
        assert_eq!(read(&path).unwrap(), rows);
    }

    #[test]
    fn what_was_written_is_read() {
        check(0);
        check(1);
        check(2 * BATCH_ROWS as i32 + 1);
    }

    #[test]
    fn what_is_no_such_table_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("stamps.arrow");
        std::fs::write(&path, "no table").unwrap();
        let error = format!("{:#}", read(&path).unwrap_err());
        assert!(error.contains("stamps.arrow"), "{error}");
    }
}

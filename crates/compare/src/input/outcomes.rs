//! Outcome tables, from `replay`, `sim` or whoever writes them, row by row into columns.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use outcome::{Latency, Outcome, OutcomeReader};

use super::Columns;
use super::columns::Row;
use crate::CompareError;

/// The runs of the table at `path`, by number, perhaps some without requests; requests that arrive before `from_ns` are left out.
///
/// # Errors
/// Where the table cannot be read or breaks a promise of its format.
pub(super) fn read(path: &Path, from_ns: i64) -> Result<Vec<Columns>, CompareError> {
    let mut reader = OutcomeReader::open(path)?;
    let info = Arc::new(reader.info().clone());
    let expected = usize::try_from(reader.row_count()).unwrap_or(0) / info.runs.len().max(1);
    let mut room = ROWS_RESERVED_MAX;
    // What the metadata promises is checked at the end only, so it is not believed blindly.
    let mut begin = |run| {
        let mut columns = Columns::new(run, &info);
        columns.reserve(expected.min(room));
        room -= expected.min(room);
        columns
    };
    let mut runs: BTreeMap<i32, Columns> = BTreeMap::new();
    let mut current = begin(info.runs.first().map_or(0, |record| record.run));
    for row in reader.rows() {
        let row = row?;
        if row.run != current.run {
            let next = runs.remove(&row.run).unwrap_or_else(|| begin(row.run));
            let last = std::mem::replace(&mut current, next);
            runs.insert(last.run, last);
        }
        if row.arrival.as_nanos() >= from_ns {
            current.push(&of(&row));
        }
    }
    runs.insert(current.run, current);
    Ok(runs.into_values().collect())
}

/// Rows of a table that room is made for before they have been seen.
const ROWS_RESERVED_MAX: usize = 1 << 24;

fn of(row: &Outcome) -> Row {
    Row {
        id: row.request_id,
        arrival: row.arrival,
        tier: row.tier,
        slo: row.slo,
        latency_ns: Latency::of(row).nanos(),
        slo_met: row.slo_met(),
        lag_ns: row.own_lag_ns(),
    }
}

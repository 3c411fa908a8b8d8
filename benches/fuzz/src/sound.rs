//! What is asked of a trace or a row that has been let pass.

use std::collections::BTreeSet;

use trace::edit::{self, Cut};
use trace::{Format, Stats, TraceError, TraceReader, TraceRow, Workload};

/// More rows than a small input can hold without pretending.
const ROWS_MAX: usize = 1 << 20;

/// Goes through a trace in every way that needs no more than a reader.
pub fn read_through(reader: Result<TraceReader, TraceError>) {
    let Ok(reader) = reader.map_err(show) else { return };
    let rows: Result<Vec<TraceRow>, TraceError> = reader.rows().take(ROWS_MAX).collect();
    let verified = reader.verify_digest().map_err(show);
    let stats = Stats::of(&reader).map_err(show);
    let Ok(rows) = rows.map_err(show) else {
        assert!(verified.is_err() && stats.is_err(), "damage is found by whoever reads");
        return;
    };
    ordered(&rows);
    assert!(stats.is_ok(), "sound rows can be counted");
    let written = edit::convert(&reader).write_as(Format::Arrow, Vec::new(), |_, _| {});
    if let Ok(written) = written {
        let again = TraceReader::from_bytes("again", &written.out).expect("it was just written");
        assert_eq!(again.verify_digest().map_err(|error| error.to_string()), Ok(()));
        assert!(verified.is_ok(), "a trace with a wrong digest was passed on");
        assert!(again.rows().map(|row| row.expect("it was just written")).eq(rows));
    }
    let cut = Cut { limit: Some(rows_half(&reader)), ..Cut::default() };
    if let Ok(derived) = cut.of(&reader) {
        let _ = derived.write_as(Format::Csv, Vec::new(), |_, _| {}).map_err(show);
    }
}

fn rows_half(reader: &TraceReader) -> u64 {
    reader.header().rows / 2
}

/// Checks the promises of a trace's rows.
pub fn ordered(rows: &[TraceRow]) {
    let key = |row: &TraceRow| (row.request.arrival, row.request.id);
    assert!(rows.is_sorted_by(|a, b| key(a) < key(b)), "rows stand in order");
    assert!(rows.iter().all(|row| row.request.deadline > row.request.arrival), "deadlines follow");
    assert!(rows.iter().all(|row| row.request.arrival.as_nanos() >= 0), "the trace begins at 0");
    let ids: BTreeSet<_> = rows.iter().map(|row| row.request.id).collect();
    assert_eq!(ids.len(), rows.len(), "ids are unique");
}

/// Checks the workload that rows of another origin are described by. Whatever they were like, it can
/// be drawn again, unless they were too few over too long a time.
pub fn described(workload: &Workload) {
    let Err(error) = workload.validate() else { return };
    let error = show(error);
    assert!(error.contains("duration is") || error.contains("nothing arrives"), "{error}");
}

/// An error is shown to people, which must not fail either.
pub fn show<E: std::fmt::Display>(error: E) -> String {
    let text = error.to_string();
    assert!(!text.is_empty(), "an error says something");
    assert!(text.len() < 1 << 20, "an error is for people");
    text
}

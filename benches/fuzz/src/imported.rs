//! What is asked of an import.

use trace::import::{self, Options};
use trace::{Format, TraceReader, TraceRow};

use crate::sound;

/// Imports a source; what comes of it must make a sound trace.
pub fn check(source: &[u8], options: &Options) {
    let source = source.to_vec().into();
    let Ok(import) = import::read("t", &source, options, |_, _| true).map_err(sound::show) else {
        return;
    };
    let rows: Vec<TraceRow> = import.rows().collect();
    assert!(!rows.is_empty(), "an import holds something");
    sound::ordered(&rows);
    sound::described(import.workload());
    let written = import.write_as(Format::Arrow, Vec::new(), |_| {}).map_err(sound::show);
    let written = written.expect("an import can be written");
    let reader = TraceReader::from_bytes("t", &written.out).expect("it was just written");
    assert!(reader.verify_digest().is_ok());
    assert!(reader.rows().map(|row| row.expect("it was just written")).eq(rows));
    assert_eq!(reader.header().workload, *import.workload());
}

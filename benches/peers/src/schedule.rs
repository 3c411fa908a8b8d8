//! The schedule of a trace: what all clients are to follow.

use std::io::Write;
use std::path::Path;

use anyhow::{Context, ensure};
use trace::TraceReader;

/// One request of the schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Due {
    /// When it is due, ns since the start.
    pub arrival_ns: i64,
    /// Its deadline, ns since the start: what tells it from others on the wire.
    pub deadline_ns: i64,
}

/// Reads the schedule of a trace, in order of arrival.
///
/// # Errors
/// Where it cannot be read, or is empty.
pub fn read(path: &Path) -> anyhow::Result<Vec<Due>> {
    let trace = TraceReader::open(path)?;
    let mut schedule = Vec::new();
    for row in trace.rows() {
        let request = row?.request;
        schedule.push(Due {
            arrival_ns: request.arrival.as_nanos(),
            deadline_ns: request.deadline.as_nanos(),
        });
    }
    ensure!(!schedule.is_empty(), "{} has no requests", path.display());
    Ok(schedule)
}

/// Writes the schedule as h2load's `--timing-script-file` wants it: milliseconds, with microseconds
/// after the point, and the address.
///
/// # Errors
/// Where nothing can be written.
pub fn write_h2load_script(
    schedule: &[Due],
    uri: &str,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    for due in schedule {
        let us = due.arrival_ns / 1000;
        writeln!(out, "{}.{:03}\t{uri}", us / 1000, us % 1000)
            .context("cannot write the script")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn h2load_gets_milliseconds_and_microseconds() {
        let due = |arrival_ns| Due { arrival_ns, deadline_ns: 0 };
        let mut out = Vec::new();
        write_h2load_script(&[due(0), due(1_002_999), due(2_500_000_000)], "u", &mut out).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), "0.000\tu\n1.002\tu\n2500.000\tu\n");
    }
}

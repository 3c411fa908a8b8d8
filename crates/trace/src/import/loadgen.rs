//! The trace log of MLPerf LoadGen, `mlperf_log_trace.json`.
//!
//! As a whole it is not JSON: some values stand within doubled quotes. But each event is a line,
//! and the events of samples are sound. `ts` is when a sample was scheduled, in us with three
//! decimals; its other times count from there, so `issue_start_ns` is how late it was sent.

use std::borrow::Cow;

use super::cell::{Cell, Unit};
use super::error::{Flaw, Place};
use super::jsonl::{Values, parse};
use super::table::{Lines, RowSink, Table};

/// What begins the file.
pub(crate) const HEAD: &[u8] = b"{\"traceEvents\":[";

/// When a sample was scheduled: us.
pub(crate) const SCHEDULED: &str = "ts";

/// When a sample was sent: ns. It is the sum of two values of the log.
pub(crate) const SENT: &str = "ts+issue_start_ns";

/// Keys of an event.
const EVENT: [&str; 3] = ["name", "ph", SCHEDULED];

/// A log.
#[derive(Debug)]
pub(crate) struct LoadgenLog<'a> {
    columns: Vec<String>,
    rows: Lines<'a>,
    size: u64,
}

impl<'a> LoadgenLog<'a> {
    /// Looks at the first line.
    pub(crate) fn open(bytes: &'a [u8]) -> Result<Self, Flaw> {
        let mut rows = Lines::new(bytes);
        match rows.next_line()? {
            Some((_, line)) if line.starts_with(HEAD) => {}
            _ => return Err(Flaw::new("does not begin as a trace log of LoadGen")),
        }
        let columns = [SCHEDULED, "issue_start_ns", "complete_ns", "sample_idx"];
        let columns = columns.map(str::to_owned).to_vec();
        Ok(Self { columns, rows, size: bytes.len() as u64 })
    }
}

impl Table for LoadgenLog<'_> {
    fn columns(&self) -> &[String] {
        &self.columns
    }

    fn size(&self) -> u64 {
        self.size
    }

    fn for_each(&self, wanted: &[&str], row: &mut RowSink<'_>) -> Result<(), Flaw> {
        let mut rows = self.rows.clone();
        let mut ended = false;
        while let Some((number, line)) = rows.next_line()? {
            if holds(line, b"\"LastTrace\"") {
                ended = true;
            }
            if ended || !holds(line, b"\"Sample\"") {
                continue;
            }
            let line = line.trim_ascii_end();
            let line = line.strip_suffix(b",").unwrap_or(line);
            let event = parse(number, line, Values { wanted: &EVENT })?;
            if event[0].text() != "Sample" || event[1].text() != "b" {
                continue;
            }
            let cells = cells(number, line, &event[2], wanted)?;
            row(Place::Line(number), rows.position(), &cells)?;
        }
        match ended {
            true => Ok(()),
            false => Err(Flaw::new(
                "is cut short: it has no `LastTrace` line; copy it again, or add the line \
                 {\"name\":\"LastTrace\"} to import what is there",
            )),
        }
    }
}

fn holds(line: &[u8], text: &[u8]) -> bool {
    memchr::memmem::find(line, text).is_some()
}

/// The wanted values of the beginning of a sample.
fn cells<'a>(
    number: u64,
    line: &'a [u8],
    scheduled: &Cell<'a>,
    wanted: &[&str],
) -> Result<Vec<Cell<'a>>, Flaw> {
    let cell = |name: &&str| match *name {
        SCHEDULED => Ok(scheduled.clone()),
        SENT => {
            let late = argument(number, line, "issue_start_ns")?;
            let nanos = scheduled.nanos(Unit::Microseconds);
            let sum = nanos.and_then(|scheduled| {
                let late = late.integer()?;
                let sum = scheduled.value.checked_add(late);
                sum.ok_or_else(|| "does not fit 64 bits of ns".to_owned())
            });
            let place = Place::Line(number);
            sum.map(Cell::Integer).map_err(|problem| Flaw::at(place, problem).within_column(SENT))
        }
        other => argument(number, line, other),
    };
    wanted.iter().map(cell).collect()
}

/// A value among the `args` of an event.
fn argument<'a>(number: u64, line: &'a [u8], name: &str) -> Result<Cell<'a>, Flaw> {
    let start = memchr::memmem::find(line, b"\"args\"").and_then(|at| {
        let open = memchr::memchr(b'{', &line[at..])?;
        let close = memchr::memchr(b'}', &line[at + open..])?;
        Some(&line[at + open..=at + open + close])
    });
    let Some(arguments) = start else {
        return Err(Flaw::at(Place::Line(number), "has no args").within_column(name));
    };
    let mut cells = parse(number, arguments, Values { wanted: &[name] })?;
    Ok(cells.pop().unwrap_or(Cell::Text(Cow::from(""))))
}

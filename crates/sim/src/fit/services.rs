//! The service times that a table tells of.

use std::collections::BTreeMap;

use outcome::{Outcome, OutcomeError, OutcomeReader, Status};
use request::Moment;
use serde::Serialize;

/// How long one batch took.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Service {
    /// How many requests ran together.
    pub size: u32,
    /// From start to end, ns; at least 1.
    pub time_ns: u64,
}

/// Where the times are from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// `done_ns - started_ns`, once for each batch.
    Started,
    /// `done_ns - sent_ns` of requests that found no other in flight, where no start is recorded.
    /// What lies between sender and scheduler counts as service.
    ///
    /// What comes later waits behind such a request or runs beside it. To ask that it stays alone
    /// would choose the short ones: the longer a service, the likelier another comes meanwhile.
    Alone,
}

/// Rows that say nothing of a service time, and why.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct LeftOut {
    /// Ended otherwise than `ok`, by status.
    pub statuses: BTreeMap<Status, u64>,
    /// Have no start, in a table in which others have one.
    pub without_start: u64,
    /// Were never sent, as far as the table knows, and have no start either.
    pub without_sending: u64,
    /// Found others in flight.
    pub not_alone: u64,
}

/// All service times of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Services {
    /// Where they are from.
    pub method: Method,
    /// By model, in the order of the table's list; in order of time.
    pub by_model: Vec<Vec<Service>>,
    /// Rows by model, whether they say anything or not.
    pub rows_by_model: Vec<u64>,
    /// What they are not from.
    pub left_out: LeftOut,
}

impl Services {
    /// Reads a table: its starts where it has any, and otherwise its requests in flight.
    ///
    /// # Errors
    /// Where the table cannot be read.
    pub fn read(reader: &mut OutcomeReader) -> Result<Self, OutcomeError> {
        let model_count = reader.info().models.len();
        let mut starts = Vec::new();
        let mut left_out = LeftOut::default();
        let mut rows_by_model = vec![0; model_count];
        for row in reader.rows() {
            let row = row?;
            rows_by_model[usize::from(row.model)] += 1;
            match Start::of(&row) {
                Some(start) => starts.push(start),
                None if row.status == Status::Ok => left_out.without_start += 1,
                None => *left_out.statuses.entry(row.status).or_default() += 1,
            }
        }
        let method = if starts.is_empty() { Method::Alone } else { Method::Started };
        let by_model = match method {
            Method::Started => of_starts(starts, model_count),
            Method::Alone => {
                left_out.without_start = 0;
                let mut flights = Vec::new();
                for row in reader.rows() {
                    match Flight::of(&row?) {
                        Some(flight) => flights.push(flight),
                        None => left_out.without_sending += 1,
                    }
                }
                of_flights(flights, model_count, &mut left_out)
            }
        };
        Ok(Self { method, by_model, rows_by_model, left_out })
    }
}

/// A request whose execution is known; in order of time, with those of a batch side by side.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Start {
    run: i32,
    started: Moment,
    worker: Option<u32>,
    model: u16,
    batch: Option<u32>,
    done: Moment,
}

impl Start {
    fn of(row: &Outcome) -> Option<Self> {
        let (Status::Ok, Some(started), Some(done)) = (row.status, row.started, row.done) else {
            return None;
        };
        let Outcome { run, worker, model, batch, .. } = *row;
        Some(Self { run, started, worker, model, batch, done })
    }

    fn is_beside(&self, other: &Self) -> bool {
        let key = |start: &Self| (start.run, start.started, start.worker, start.model, start.batch);
        key(self) == key(other)
    }

    /// How many rows of one start on one worker, or on one that is not known, are one batch.
    fn rows_of_batch(&self, rows: usize) -> usize {
        match (self.worker, self.batch) {
            (Some(_), _) => rows,
            (None, Some(batch)) => batch as usize,
            (None, None) => 1,
        }
    }
}

fn of_starts(mut starts: Vec<Start>, model_count: usize) -> Vec<Vec<Service>> {
    starts.sort_unstable();
    let mut by_model = vec![Vec::new(); model_count];
    for rows in starts.chunk_by(Start::is_beside) {
        for batch in rows.chunks(rows[0].rows_of_batch(rows.len())) {
            // Sorted by end: the first answer is the one that waited least on its way back.
            let first = &batch[0];
            let rows = u32::try_from(batch.len()).expect("a table has fewer rows");
            let size = first.batch.unwrap_or(rows);
            let time_ns = time_ns(first.started, first.done);
            by_model[usize::from(first.model)].push(Service { size, time_ns });
        }
    }
    by_model
}

/// A request on its way, whatever became of it.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Flight {
    run: i32,
    sent: Moment,
    /// For ever, of what nobody saw end.
    done: Moment,
    model: u16,
    is_ok: bool,
}

impl Flight {
    fn of(row: &Outcome) -> Option<Self> {
        let (sent, done) = (row.sent?, row.done.unwrap_or(Moment::MAX));
        let is_ok = row.status == Status::Ok && row.done.is_some();
        Some(Self { run: row.run, sent, done, model: row.model, is_ok })
    }
}

fn of_flights(
    mut flights: Vec<Flight>,
    model_count: usize,
    left_out: &mut LeftOut,
) -> Vec<Vec<Service>> {
    flights.sort_unstable();
    let mut by_model = vec![Vec::new(); model_count];
    for run in flights.chunk_by(|one, other| one.run == other.run) {
        let mut all_done = Moment::from_nanos(i64::MIN);
        for (index, flight) in run.iter().enumerate() {
            // Of two that are sent at once neither is alone.
            let is_first = run.get(index + 1).is_none_or(|next| next.sent > flight.sent);
            let is_alone = all_done <= flight.sent && is_first;
            all_done = all_done.max(flight.done);
            if flight.is_ok && is_alone {
                let time_ns = time_ns(flight.sent, flight.done);
                by_model[usize::from(flight.model)].push(Service { size: 1, time_ns });
            } else if flight.is_ok {
                left_out.not_alone += 1;
            }
        }
    }
    by_model
}

fn time_ns(start: Moment, end: Moment) -> u64 {
    u64::try_from(end.saturating_since(start).as_nanos()).unwrap_or(u64::MAX).max(1)
}

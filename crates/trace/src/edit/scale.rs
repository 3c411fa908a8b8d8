//! The same requests at another rate.

use std::collections::BTreeMap;

use super::Derived;
use super::workload::{Change, workload_of_derived};
use crate::error::{Fault, TraceError};
use crate::header::Header;
use crate::provenance::Step;
use crate::rate_scale::RateScale;
use crate::reader::TraceReader;
use crate::row::TraceRow;
use crate::schema::column;

/// Times up to here have room for any other beside them.
const TIME_NS_MAX: u64 = 1 << 62;

/// The trace with its rate multiplied: arrivals as [`RateScale::apply`] makes them, SLOs and ids as
/// they were.
///
/// A row that would leave the table's time is found while the rows are written.
#[must_use]
pub fn scale(trace: &TraceReader, factor: RateScale) -> Derived<'_> {
    let header = trace.header();
    let step = Step {
        operation: "scale".to_owned(),
        parameters: BTreeMap::from([("rate".to_owned(), factor.to_string())]),
        sources: vec![trace.source()],
    };
    let provenance = header.provenance.iter().cloned().chain([step]).collect();
    let workload = workload_of_derived(&[&header.workload], &Change::Scaled(factor));
    let header = Header { provenance, workload, ..header.clone() };
    let scaled = (0..).zip(trace.rows()).map(move |(index, row)| {
        let row = row?;
        check_room(&row, index, factor).map_err(|fault| fault.within(trace.name()))?;
        Ok(factor.apply(row))
    });
    let rows_max = header.rows;
    let rows = Box::new(ById { rows: scaled.peekable(), group: Vec::new() });
    Derived { header, rows, rows_max, same_as: None }
}

/// Refuses what would leave the table's time.
fn check_room(row: &TraceRow, index: u64, factor: RateScale) -> Result<(), Fault> {
    let arrival = row.request.arrival.as_nanos() as f64 / factor.factor();
    let slo = row.request.deadline.saturating_since(row.request.arrival);
    if arrival < TIME_NS_MAX as f64 && slo.as_nanos() < u128::from(TIME_NS_MAX) {
        return Ok(());
    }
    let problem = "leaves the table's time when scaled; use a larger factor".to_owned();
    Err(Fault::Row { row: index, column: column::ARRIVAL_NS, problem })
}

/// Arrivals that have met are in order of their ids, as a trace asks.
struct ById<I: Iterator> {
    rows: std::iter::Peekable<I>,
    /// Rows of one arrival, the next one last.
    group: Vec<TraceRow>,
}

impl<I: Iterator<Item = Result<TraceRow, TraceError>>> Iterator for ById<I> {
    type Item = Result<TraceRow, TraceError>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(row) = self.group.pop() {
            return Some(Ok(row));
        }
        let first = match self.rows.next()? {
            Ok(row) => row,
            error => return Some(error),
        };
        let arrival = first.request.arrival;
        let meets = |row: &I::Item| row.as_ref().is_ok_and(|row| row.request.arrival == arrival);
        self.group.push(first);
        while let Some(Ok(row)) = self.rows.next_if(meets) {
            self.group.push(row);
        }
        self.group.sort_unstable_by_key(|row| std::cmp::Reverse(row.request.id));
        self.group.pop().map(Ok)
    }
}

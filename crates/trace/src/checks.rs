//! What every row of a trace promises. Reader and writer ask the same questions.

use crate::error::Fault;
use crate::row::Batch;
use crate::schema::column;

/// Checks batches in file order, remembering what the next one must follow.
#[derive(Clone, Debug)]
pub(crate) struct RowChecks {
    slos_len: usize,
    models_len: usize,
    rows_before: u64,
    /// (arrival_ns, request_id) of the last row.
    last: Option<(i64, i64)>,
    id_max: Option<i64>,
    ids_increase: bool,
}

impl RowChecks {
    pub(crate) fn new(slos_len: usize, models_len: usize) -> Self {
        Self { slos_len, models_len, rows_before: 0, last: None, id_max: None, ids_increase: true }
    }

    /// Rows checked so far.
    pub(crate) fn rows(&self) -> u64 {
        self.rows_before
    }

    /// Whether every id was above all ids before it, which proves that they are unique.
    pub(crate) fn ids_increase(&self) -> bool {
        self.ids_increase
    }

    /// Checks the next batch.
    pub(crate) fn check(&mut self, batch: &Batch) -> Result<(), Fault> {
        if self.is_plainly_sound(batch) {
            return Ok(());
        }
        for index in 0..batch.len() {
            self.check_row(batch, index).map_err(|(column, problem)| Fault::Row {
                row: self.rows_before + index as u64,
                column,
                problem,
            })?;
        }
        self.rows_before += batch.len() as u64;
        Ok(())
    }

    /// Whether all is as it should be and the ids count up, as in almost every batch: found column
    /// by column and without a branch a row, which is several times as fast. Notes the batch if so.
    fn is_plainly_sound(&mut self, batch: &Batch) -> bool {
        let (ids, arrivals) = (batch.request_ids(), batch.arrivals_ns());
        let (Some(&first_id), Some(&last_id)) = (ids.first(), ids.last()) else { return true };
        let (first, last) = (arrivals[0], arrivals[arrivals.len() - 1]);
        let follows = self.last.is_none_or(|last| last < (first, first_id))
            && self.id_max.is_none_or(|id_max| first_id > id_max);
        let below = |positions: &[i16], len: usize| {
            let len = i16::try_from(len).unwrap_or(i16::MAX);
            all(positions, |&position| (position >= 0) & (position < len))
        };
        let times = arrivals.iter().zip(batch.deadlines_ns());
        let sound = follows
            && first >= 0
            && times.fold(true, |sound, (arrival, deadline)| sound & (deadline > arrival))
            && all(batch.tiers(), |&tier| (1..=3).contains(&tier))
            && below(batch.slos(), self.slos_len)
            && below(batch.models(), self.models_len)
            && rises(arrivals, |earlier, later| earlier <= later)
            && rises(ids, |earlier, later| earlier < later);
        if sound {
            self.last = Some((last, last_id));
            self.id_max = Some(last_id);
            self.rows_before += batch.len() as u64;
        }
        sound
    }

    fn check_row(&mut self, batch: &Batch, index: usize) -> Result<(), (&'static str, String)> {
        let (id, arrival) = (batch.request_ids[index], batch.arrivals_ns[index]);
        let deadline = batch.deadlines_ns[index];
        let tier = batch.tiers[index];
        if arrival < 0 {
            let problem = format!("{arrival} is before the start of the trace");
            return Err((column::ARRIVAL_NS, problem));
        }
        if deadline <= arrival {
            let problem = format!("{deadline} is not after the arrival at {arrival}");
            return Err((column::DEADLINE_NS, problem));
        }
        if !(1..=3).contains(&tier) {
            return Err((column::TIER, format!("{tier} is not 1, 2 or 3")));
        }
        check_position(column::SLO, batch.slos[index], self.slos_len)?;
        check_position(column::MODEL, batch.models[index], self.models_len)?;
        self.check_order(arrival, id)
    }

    fn check_order(&mut self, arrival: i64, id: i64) -> Result<(), (&'static str, String)> {
        if self.last.is_some_and(|last| last >= (arrival, id)) {
            let (last_arrival, last_id) = self.last.expect("it was just compared");
            if last_id == id && last_arrival == arrival {
                return Err((column::REQUEST_ID, format!("{id} is also that of the row before")));
            }
            let problem = format!(
                "request {id} at {arrival} stands behind request {last_id} at {last_arrival}; sort \
                 by arrival_ns, then request_id"
            );
            return Err((column::ARRIVAL_NS, problem));
        }
        self.last = Some((arrival, id));
        self.ids_increase &= self.id_max.is_none_or(|id_max| id > id_max);
        self.id_max = self.id_max.max(Some(id));
        Ok(())
    }
}

/// Whether all values pass; looks at every one, so that the processor can look at several at once.
fn all<T>(values: &[T], test: impl Fn(&T) -> bool) -> bool {
    values.iter().fold(true, |sound, value| sound & test(value))
}

/// Whether each pair of neighbours passes; likewise.
fn rises(values: &[i64], test: impl Fn(i64, i64) -> bool) -> bool {
    let pairs = values.iter().zip(&values[1..]);
    pairs.fold(true, |sound, (&earlier, &later)| sound & test(earlier, later))
}

fn check_position(
    column: &'static str,
    position: i16,
    len: usize,
) -> Result<(), (&'static str, String)> {
    if usize::try_from(position).is_ok_and(|position| position < len) {
        return Ok(());
    }
    Err((column, format!("position {position} is outside the list of {len} names")))
}

//! A simulation, and runs that were measured after it.

use std::collections::BTreeMap;

use compare::agreement::{Agreement, Figure, Limits, Measure, Row, RunTable, View, agreement};
use outcome::{Outcome, RunInfo};
use request::{Moment, RequestId, Tier};

use crate::runs;

pub(super) const MICROSECOND: i64 = 1_000;
pub(super) const MILLISECOND: i64 = 1_000_000;

/// What the simulation says of itself.
pub(super) fn sim_info() -> RunInfo {
    let parameters = [("workers", "2"), ("service_seed", "42")];
    let parameters = parameters.map(|(name, value)| (name.to_owned(), value.to_owned()));
    RunInfo { parameters: BTreeMap::from(parameters), ..runs::info("edf") }
}

/// What a measured run says of itself.
pub(super) fn replay_info() -> RunInfo {
    RunInfo {
        producer: "replay".into(),
        clock: "monotonic".into(),
        parameters: BTreeMap::from([("connections".into(), "4".into())]),
        ..runs::info("embedded scheduler (edf, 2 workers)")
    }
}

/// 500 requests of one class, 20 ms apart, due after 12 ms, of which as many take 5, 6, .. 14 ms.
/// Those that take an odd number of ms waited for the first two.
pub(super) fn simulated() -> Vec<Outcome> {
    (0..500).map(row).collect()
}

fn row(id: i64) -> Outcome {
    let arrival = id * 20 * MILLISECOND;
    let latency = 5 + id % 10;
    let wait = if latency % 2 == 1 { 2 } else { 0 };
    let at = |offset_ms: i64| Moment::from_nanos(arrival + offset_ms * MILLISECOND);
    Outcome {
        request_id: RequestId(id),
        tier: Tier::Vip,
        slo: 0,
        arrival: at(0),
        deadline: at(12),
        sent: Some(at(0)),
        started: Some(at(wait)),
        done: Some(at(latency)),
        code: None,
        ..runs::rows(100)[0]
    }
}

/// The same requests as a client sees them that sends late by `lag_ns`, with `overhead_ns` on the
/// way there and back.
pub(super) fn measured(lag_ns: i64, overhead_ns: i64) -> Vec<Outcome> {
    simulated().into_iter().map(|row| later(row, lag_ns, overhead_ns)).collect()
}

pub(super) fn later(row: Outcome, lag_ns: i64, overhead_ns: i64) -> Outcome {
    let after = |moment: Moment, nanos: i64| Moment::from_nanos(moment.as_nanos() + nanos);
    Outcome {
        sent: Some(after(row.arrival, lag_ns)),
        started: None,
        done: row.done.map(|done| after(done, lag_ns + overhead_ns)),
        ..row
    }
}

pub(super) fn model() -> RunTable {
    RunTable::new("sim.arrow", sim_info(), simulated()).unwrap()
}

pub(super) fn run(rows: Vec<Outcome>) -> RunTable {
    RunTable::new("run.arrow", replay_info(), rows).unwrap()
}

/// The runs beside the simulation, with the default limits.
pub(super) fn agreed(runs: impl IntoIterator<Item = Vec<Outcome>>) -> Agreement {
    let runs: Vec<_> = runs.into_iter().map(run).collect();
    agreement(&model(), &runs, Limits::default()).unwrap()
}

/// The row of all requests.
pub(super) fn of_all(agreement: &Agreement, measure: Measure) -> &Row {
    let rows = &agreement.classes[0].rows;
    rows.iter().find(|row| row.measure == measure).unwrap()
}

/// The middle figure of all requests in a view.
pub(super) fn middle(agreement: &Agreement, measure: Measure, view: View) -> Figure {
    of_all(agreement, measure).spread(view).unwrap().middle
}

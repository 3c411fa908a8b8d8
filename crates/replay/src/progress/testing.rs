//! Plans and outcomes for tests of whatever watches a run.

use std::sync::Arc;

use outcome::{Code, Outcome, Status};
use request::{ModelId, Moment, Request, RequestId, Seed, Tier};
use trace::TraceRow;

use super::{Progress, Tracker};
use crate::plan::{Ended, Planned};

pub(crate) const MS: i64 = 1_000_000;

/// `count` requests, `gap_ns` apart, tiers in turn, due 100 ms after their arrival.
pub(crate) fn plan(count: i64, gap_ns: i64) -> Arc<Vec<Planned>> {
    let planned = |index: i64| {
        let arrival = Moment::from_nanos(index * gap_ns);
        let request = Request {
            id: RequestId(index),
            arrival,
            tier: Tier::ALL[index as usize % 3],
            deadline: Moment::from_nanos(index * gap_ns + 100 * MS),
            model: ModelId(0),
        };
        Planned { row: TraceRow { request, slo: 0, tensor_seed: Seed(0) } }
    };
    Arc::new((0..count).map(planned).collect())
}

/// How the request at `index` ended, sent and done so long after its arrival.
pub(crate) fn ended(planned: &Planned, index: usize, lag_ns: i64, latency_ns: i64) -> Outcome {
    let after = |nanos| Some(Moment::from_nanos(planned.arrival().as_nanos() + nanos));
    let (sent, done) = (after(lag_ns), after(latency_ns));
    let ended = Ended::unsent(index, Code::Internal);
    planned.outcome(0, Ended { status: Status::Ok, code: None, sent, done, ..ended })
}

/// A run of 1,000 requests a second that is 12.5 s old: one in a hundred is late, one in fifty
/// failed, a tenth is in flight.
pub(crate) fn progress() -> Progress {
    let plan = plan(20_000, MS);
    let mut tracker = Tracker::new(1, 3, "localhost:50051".into(), Arc::clone(&plan));
    for (index, planned) in plan[..12_501].iter().enumerate() {
        let lag_ns = if index % 100 == 0 { 3 * MS } else { 12_000 + 100 * (index as i64 % 50) };
        let sent = Moment::from_nanos(planned.arrival().as_nanos() + lag_ns);
        let in_time = ended(planned, index, lag_ns, 20 * MS);
        if index % 50 == 7 {
            let (status, code) = (Status::Unavailable, Some(Code::NotConnected));
            tracker.ended(&Outcome { sent: None, status, code, ..in_time });
            continue;
        }
        tracker.sent(index, sent);
        match index % 10 {
            3 => {}
            4 => tracker.ended(&ended(planned, index, lag_ns, 150 * MS)),
            _ => tracker.ended(&in_time),
        }
    }
    tracker.progress(Moment::from_nanos(12_500 * MS))
}

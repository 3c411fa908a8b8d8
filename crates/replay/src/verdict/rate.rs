//! Were as many requests sent as were due, window by window?

use std::collections::BTreeMap;

use outcome::{Code, Outcome, Status};

use super::{Check, Judgement, Unit};

/// Length of a window, ns.
const WINDOW_NS: i64 = 10_000_000_000;

const RATE: Check =
    Check::new("rate", "the worst deviation of the rate in a 10 s window", Unit::Percent);

/// A request that was cut off is not held against the rate.
pub(super) fn check(judgement: &mut Judgement, outcomes: &[Outcome], tightest: f64) {
    let last = outcomes.last().map_or(0, |outcome| outcome.arrival.as_nanos() / WINDOW_NS);
    let window = |nanos: i64| nanos.div_euclid(WINDOW_NS).clamp(0, last);
    // Intended and achieved; only windows in which there is anything.
    let mut windows: BTreeMap<i64, (u64, u64)> = BTreeMap::new();
    for outcome in outcomes.iter().filter(|outcome| outcome.code != Some(Code::CutShort)) {
        windows.entry(window(outcome.arrival.as_nanos())).or_default().0 += 1;
        if let Some(nanos) = tried(outcome, 0.01 * tightest) {
            windows.entry(window(nanos)).or_default().1 += 1;
        }
    }
    // One request on the other side of a window's edge is no change of rate.
    let off = |&(intended, achieved): &(u64, u64)| {
        let difference = intended.abs_diff(achieved).saturating_sub(1);
        100.0 * difference as f64 / intended.max(1) as f64
    };
    let worst = windows.values().map(off).fold(0.0, f64::max);
    judgement.add(RATE.of(worst, 0.5, 2.0));
}

/// When the client did its part; `None` where it never did.
///
/// A send that is later than its arrival by no more than `punctual` is at its arrival, so that a
/// burst which straddles the edge of two windows by a few microseconds changes neither rate.
fn tried(outcome: &Outcome, punctual: f64) -> Option<i64> {
    let arrival = outcome.arrival.as_nanos();
    match (outcome.own_lag_ns(), outcome.done) {
        (Some(lag), _) if (lag as f64).abs() <= punctual => Some(arrival),
        (Some(lag), _) => Some(arrival.saturating_add(lag)),
        (None, _) if outcome.status == Status::Unsent => None,
        // It ended in the moment in which it met no connection.
        (None, Some(done)) if outcome.code == Some(Code::NotConnected) => Some(done.as_nanos()),
        // The other side did not take all of its bytes, for as long as it was given.
        (None, Some(_)) => Some(arrival),
        // Nobody knows what became of it.
        (None, None) => None,
    }
}

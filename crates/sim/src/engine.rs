//! The discrete-event engine: virtual time for a cluster.
//!
//! Arrivals are sorted already, so only completions and timers need a heap. Events at one moment
//! run in the order finished, arrived, woke, and within a kind by worker or by request: that order
//! is part of what a policy is promised, and the reference scheduler keeps it too.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use cluster::{Cluster, Driver, Served, Violation};
use policy::{RefusalReason, WorkerId};
use request::{Moment, Request};

/// How a request ended in virtual time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It was served.
    Served(Served),
    /// The policy turned it away.
    Refused {
        /// Why.
        reason: RefusalReason,
        /// When.
        at: Moment,
    },
}

/// Runs `requests` through `cluster` until nothing more can happen, and tells `record` the fate of
/// each, by its position in `requests`, in order of ending.
///
/// # Errors
/// Where the policy breaks a rule, or leaves requests waiting for ever.
///
/// # Panics
/// Where the requests are not in order of arrival, or there are 2^32 or more.
pub fn simulate(
    requests: impl IntoIterator<Item = Request>,
    mut cluster: Cluster<u32>,
    record: impl FnMut(u32, Fate),
) -> Result<(), Violation> {
    let mut calendar = Calendar { finishes: BinaryHeap::new(), wakes: BinaryHeap::new(), record };
    let mut arrivals = (0u32..).zip(requests).peekable();
    loop {
        let arrival = arrivals.peek().map(|(_, request)| request.arrival);
        match calendar.next(arrival) {
            None => break,
            Some(Next::Finish(now, worker)) => cluster.finished(now, worker, &mut calendar)?,
            Some(Next::Arrival) => {
                let (row, request) = arrivals.next().expect("it was peeked at");
                cluster.arrived(request.arrival, request, row, &mut calendar)?;
            }
            Some(Next::Wake(now)) => cluster.woke(now, &mut calendar)?,
        }
    }
    cluster.check_drained()
}

/// What happens next.
enum Next {
    Finish(Moment, WorkerId),
    Arrival,
    Wake(Moment),
}

/// The events to come, apart from arrivals, and where fates go.
struct Calendar<F> {
    finishes: BinaryHeap<Reverse<(Moment, WorkerId)>>,
    wakes: BinaryHeap<Reverse<Moment>>,
    record: F,
}

impl<F> Calendar<F> {
    /// Takes the first event; at one moment a completion goes before an arrival, and that before a
    /// timer.
    fn next(&mut self, arrival: Option<Moment>) -> Option<Next> {
        let finish = self.finishes.peek().map(|Reverse((at, _))| *at);
        let wake = self.wakes.peek().map(|Reverse(at)| *at);
        let first = [finish, arrival, wake].into_iter().flatten().min()?;
        if finish == Some(first) {
            let Reverse((at, worker)) = self.finishes.pop().expect("it was peeked at");
            return Some(Next::Finish(at, worker));
        }
        if arrival == Some(first) {
            return Some(Next::Arrival);
        }
        // Asking twice for one moment is one timer.
        while self.wakes.peek() == Some(&Reverse(first)) {
            self.wakes.pop();
        }
        Some(Next::Wake(first))
    }
}

impl<F: FnMut(u32, Fate)> Driver<u32> for Calendar<F> {
    fn started(&mut self, worker: WorkerId, finish: Moment) {
        self.finishes.push(Reverse((finish, worker)));
    }

    fn served(&mut self, row: u32, served: Served) {
        (self.record)(row, Fate::Served(served));
    }

    fn refused(&mut self, row: u32, reason: RefusalReason, now: Moment) {
        (self.record)(row, Fate::Refused { reason, at: now });
    }

    fn wake_at(&mut self, moment: Moment) {
        self.wakes.push(Reverse(moment));
    }
}

#[cfg(test)]
mod tests;

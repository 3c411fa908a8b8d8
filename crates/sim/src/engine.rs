//! The discrete-event engine: virtual time for a cluster.
//!
//! Arrivals are sorted already and are merged with the cluster's agenda, which has the order of
//! events at one moment; the reference scheduler keeps the same agenda in real time.

use cluster::{Agenda, Cluster, Driver, Served, Violation};
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
    let mut run = Run { agenda: Agenda::default(), record };
    let mut arrivals = (0u32..).zip(requests).peekable();
    loop {
        let arrival = arrivals.peek().map(|(_, request)| request.arrival);
        if let Some((now, due)) = run.agenda.next_before(arrival) {
            cluster.came_due(now, due, &mut run)?;
        } else if let Some((row, request)) = arrivals.next() {
            cluster.arrived(request.arrival, request, row, &mut run)?;
        } else {
            return cluster.check_drained();
        }
    }
}

/// The events to come, apart from arrivals, and where fates go.
struct Run<F> {
    agenda: Agenda,
    record: F,
}

impl<F: FnMut(u32, Fate)> Driver<u32> for Run<F> {
    fn started(&mut self, worker: WorkerId, finish: Moment) {
        self.agenda.finish_at(finish, worker);
    }

    fn served(&mut self, row: u32, served: Served) {
        (self.record)(row, Fate::Served(served));
    }

    fn refused(&mut self, row: u32, reason: RefusalReason, now: Moment) {
        (self.record)(row, Fate::Refused { reason, at: now });
    }

    fn wake_at(&mut self, moment: Moment) {
        self.agenda.wake_at(moment);
    }
}

#[cfg(test)]
mod tests;

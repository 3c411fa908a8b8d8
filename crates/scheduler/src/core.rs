//! Real time for a cluster: one thread that waits for the next arrival, completion or timer.
//!
//! A completion carries the moment it was due, not the moment the thread got to run. So the
//! emulated workers keep exact time, and what a busy machine adds to one service does not add up
//! over a queue of them. Async timers are too coarse for this: theirs is a wheel of 1 ms.

use cluster::{Agenda, Cluster, Driver, Served, Violation};
use crossbeam_channel::{Receiver, RecvTimeoutError};
use policy::{RefusalReason, WorkerId};
use request::{Moment, Request};
use tokio::sync::oneshot;

use crate::clock::Clock;

/// A request on its way into the cluster.
pub(crate) struct Arrival {
    pub(crate) request: Request,
    pub(crate) answer: oneshot::Sender<Answer>,
}

/// How the cluster answered a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    Served,
    Refused(RefusalReason),
}

/// Runs the cluster until `None` comes or nobody can send any more. Whoever still waits at the end
/// sees the way back closed.
///
/// # Errors
/// Where the policy breaks a rule.
pub(crate) fn run(
    mut cluster: Cluster<oneshot::Sender<Answer>>,
    arrivals: &Receiver<Option<Arrival>>,
    clock: Clock,
) -> Result<(), Violation> {
    let mut agenda = Answering::default();
    let mut now = Moment::ZERO;
    loop {
        match next_arrival(arrivals, agenda.0.next_due(), clock) {
            Ok(Some(Arrival { mut request, answer })) => {
                run_until(&mut cluster, &mut agenda, request.arrival, &mut now)?;
                // A stamp can be older than an event that has run by now: handlers race.
                now = now.max(request.arrival);
                request.arrival = now;
                cluster.arrived(now, request, answer, &mut agenda)?;
            }
            Err(RecvTimeoutError::Timeout) => {
                run_until(&mut cluster, &mut agenda, clock.now(), &mut now)?;
            }
            Ok(None) | Err(RecvTimeoutError::Disconnected) => return Ok(()),
        }
    }
}

/// Waits for an arrival, until `due` at the latest.
fn next_arrival(
    arrivals: &Receiver<Option<Arrival>>,
    due: Option<Moment>,
    clock: Clock,
) -> Result<Option<Arrival>, RecvTimeoutError> {
    match due {
        Some(due) => arrivals.recv_deadline(clock.instant(due)),
        None => arrivals.recv().map_err(|_| RecvTimeoutError::Disconnected),
    }
}

/// Runs what is due before an arrival at `until`.
fn run_until(
    cluster: &mut Cluster<oneshot::Sender<Answer>>,
    agenda: &mut Answering,
    until: Moment,
    now: &mut Moment,
) -> Result<(), Violation> {
    while let Some((moment, due)) = agenda.0.next_before(Some(until)) {
        *now = moment.max(*now);
        cluster.came_due(*now, due, agenda)?;
    }
    Ok(())
}

/// The agenda, and the way back to the clients: answers go out as soon as the cluster gives them.
#[derive(Default)]
struct Answering(Agenda);

impl Driver<oneshot::Sender<Answer>> for Answering {
    fn started(&mut self, worker: WorkerId, finish: Moment) {
        self.0.finish_at(finish, worker);
    }

    fn served(&mut self, answer: oneshot::Sender<Answer>, _: Served) {
        // A client that has gone away does not mind.
        let _ = answer.send(Answer::Served);
    }

    fn refused(&mut self, answer: oneshot::Sender<Answer>, reason: RefusalReason, _: Moment) {
        let _ = answer.send(Answer::Refused(reason));
    }

    fn wake_at(&mut self, moment: Moment) {
        self.0.wake_at(moment);
    }
}

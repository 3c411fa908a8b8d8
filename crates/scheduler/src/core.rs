//! Real time for a cluster: one thread that waits for the next arrival, completion or timer.
//!
//! A completion carries the moment it was due, not the moment the thread got to run. So the
//! emulated workers keep exact time, and what a busy machine adds to one service does not add up
//! over a queue of them. Async timers are too coarse for this: theirs is a wheel of 1 ms.

use cluster::log::LogLine;
use cluster::{Cluster, Observer, Served, Violation};
use crossbeam_channel::{Receiver, RecvTimeoutError};
use policy::{Actions, Event, RefusalReason};
use request::{Moment, Request};
use tokio::sync::{OwnedSemaphorePermit, oneshot};

use crate::ServeError;
use crate::clock::Clock;
use crate::event_log::EventLog;

/// A request on its way into the cluster.
pub(crate) struct Arrival {
    pub(crate) request: Request,
    pub(crate) client: Client,
}

/// Whoever waits for an answer, or has gone away.
pub(crate) struct Client {
    pub(crate) answer: oneshot::Sender<Answer>,
    /// Held until the cluster is done with the request, whether or not its client still waits: the
    /// limit on requests in flight is one on what the cluster holds.
    pub(crate) _permit: OwnedSemaphorePermit,
}

/// How the cluster answered a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    Served,
    Refused(RefusalReason),
    /// The worker that ran it failed.
    Lost,
}

/// Runs the cluster until `None` comes or nobody can send any more. Whoever still waits at the end
/// sees the way back closed.
///
/// # Errors
/// Where the policy breaks a rule, or the log could not be written.
pub(crate) fn run(
    mut cluster: Cluster<Client>,
    log: Option<EventLog>,
    arrivals: &Receiver<Option<Arrival>>,
    clock: Clock,
) -> Result<(), ServeError> {
    let mut answering = Answering { log };
    let result = run_on(&mut cluster, &mut answering, arrivals, clock);
    // What led to a broken rule is what one wants to read.
    let logged = answering.end();
    result?;
    logged
}

fn run_on(
    cluster: &mut Cluster<Client>,
    answering: &mut Answering,
    arrivals: &Receiver<Option<Arrival>>,
    clock: Clock,
) -> Result<(), Violation> {
    loop {
        match next_arrival(arrivals, cluster.next_due(), clock) {
            Ok(Some(Arrival { mut request, client })) => {
                run_until(cluster, answering, request.arrival)?;
                // A stamp can be older than an event that has run by now: handlers race.
                request.arrival = request.arrival.max(cluster.now());
                cluster.arrived(request.arrival, request, client, answering)?;
            }
            Err(RecvTimeoutError::Timeout) => run_until(cluster, answering, clock.now())?,
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
    cluster: &mut Cluster<Client>,
    answering: &mut Answering,
    until: Moment,
) -> Result<(), Violation> {
    while cluster.advance(Some(until), answering)?.is_some() {}
    Ok(())
}

/// The way back to the clients: answers go out as soon as the cluster gives them.
struct Answering {
    log: Option<EventLog>,
}

impl Answering {
    fn end(self) -> Result<(), ServeError> {
        self.log.map_or(Ok(()), EventLog::end)
    }
}

impl Observer<Client> for Answering {
    fn served(&mut self, _: &Request, client: Client, _: Served) {
        // A client that has gone away does not mind.
        let _ = client.answer.send(Answer::Served);
    }

    fn refused(&mut self, _: &Request, client: Client, reason: RefusalReason, _: Moment) {
        let _ = client.answer.send(Answer::Refused(reason));
    }

    fn lost(&mut self, _: &Request, client: Client, _: Moment) {
        let _ = client.answer.send(Answer::Lost);
    }

    fn decided(&mut self, now: Moment, event: &Event<'_>, actions: &Actions) {
        if let Some(log) = &mut self.log {
            log.write(LogLine { now, event, actions });
        }
    }
}

//! Whoever is told what becomes of requests and workers.

use policy::{Actions, Event, RefusalReason, WorkerId};
use request::{ModelId, Moment, Request};

/// Is told how each request ends, and what else happens as far as it wants to know.
///
/// `T` is what the driver gave with each request: the row of a table, or the way to a waiting
/// client. It comes back with the end of the request.
pub trait Observer<T> {
    /// A request has been served.
    fn served(&mut self, request: &Request, payload: T, served: Served);

    /// A request was turned away at `now`.
    fn refused(&mut self, request: &Request, payload: T, reason: RefusalReason, now: Moment);

    /// A request ran on a worker that failed at `now`, where such requests are not tried again.
    fn lost(&mut self, request: &Request, payload: T, now: Moment);

    /// A worker has been busy; the requests that it served have been told of already.
    fn ran(&mut self, _: &Span) {}

    /// The policy learned of `event` at `now` and decided `actions`, which come next.
    fn decided(&mut self, _now: Moment, _event: &Event<'_>, _actions: &Actions) {}
}

/// How a request was served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Served {
    /// Where; of a request that was preempted, at last.
    pub worker: WorkerId,
    /// How many requests ran together, at last.
    pub batch_size: u32,
    /// Start of execution: after the model was loaded, and before it was ever preempted.
    pub started: Moment,
    /// End of execution.
    pub finished: Moment,
}

/// A worker was busy with a batch for some time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// The worker.
    pub worker: WorkerId,
    /// The batch's model.
    pub model: ModelId,
    /// How many requests it held.
    pub batch_size: u32,
    /// When the worker was given the batch.
    pub dispatched: Moment,
    /// When its model was loaded; at once, where the worker held it.
    pub started: Moment,
    /// When the worker was free again, or failed.
    pub ended: Moment,
    /// How it ended.
    pub ending: Ending,
}

/// How a batch left its worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// It was served.
    Finished,
    /// It was stopped at a boundary, and its requests wait again.
    Preempted,
    /// The worker failed.
    Lost,
}

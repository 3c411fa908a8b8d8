//! Ways in which a policy can break the rules.

use policy::{Ticket, WorkerId};
use request::{ModelId, Moment};

/// An action that no cluster could carry out. The run ends with it: a wrong policy has no result.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("policy {policy} broke the rules at {now}: it {fault}")]
pub struct Violation {
    /// Name of the policy.
    pub policy: String,
    /// When.
    pub now: Moment,
    /// What it did.
    pub fault: Fault,
}

/// What a policy did that it may not.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// A dispatch to a worker that does not exist.
    #[error("dispatched to worker {} of {count}", worker.0)]
    WorkerUnknown {
        /// The worker named.
        worker: WorkerId,
        /// How many there are.
        count: u32,
    },
    /// A dispatch to a worker that is busy or has failed.
    #[error("dispatched to worker {}, which is not idle", .0.0)]
    WorkerNotIdle(WorkerId),
    /// A dispatch of a model to a worker that can never hold it.
    #[error("dispatched model {} to worker {}, which cannot hold it", model.0, worker.0)]
    ModelDoesNotFit {
        /// The worker.
        worker: WorkerId,
        /// The model, by its position in the profile.
        model: ModelId,
    },
    /// A dispatch of nothing.
    #[error("dispatched an empty batch to worker {}", .0.0)]
    BatchEmpty(WorkerId),
    /// A batch larger than the model's profile allows.
    #[error("dispatched a batch of {size}; the model takes at most {size_max}")]
    BatchTooLarge {
        /// Size of the batch.
        size: usize,
        /// The model's largest.
        size_max: u32,
    },
    /// A batch of more than one model.
    #[error("dispatched a batch of several models")]
    BatchMixed,
    /// A ticket that is not of a waiting request.
    #[error("named ticket {}, which does not wait", .0.0)]
    NotWaiting(Ticket),
    /// A wish to be woken at a moment that has come already.
    #[error("asked to be woken at {0}, which is not in the future")]
    WakeInPast(Moment),
    /// A wish to stop a worker that runs nothing.
    #[error("asked worker {} to stop, which runs nothing", .0.0)]
    NothingToPreempt(WorkerId),
    /// A dispatch whose end no time of 64 bits can tell.
    #[error("dispatched a batch that ends past the year 292 of the run")]
    PastTheEndOfTime,
    /// Timer after timer, and never a decision.
    #[error("was woken {0} times in a row and decided nothing")]
    Restless(u32),
    /// Requests that nothing will ever answer, because workers failed for good.
    #[error(
        "left {waiting} requests waiting when nothing more could happen: {away} workers have \
         failed and never come back; give their outages an end, or use a policy with late=drop"
    )]
    StarvedByOutages {
        /// How many requests.
        waiting: usize,
        /// How many workers.
        away: usize,
    },
    /// Requests that nothing will ever answer.
    #[error("left {0} requests waiting when nothing more could happen")]
    Starved(usize),
}

//! What a policy is told.

use request::Request;

/// Stands for one request inside one cluster, from its arrival until it is answered.
///
/// Short-lived and dense, unlike the request's id, which a client chose and may repeat. A ticket
/// is used again once its request has been answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ticket(pub u32);

/// Position of a worker in the cluster, from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct WorkerId(pub u32);

/// Something that happened in the cluster. Kinds may be added.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Event<'a> {
    /// A request came, and waits from now on.
    Arrived {
        /// How to name it in an action.
        ticket: Ticket,
        /// What it asks for.
        request: &'a Request,
    },
    /// A worker finished its batch and is idle.
    Finished {
        /// The worker.
        worker: WorkerId,
        /// The requests it served; their tickets end with this event.
        batch: &'a [Ticket],
    },
    /// A worker stopped its batch at a boundary, as it was asked to, and is idle.
    Preempted {
        /// The worker.
        worker: WorkerId,
        /// The requests it did not finish: they wait again. What was done for them is kept; a batch
        /// goes on from the step that the least advanced of its requests has come to.
        batch: &'a [Ticket],
    },
    /// A worker failed. It is not idle until it is back.
    Lost {
        /// The worker.
        worker: WorkerId,
        /// The requests that were running on it.
        batch: &'a [Ticket],
        /// Whether these wait again, to be served from the start; otherwise they have been
        /// answered and their tickets end with this event.
        wait_again: bool,
    },
    /// A failed worker is back, idle, with nothing in its memory.
    Back {
        /// The worker.
        worker: WorkerId,
    },
    /// A moment that the policy asked to be woken at has come.
    Woke,
}

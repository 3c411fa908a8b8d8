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

/// Something that happened in the cluster. Kinds may be added: workers lost and back are next.
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
    /// A moment that the policy asked to be woken at has come.
    Woke,
}

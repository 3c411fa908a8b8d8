//! What the unit tests of the queues share.

use request::{ModelId, Moment, Request, RequestId, Tier};

use crate::Ticket;
use crate::greedy::{Queue, Waiting};

/// Request `index`, which arrives at `index` ns.
pub(crate) fn waiting(index: u32, tier: i64, deadline: i64) -> Waiting {
    let request = Request {
        id: RequestId(i64::from(index)),
        arrival: Moment::from_nanos(i64::from(index)),
        deadline: Moment::from_nanos(deadline),
        tier: Tier::from_number(tier).unwrap(),
        model: ModelId(0),
    };
    Waiting { ticket: Ticket(index), request }
}

/// The order in which `queue` hands out requests of the given (tier, deadline), as positions.
pub(crate) fn order(mut queue: impl Queue, requests: &[(i64, i64)]) -> Vec<u32> {
    for (index, &(tier, deadline)) in (0u32..).zip(requests) {
        queue.push(waiting(index, tier, deadline));
    }
    std::iter::from_fn(|| queue.pop()).map(|waiting| waiting.ticket.0).collect()
}

//! What the unit tests share.

use outcome::{Outcome, Status};
use request::{Moment, RequestId, Tier};

/// An outcome of which only the id matters.
pub(crate) fn outcome(row: u64) -> Outcome {
    Outcome {
        run: 0,
        request_id: RequestId(row.cast_signed()),
        tier: Tier::Free,
        slo: 0,
        model: 0,
        arrival: Moment::ZERO,
        deadline: Moment::ZERO,
        sent: None,
        started: None,
        done: None,
        status: Status::Ok,
        worker: None,
        batch: None,
        code: None,
        first_byte: None,
        held_ns: None,
    }
}

//! What the unit tests share.

use std::time::Duration;

use outcome::{Outcome, Status};
use request::{Moment, RequestId, Seed, Tier};
use trace::{TraceReader, Workload, generate_to};

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

/// Five seconds of the workload `balanced`.
pub(crate) fn trace_of_seed(seed: u64) -> TraceReader {
    let mut workload = Workload::built_in("balanced").unwrap().with_tensor_shape(&[1, 4]);
    workload.duration = Duration::from_secs(5);
    let bytes = generate_to(Vec::new(), &workload, Seed(seed), 1, |_, _| {}).unwrap().out;
    TraceReader::from_bytes(&format!("{seed}.arrow"), &bytes).unwrap()
}

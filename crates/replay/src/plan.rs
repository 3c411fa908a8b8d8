//! What a run sends, and when: the trace as this run fires it.

use outcome::{Code, Outcome, Status};
use request::{Moment, Seed};
use trace::TraceRow;

/// One request of the run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Planned {
    pub(crate) row: TraceRow,
}

/// How one request ended, as far as the client saw it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ended {
    /// Position of the request in the run.
    pub(crate) index: usize,
    pub(crate) status: Status,
    pub(crate) code: Option<Code>,
    pub(crate) sent: Option<Moment>,
    pub(crate) done: Option<Moment>,
}

impl Ended {
    /// A request that never left, and why.
    pub(crate) fn unsent(index: usize, code: Code) -> Self {
        Self { index, status: Status::Unsent, code: Some(code), sent: None, done: None }
    }
}

impl Planned {
    pub(crate) fn arrival(&self) -> Moment {
        self.row.request.arrival
    }

    pub(crate) fn deadline(&self) -> Moment {
        self.row.request.deadline
    }

    pub(crate) fn tensor_seed(&self) -> Seed {
        self.row.tensor_seed
    }

    /// Its row of the outcome table.
    pub(crate) fn outcome(&self, ended: Ended) -> Outcome {
        let request = self.row.request;
        Outcome {
            run: 0,
            request_id: request.id,
            tier: request.tier,
            slo: self.row.slo,
            model: request.model.0,
            arrival: request.arrival,
            deadline: request.deadline,
            sent: ended.sent,
            started: None,
            done: ended.done,
            status: ended.status,
            worker: None,
            batch: None,
            code: ended.code,
            first_byte: None,
        }
    }
}

//! What a run sends, and when: the trace as this run fires it, and what is told of each request.

use outcome::{Code, Outcome, Status};
use request::{Moment, Seed};
use targets::Facts;
use trace::TraceRow;

/// One request of the run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Planned {
    pub(crate) row: TraceRow,
}

/// Something happened to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// Its last byte was handed to the kernel.
    Sent {
        /// Position of the request in the run.
        index: usize,
        sent: Moment,
        /// When it arrived, where not by schedule.
        arrival: Option<Moment>,
    },
    /// It is over.
    Ended(Ended),
}

/// How one request ended, as far as the client saw it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ended {
    /// Position of the request in the run.
    pub(crate) index: usize,
    pub(crate) status: Status,
    pub(crate) code: Option<Code>,
    pub(crate) sent: Option<Moment>,
    /// For how long of the time before that the receiver took no more.
    pub(crate) held_ns: Option<i64>,
    pub(crate) first_byte: Option<Moment>,
    pub(crate) done: Option<Moment>,
    /// When it arrived, where not by schedule.
    pub(crate) arrival: Option<Moment>,
}

impl Ended {
    /// A request that never left, and why.
    pub(crate) fn unsent(index: usize, code: Code) -> Self {
        Self {
            index,
            status: Status::Unsent,
            code: Some(code),
            sent: None,
            held_ns: None,
            first_byte: None,
            done: None,
            arrival: None,
        }
    }
}

impl Planned {
    pub(crate) fn arrival(&self) -> Moment {
        self.row.request.arrival
    }

    pub(crate) fn deadline(&self) -> Moment {
        self.row.request.deadline
    }

    /// Its deadline where it arrived otherwise than by schedule.
    pub(crate) fn deadline_from(&self, arrival: Option<Moment>) -> Moment {
        let slo = self.deadline().saturating_since(self.arrival());
        arrival.and_then(|arrival| arrival.checked_add(slo)).unwrap_or(self.deadline())
    }

    pub(crate) fn tensor_seed(&self) -> Seed {
        self.row.tensor_seed
    }

    /// What its message may tell, where it is sent at `now` and due by `deadline`, and the run began
    /// at `epoch_unix_ns`.
    pub(crate) fn facts(&self, epoch_unix_ns: i64, now: Moment, deadline: Moment) -> Facts {
        let unix = |moment: Moment| epoch_unix_ns.saturating_add(moment.as_nanos());
        let request = &self.row.request;
        let slo_ns = self.deadline().as_nanos() - self.arrival().as_nanos();
        Facts {
            id: request.id.0,
            tier: request.tier,
            slo: self.row.slo.into(),
            model: request.model.0.into(),
            tensor_seed: self.row.tensor_seed.0,
            arrival_ns: unix(deadline).saturating_sub(slo_ns),
            deadline_ns: unix(deadline),
            now_ns: unix(now),
        }
    }

    /// Its row of the outcome table.
    pub(crate) fn outcome(&self, run: i32, ended: Ended) -> Outcome {
        let request = self.row.request;
        let arrival = ended.arrival.unwrap_or(request.arrival);
        Outcome {
            run,
            request_id: request.id,
            tier: request.tier,
            slo: self.row.slo,
            model: request.model.0,
            arrival,
            deadline: self.deadline_from(ended.arrival),
            sent: ended.sent,
            started: None,
            done: ended.done,
            status: ended.status,
            worker: None,
            batch: None,
            code: ended.code,
            first_byte: ended.first_byte,
            held_ns: ended.held_ns,
        }
    }
}

//! Policies that never idle: whenever a worker is free, the head of the queue runs.
//!
//! FIFO, strict priority and EDF differ in the order of their queue and in nothing else, so the
//! order is all that their files hold.

use std::fmt;

use request::{Moment, Request};

use crate::{Actions, Event, Policy, RefusalReason, Ticket, View, WorkerId};

/// A request that waits, as much of it as an order needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Waiting {
    pub(crate) ticket: Ticket,
    pub(crate) request: Request,
}

/// The order in which waiting requests run.
pub(crate) trait Queue: Send {
    /// Name of the policy that this order makes.
    const NAME: &'static str;

    /// Adds a request; they come in order of (arrival, id).
    fn push(&mut self, waiting: Waiting);

    /// Takes the request that runs next.
    fn pop(&mut self) -> Option<Waiting>;
}

/// What happens to a request whose deadline has passed when its turn comes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Late {
    /// It runs all the same: the textbook form of each policy, and the default.
    #[default]
    Serve,
    /// It is answered `expired`.
    Drop,
}

impl fmt::Display for Late {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Serve => "serve",
            Self::Drop => "drop",
        })
    }
}

/// A queue and the rule that no worker idles while a request waits. Batches have size 1.
pub(crate) struct Greedy<Q> {
    queue: Q,
    late: Late,
}

impl<Q: Queue> Greedy<Q> {
    pub(crate) fn new(queue: Q, late: Late) -> Self {
        Self { queue, late }
    }

    /// Takes the next request to run; those that came too late are refused on the way.
    fn next_to_run(&mut self, now: Moment, actions: &mut Actions) -> Option<Ticket> {
        while let Some(Waiting { ticket, request }) = self.queue.pop() {
            if self.late == Late::Drop && request.deadline <= now {
                actions.refuse(ticket, RefusalReason::Expired);
            } else {
                return Some(ticket);
            }
        }
        None
    }
}

impl<Q: Queue> Policy for Greedy<Q> {
    fn name(&self) -> String {
        match self.late {
            Late::Serve => Q::NAME.to_owned(),
            Late::Drop => format!("{}:late={}", Q::NAME, self.late),
        }
    }

    fn on_event(&mut self, now: Moment, event: Event<'_>, view: &dyn View, actions: &mut Actions) {
        if let Event::Arrived { ticket, request } = event {
            self.queue.push(Waiting { ticket, request: *request });
        }
        let mut idle = view.idle_worker(WorkerId(0));
        while let Some(worker) = idle {
            let Some(ticket) = self.next_to_run(now, actions) else { return };
            actions.dispatch(worker, &[ticket]);
            idle = view.idle_worker(WorkerId(worker.0 + 1));
        }
    }
}

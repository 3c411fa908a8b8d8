//! What happens to a request whose turn comes too late.

use std::time::Duration;

use request::Moment;

use crate::crew::Crew;
use crate::estimate::Estimate;
use crate::lanes::{Entry, Lanes};
use crate::parameter::{ParameterSpec, Parameters, Values};
use crate::{Actions, RefusalReason, Ticket, View, WorkerId};

/// The parameter `late` of a policy made with [`Greedy`](crate::Greedy).
pub const LATE: ParameterSpec = ParameterSpec {
    name: "late",
    values: Values::Words(&["serve", "drop", "hopeless"]),
    default: "serve",
    meaning: "a request whose turn comes too late is served all the same; or is answered expired \
              once its deadline has passed; or already when it would pass while the request, \
              alone and by its mean estimate, is served",
};

/// What is done with late requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Late {
    /// They run: the textbook form of each policy.
    Serve,
    /// They are answered `expired` once their deadline has passed.
    Drop,
    /// They are answered `expired` once they cannot be served in time any more, by this estimate.
    Hopeless(Estimate),
}

impl Late {
    /// As `parameters` say; `Serve` where the policy has no such parameter.
    pub(crate) fn of(parameters: &Parameters) -> Self {
        if !parameters.has(LATE.name) {
            return Self::Serve;
        }
        match parameters.word(LATE.name) {
            "drop" => Self::Drop,
            "hopeless" => Self::Hopeless(Estimate::Mean),
            _ => Self::Serve,
        }
    }

    /// Whether the request of `ticket` may run on `worker`; otherwise refuses it.
    #[inline]
    pub(crate) fn admits(
        self,
        ticket: Ticket,
        worker: WorkerId,
        now: Moment,
        view: &dyn View,
        actions: &mut Actions,
    ) -> bool {
        // The common case asks the view nothing.
        if self == Self::Serve {
            return true;
        }
        let is_late = view.request(ticket).is_some_and(|request| match self {
            Self::Hopeless(estimate) if request.deadline > now => {
                let time = estimate.time(worker, request.model, 1, view);
                is_after(now, time.unwrap_or_default(), request.deadline)
            }
            _ => request.deadline <= now,
        });
        if is_late {
            actions.refuse(ticket, RefusalReason::Expired);
        }
        !is_late
    }

    /// Refuses what is late, or hopeless even on the quickest of the workers that are there, from
    /// queues in order of deadlines: that is at their heads.
    pub(crate) fn shed(
        self,
        waiting: &mut Lanes<Moment>,
        crew: &Crew<Moment>,
        now: Moment,
        view: &dyn View,
        actions: &mut Actions,
    ) {
        let is_late = |model, head: &Entry<Moment>| match self {
            Self::Serve => false,
            Self::Hopeless(estimate) if head.key > now => {
                let time = crew.least_time(estimate, model, 1, view);
                is_after(now, time.unwrap_or_default(), head.key)
            }
            _ => head.key <= now,
        };
        waiting
            .pop_while(is_late, view, |entry| actions.refuse(entry.ticket, RefusalReason::Expired));
    }
}

/// Whether what takes `time` from `now` on ends after `deadline`.
pub(crate) fn is_after(now: Moment, time: Duration, deadline: Moment) -> bool {
    // A sum that does not fit is after every deadline but the last, which stands for none.
    now.checked_add(time).map_or(deadline < Moment::MAX, |finish| finish > deadline)
}

//! What happens to a request whose turn comes too late.

use request::Moment;

use crate::parameter::{ParameterSpec, Parameters, Values};
use crate::{Ticket, View, WorkerId};

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
    /// They are answered `expired` once they cannot be served in time any more.
    Hopeless,
}

impl Late {
    /// As `parameters` say; `Serve` where the policy has no such parameter.
    pub(crate) fn of(parameters: &Parameters) -> Self {
        if !parameters.has(LATE.name) {
            return Self::Serve;
        }
        match parameters.word(LATE.name) {
            "drop" => Self::Drop,
            "hopeless" => Self::Hopeless,
            _ => Self::Serve,
        }
    }

    /// Whether the request of `ticket` is turned away, now that `worker` could take it.
    #[inline]
    pub(crate) fn refuses(
        self,
        ticket: Ticket,
        worker: WorkerId,
        now: Moment,
        view: &dyn View,
    ) -> bool {
        // The common case asks the view nothing.
        if self == Self::Serve {
            return false;
        }
        let Some(request) = view.request(ticket) else { return false };
        let finish = || {
            let time = view.time_to_serve(worker, request.model, 1).unwrap_or_default();
            now.checked_add(time).unwrap_or(Moment::MAX)
        };
        request.deadline <= now || (self == Self::Hopeless && request.deadline < finish())
    }
}

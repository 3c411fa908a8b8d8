//! How a request ended in virtual time.

use cluster::{Observer, Served};
use policy::RefusalReason;
use request::{Moment, Request};

/// How a request ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It was served.
    Served(Served),
    /// The policy turned it away.
    Refused {
        /// Why.
        reason: RefusalReason,
        /// When.
        at: Moment,
    },
    /// It ran on a worker that failed.
    Lost {
        /// When.
        at: Moment,
    },
}

/// Hands the fate of each request to a function, in order of ending.
#[derive(Debug)]
pub struct Fates<F>(pub F);

impl<T, F: FnMut(T, Fate)> Observer<T> for Fates<F> {
    fn served(&mut self, _: &Request, payload: T, served: Served) {
        (self.0)(payload, Fate::Served(served));
    }

    fn refused(&mut self, _: &Request, payload: T, reason: RefusalReason, at: Moment) {
        (self.0)(payload, Fate::Refused { reason, at });
    }

    fn lost(&mut self, _: &Request, payload: T, at: Moment) {
        (self.0)(payload, Fate::Lost { at });
    }
}

//! First in, first out: the earliest arrival runs next.
//!
//! Cost: that of [`Greedy`]. It is fair to requests and blind to urgency: the
//! policy to measure others against, and a good one where all requests are equally urgent.

use request::{Moment, Request};

use crate::{Greedy, LATE, Order, PolicySpec, View};

pub(crate) const SPEC: PolicySpec = PolicySpec {
    name: "fifo",
    summary: "first in, first out: the earliest arrival",
    parameters: &[LATE],
    make: |parameters| Box::new(Greedy::new(Fifo, parameters)),
};

struct Fifo;

impl Order for Fifo {
    /// All alike, so that arrivals decide.
    type Key = ();

    fn key(&mut self, _: Moment, _: &Request, _: &dyn View) {}
}

#[cfg(test)]
mod tests {
    use crate::testing::order;

    #[test]
    fn arrival_decides_alone() {
        assert_eq!(order("fifo", &[(3, 900), (1, 100), (2, 500)]), [0, 1, 2]);
    }
}

//! Earliest deadline first, whatever the tier.
//!
//! It minimises the largest lateness on one worker when all requests are there from the start
//! (Jackson 1955). Without preemption and with arrivals it is not optimal, and in overload it
//! serves what is about to be late: `late=hopeless`, or the policy `shed`, mends that. With equal
//! SLOs it is FIFO. Cost: that of [`Greedy`], and O(workers) an arrival with `preempt=on`.

use request::{Moment, Request};

use crate::{Greedy, LATE, Order, PREEMPT, PolicySpec, View};

pub(crate) const SPEC: PolicySpec = PolicySpec {
    name: "edf",
    summary: "earliest deadline first",
    parameters: &[LATE, PREEMPT],
    make: |parameters| Box::new(Greedy::new(Edf, parameters)),
};

struct Edf;

impl Order for Edf {
    type Key = Moment;

    fn key(&mut self, _: Moment, request: &Request, _: &dyn View) -> Moment {
        request.deadline
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::order;

    #[test]
    fn the_deadline_decides_whatever_the_tier() {
        assert_eq!(order("edf", &[(1, 900), (3, 100), (2, 500)]), [1, 2, 0]);
    }

    #[test]
    fn equal_deadlines_run_in_order_of_arrival() {
        assert_eq!(order("edf", &[(3, 7), (2, 7), (1, 7)]), [0, 1, 2]);
    }

    #[test]
    fn no_deadline_is_the_last() {
        assert_eq!(order("edf", &[(1, i64::MAX), (3, i64::MAX - 1), (1, i64::MAX)]), [1, 0, 2]);
    }
}

//! Earliest deadline first, non-preemptive; ties by arrival, then id. O(log n) a request.
//!
//! With equal SLOs it is FIFO. It minimises the largest lateness on one worker when all requests
//! are there from the start (Jackson 1955); without preemption and with arrivals it is not optimal.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use crate::greedy::{Queue, Waiting};

#[derive(Default)]
pub(crate) struct Edf(BinaryHeap<ByDeadline>);

/// Orders the largest first, as the heap wants: the earliest deadline.
struct ByDeadline(Waiting);

impl Queue for Edf {
    const NAME: &'static str = "edf";

    fn push(&mut self, waiting: Waiting) {
        self.0.push(ByDeadline(waiting));
    }

    fn pop(&mut self) -> Option<Waiting> {
        self.0.pop().map(|ByDeadline(waiting)| waiting)
    }
}

impl Ord for ByDeadline {
    fn cmp(&self, other: &Self) -> Ordering {
        let key = |Self(waiting): &Self| {
            // The ticket makes the order total where a client repeats an id.
            let request = waiting.request;
            (request.deadline, request.arrival, request.id, waiting.ticket)
        };
        key(other).cmp(&key(self))
    }
}

impl PartialOrd for ByDeadline {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for ByDeadline {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for ByDeadline {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::order;

    #[test]
    fn the_deadline_decides_whatever_the_tier() {
        assert_eq!(order(Edf::default(), &[(1, 900), (3, 100), (2, 500)]), [1, 2, 0]);
    }

    #[test]
    fn equal_deadlines_run_in_order_of_arrival() {
        assert_eq!(order(Edf::default(), &[(3, 7), (2, 7), (1, 7)]), [0, 1, 2]);
    }
}

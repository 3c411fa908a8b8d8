//! Strict priority, non-preemptive: the most urgent tier runs next, within it the earliest
//! arrival. O(1) a request.
//!
//! Waits in a queue of this kind are those of Cobham (1954); a busy tier starves the ones below.

use std::collections::VecDeque;

use request::Tier;

use crate::greedy::{Queue, Waiting};

#[derive(Default)]
pub(crate) struct Priority([VecDeque<Waiting>; Tier::ALL.len()]);

impl Queue for Priority {
    const NAME: &'static str = "priority";

    fn push(&mut self, waiting: Waiting) {
        self.0[usize::from(waiting.request.tier.number() - 1)].push_back(waiting);
    }

    fn pop(&mut self) -> Option<Waiting> {
        self.0.iter_mut().find_map(VecDeque::pop_front)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::order;

    #[test]
    fn the_tier_decides_then_the_arrival() {
        let requests = [(3, 1), (2, 9), (1, 9), (3, 1), (1, 5), (2, 2)];
        assert_eq!(order(Priority::default(), &requests), [2, 4, 1, 5, 0, 3]);
    }
}

//! First in, first out: the earliest arrival runs next. O(1) a request.

use std::collections::VecDeque;

use crate::greedy::{Queue, Waiting};

#[derive(Default)]
pub(crate) struct Fifo(VecDeque<Waiting>);

impl Queue for Fifo {
    const NAME: &'static str = "fifo";

    fn push(&mut self, waiting: Waiting) {
        self.0.push_back(waiting);
    }

    fn pop(&mut self) -> Option<Waiting> {
        self.0.pop_front()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::order;

    #[test]
    fn arrival_decides_alone() {
        assert_eq!(order(Fifo::default(), &[(3, 900), (1, 100), (2, 500)]), [0, 1, 2]);
    }
}

//! How many requests wait, told in order of time.
//!
//! A recorder hears of an arrival only when its request ends, and of a dispatch only when the batch
//! does. What happened before a moment is known once every request that arrived before it has ended.

use std::collections::BTreeMap;

use request::Moment;

use crate::window::Window;

/// Changes of the number of waiting requests, held back until none can come before them.
#[derive(Debug)]
pub(super) struct QueueLength {
    arrivals: Window<Moment>,
    /// All that happened before is known.
    known_to: Moment,
    changes: BTreeMap<Moment, i64>,
    waiting: i64,
}

impl QueueLength {
    pub(super) fn new() -> Self {
        Self {
            arrivals: Window::default(),
            known_to: Moment::ZERO,
            changes: BTreeMap::new(),
            waiting: 0,
        }
    }

    /// The request in this row of the trace arrived at `at`, and has ended.
    pub(super) fn arrived(&mut self, row: u64, at: Moment) {
        self.change(at, 1);
        self.arrivals.put(row, at);
        while let Some(at) = self.arrivals.next() {
            self.known_to = at;
        }
    }

    /// At `at` so many requests began to wait, or stopped where `by` is negative.
    pub(super) fn change(&mut self, at: Moment, by: i64) {
        *self.changes.entry(at).or_default() += by;
    }

    /// Every request has ended.
    pub(super) fn close(&mut self) {
        self.known_to = Moment::MAX;
    }

    pub(super) fn known_to(&self) -> Moment {
        self.known_to
    }

    /// The next moment at which the number changed, and the new number.
    pub(super) fn next(&mut self) -> Option<(Moment, i64)> {
        while let Some(entry) = self.changes.first_entry() {
            if *entry.key() >= self.known_to {
                return None;
            }
            let (at, by) = entry.remove_entry();
            if by != 0 {
                self.waiting += by;
                return Some((at, self.waiting));
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(nanos: i64) -> Moment {
        Moment::from_nanos(nanos)
    }

    #[test]
    fn lengths_wait_for_all_that_came_before() {
        let mut queue = QueueLength::new();
        let mut told = Vec::new();
        let mut tell = |queue: &mut QueueLength| {
            told.extend(std::iter::from_fn(|| queue.next()).map(|(at, n)| (at.as_nanos(), n)));
            told.push((-1, 0));
        };
        // Row 1 came at 5 and started at 6; row 0 came at 2 and started at 9, when row 1 was done.
        queue.change(at(6), -1);
        queue.arrived(1, at(5));
        tell(&mut queue);
        queue.change(at(9), -1);
        queue.arrived(0, at(2));
        tell(&mut queue);
        queue.close();
        tell(&mut queue);
        assert_eq!(told, [(-1, 0), (2, 1), (-1, 0), (5, 2), (6, 1), (9, 0), (-1, 0)]);
    }

    #[test]
    fn who_starts_at_once_never_waits() {
        let mut queue = QueueLength::new();
        queue.arrived(0, at(3));
        queue.change(at(3), -1);
        queue.close();
        assert_eq!(queue.next(), None);
    }
}

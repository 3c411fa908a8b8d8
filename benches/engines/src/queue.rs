//! The three orders, over positions of rows. Rows are sorted by (arrival, id), so a position is a
//! tie-breaker.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use request::Tier;

use crate::{Policy, Row};

/// Requests that wait, and which of them is next.
pub trait Queue: Default {
    /// Adds the row at this position.
    fn push(&mut self, position: u32, row: &Row);

    /// Takes the next.
    fn pop(&mut self) -> Option<u32>;
}

/// The earliest arrival first.
#[derive(Default)]
pub struct Fifo(VecDeque<u32>);

impl Queue for Fifo {
    #[inline]
    fn push(&mut self, position: u32, _: &Row) {
        self.0.push_back(position);
    }

    #[inline]
    fn pop(&mut self) -> Option<u32> {
        self.0.pop_front()
    }
}

/// The most urgent tier first, in it the earliest arrival.
#[derive(Default)]
pub struct Priority([VecDeque<u32>; Tier::ALL.len()]);

impl Queue for Priority {
    #[inline]
    fn push(&mut self, position: u32, row: &Row) {
        self.0[usize::from(row.tier)].push_back(position);
    }

    #[inline]
    fn pop(&mut self) -> Option<u32> {
        self.0.iter_mut().find_map(VecDeque::pop_front)
    }
}

/// The earliest deadline first: deadline and position in one integer.
#[derive(Default)]
pub struct Edf(BinaryHeap<Reverse<u128>>);

impl Queue for Edf {
    #[inline]
    fn push(&mut self, position: u32, row: &Row) {
        let deadline = u128::from(row.deadline_ns.cast_unsigned());
        self.0.push(Reverse(deadline << 64 | u128::from(position)));
    }

    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "the lowest bits are the position")]
    fn pop(&mut self) -> Option<u32> {
        self.0.pop().map(|Reverse(key)| key as u32)
    }
}

/// One of the three, for frameworks whose models take no type parameters.
pub enum AnyQueue {
    /// See [`Fifo`].
    Fifo(Fifo),
    /// See [`Priority`].
    Priority(Priority),
    /// See [`Edf`].
    Edf(Edf),
}

impl AnyQueue {
    /// The order of a policy.
    #[must_use]
    pub fn new(policy: Policy) -> Self {
        match policy {
            Policy::Fifo => Self::Fifo(Fifo::default()),
            Policy::Priority => Self::Priority(Priority::default()),
            Policy::Edf => Self::Edf(Edf::default()),
        }
    }

    /// Adds the row at this position.
    #[inline]
    pub fn push(&mut self, position: u32, row: &Row) {
        match self {
            Self::Fifo(queue) => queue.push(position, row),
            Self::Priority(queue) => queue.push(position, row),
            Self::Edf(queue) => queue.push(position, row),
        }
    }

    /// Takes the next.
    #[inline]
    pub fn pop(&mut self) -> Option<u32> {
        match self {
            Self::Fifo(queue) => queue.pop(),
            Self::Priority(queue) => queue.pop(),
            Self::Edf(queue) => queue.pop(),
        }
    }
}

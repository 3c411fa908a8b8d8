//! What an engine tells of each request, and the least that can be made of it.

use request::Tier;
use serde::Serialize;

use crate::Row;

/// Whatever wants to know how requests were served.
pub trait Record {
    /// The request of `row` is in service from `start_ns` to `finish_ns`.
    ///
    /// An engine may say so as soon as it knows, in whatever order.
    fn served(&mut self, row: &Row, start_ns: i64, finish_ns: i64);
}

/// How long requests waited, by tier; exact, so that engines can be held to each other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Waits {
    /// How many requests there were.
    pub count: [u64; Tier::ALL.len()],
    /// How long they waited together.
    pub sum_ns: [i64; Tier::ALL.len()],
}

impl Record for Waits {
    #[inline]
    fn served(&mut self, row: &Row, start_ns: i64, _: i64) {
        self.count[usize::from(row.tier)] += 1;
        self.sum_ns[usize::from(row.tier)] += start_ns - row.arrival_ns;
    }
}

impl Waits {
    /// Mean wait of each tier; 0 where there was no request.
    #[must_use]
    pub fn mean_ms(&self) -> [f64; Tier::ALL.len()] {
        std::array::from_fn(|tier| match self.count[tier] {
            0 => 0.0,
            count => self.sum_ns[tier] as f64 / count as f64 / 1e6,
        })
    }
}

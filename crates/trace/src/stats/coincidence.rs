//! Counts arrivals that have one of another class close by.
//!
//! Independent streams hardly ever coincide, and streams from one seed do so all the time; few
//! figures tell a broken generator so plainly.

use std::collections::VecDeque;

use super::COINCIDENCE_NS;

/// Takes arrivals in order.
#[derive(Clone, Debug, Default)]
pub(super) struct Coincidences {
    count: u64,
    /// The last arrival, and its class.
    last: Option<(i64, usize)>,
    /// The last arrival of a class other than that of `last`.
    last_other: Option<i64>,
    /// Arrivals that are still close and have met no other class yet. All are of one class, or
    /// they would have met.
    waiting: VecDeque<i64>,
    waiting_class: usize,
}

impl Coincidences {
    pub(super) fn add(&mut self, arrival_ns: i64, class: usize) {
        let is_close = |earlier: i64| arrival_ns - earlier <= COINCIDENCE_NS;
        while self.waiting.front().is_some_and(|&earlier| !is_close(earlier)) {
            self.waiting.pop_front();
        }
        if self.waiting_class != class {
            self.count += self.waiting.len() as u64;
            self.waiting.clear();
            self.waiting_class = class;
        }
        if let Some((last_ns, last_class)) = self.last
            && last_class != class
        {
            self.last_other = Some(last_ns);
        }
        self.last = Some((arrival_ns, class));
        if self.last_other.is_some_and(is_close) {
            self.count += 1;
        } else {
            self.waiting.push_back(arrival_ns);
        }
    }

    /// Arrivals so far that have one of another class close by.
    pub(super) fn count(&self) -> u64 {
        self.count
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn plainly(arrivals: &[(i64, usize)]) -> u64 {
        let meets = |a: &(i64, usize)| {
            arrivals.iter().any(|b| a.1 != b.1 && (a.0 - b.0).abs() <= COINCIDENCE_NS)
        };
        arrivals.iter().filter(|a| meets(a)).count() as u64
    }

    proptest! {
        #[test]
        fn it_agrees_with_comparing_all_pairs(
            mut arrivals in prop::collection::vec((0_i64..20_000, 0_usize..3), 0..60),
        ) {
            arrivals.sort_unstable();
            let mut coincidences = Coincidences::default();
            arrivals.iter().for_each(|&(arrival, class)| coincidences.add(arrival, class));
            prop_assert_eq!(coincidences.count(), plainly(&arrivals));
        }
    }
}

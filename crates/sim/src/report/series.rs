//! What changes over time, in bounded memory.
//!
//! Nobody knows beforehand how long a run is. So time is cut into a fixed number of parts, which
//! become twice as long whenever the run goes on beyond them.

use request::Moment;

/// Parts at most: about as many as a chart has room to tell apart.
pub(super) const PARTS_MAX: usize = 256;

/// Length of a part at first.
const FIRST_NS: i64 = 1_000;

/// What a part of the time holds.
pub(super) trait Part: Clone + Default {
    /// Makes one part of this one and the next, each of which is `length_ns` long.
    fn join(&mut self, next: &Self, length_ns: i64);
}

/// Equal parts of time from 0.
#[derive(Clone, Debug)]
pub(super) struct Series<P> {
    length_ns: i64,
    parts: Vec<P>,
}

impl<P: Part> Series<P> {
    pub(super) fn new() -> Self {
        Self { length_ns: FIRST_NS, parts: Vec::new() }
    }

    /// The part that holds `at`, and its end.
    pub(super) fn at(&mut self, at: Moment) -> (&mut P, i64) {
        let nanos = at.as_nanos().max(0);
        while nanos / self.length_ns >= PARTS_MAX as i64 {
            self.widen();
        }
        let index = usize::try_from(nanos / self.length_ns).expect("there are few parts");
        if index >= self.parts.len() {
            self.parts.resize(index + 1, P::default());
        }
        (&mut self.parts[index], (index as i64 + 1).saturating_mul(self.length_ns))
    }

    /// Makes parts twice as long until they are at least `length_ns`.
    pub(super) fn widen_to(&mut self, length_ns: i64) {
        while self.length_ns < length_ns {
            self.widen();
        }
    }

    pub(super) fn length_ns(&self) -> i64 {
        self.length_ns
    }

    pub(super) fn parts(&self) -> &[P] {
        &self.parts
    }

    fn widen(&mut self) {
        let pairs = self.parts.chunks(2).map(|pair| {
            let mut joined = pair[0].clone();
            joined.join(pair.get(1).unwrap_or(&P::default()), self.length_ns);
            joined
        });
        self.parts = pairs.collect();
        self.length_ns = self.length_ns.saturating_mul(2);
    }
}

/// Steps of a level that is 0 at first, such as the number of waiting requests. They may come in
/// any order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Steps {
    /// By how much the level changes in all.
    net: i64,
    /// What these steps add to the level, integrated from them to the end of the part: level x ns.
    area: i128,
}

impl Part for Steps {
    fn join(&mut self, next: &Self, length_ns: i64) {
        self.area += i128::from(self.net) * i128::from(length_ns) + next.area;
        self.net += next.net;
    }
}

impl Series<Steps> {
    /// The level changes.
    pub(super) fn step(&mut self, at: Moment, by: i64) {
        let (part, end_ns) = self.at(at);
        part.net += by;
        part.area += i128::from(by) * i128::from(end_ns - at.as_nanos());
    }

    /// The level in each part, integrated: level x ns.
    pub(super) fn areas(&self) -> impl Iterator<Item = i128> + '_ {
        let mut level = 0;
        self.parts.iter().map(move |part| {
            let before = i128::from(level) * i128::from(self.length_ns);
            level += part.net;
            before + part.area
        })
    }
}

/// Requests, and how many of them met their deadline.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Met {
    pub(super) count: u64,
    pub(super) met: u64,
}

impl Part for Met {
    fn join(&mut self, next: &Self, _: i64) {
        self.count += next.count;
        self.met += next.met;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(nanos: i64) -> Moment {
        Moment::from_nanos(nanos)
    }

    #[test]
    fn a_level_is_a_mean_over_each_part() {
        let mut level = Series::new();
        level.step(at(2_500), -1);
        level.step(at(500), 2);
        level.step(at(3_000), -1);
        assert_eq!(level.areas().collect::<Vec<_>>(), [1_000, 2_000, 1_500, 0]);
        level.widen_to(2_000);
        assert_eq!(level.areas().collect::<Vec<_>>(), [3_000, 1_500]);
    }

    proptest! {
        #[test]
        fn widening_keeps_what_was_counted(
            stays in prop::collection::vec((0_i64..3_000_000_000, 1_i64..50_000_000), 1..40),
        ) {
            let mut level = Series::<Steps>::new();
            for &(from, length) in &stays {
                level.step(at(from + length), -1);
                level.step(at(from), 1);
            }
            let total: i64 = stays.iter().map(|(_, length)| length).sum();
            prop_assert_eq!(level.areas().sum::<i128>(), i128::from(total));
            prop_assert!(level.parts().len() <= PARTS_MAX);
            // Each part holds just what lies in it.
            let width = level.length_ns();
            for (index, area) in level.areas().enumerate() {
                let (start, end) = (index as i64 * width, (index as i64 + 1) * width);
                let inside = |&(from, length): &(i64, i64)| {
                    (end.min(from + length) - start.max(from)).max(0)
                };
                prop_assert_eq!(area, i128::from(stays.iter().map(inside).sum::<i64>()));
            }
        }
    }
}

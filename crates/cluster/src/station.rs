//! One worker at work: its batch, its boundaries and its memory.

use std::time::Duration;

use policy::Ticket;
use request::{ModelId, Moment};

use crate::memory::Memory;

/// A worker and its batch; an idle one has an empty batch.
#[derive(Debug)]
pub(crate) struct Station {
    pub(crate) batch: Vec<Ticket>,
    pub(crate) model: ModelId,
    /// When the batch came, when its model was there, and when its end or boundary is due.
    pub(crate) dispatched: Moment,
    pub(crate) started: Moment,
    pub(crate) due: Moment,
    pub(crate) steps: Steps,
    /// The step before which it stops, where it was asked to.
    pub(crate) stop_at: Option<u32>,
    pub(crate) slowness_ppm: u64,
    pub(crate) memory: Memory,
}

/// The steps of a batch: equal parts of its service time, between which it can be stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Steps {
    /// The whole batch's service time, ns.
    pub(crate) whole_ns: u64,
    /// How many steps that is.
    pub(crate) count: u32,
    /// How many of them were done before the batch came.
    pub(crate) done: u32,
}

impl Station {
    pub(crate) fn new(slowness_ppm: u64, memory: Memory) -> Self {
        Self {
            batch: Vec::new(),
            model: ModelId(0),
            dispatched: Moment::ZERO,
            started: Moment::ZERO,
            due: Moment::ZERO,
            steps: Steps { whole_ns: 0, count: 1, done: 0 },
            stop_at: None,
            slowness_ppm,
            memory,
        }
    }

    pub(crate) fn is_busy(&self) -> bool {
        !self.batch.is_empty()
    }

    /// Asks the batch to stop at the first boundary from `now` on; returns when that is, where it
    /// is before the end and was not asked for already.
    pub(crate) fn stop(&mut self, now: Moment) -> Option<Moment> {
        let elapsed = now.saturating_since(self.started);
        let step = self.steps.boundary_after(elapsed).filter(|_| self.stop_at.is_none())?;
        self.stop_at = Some(step);
        self.due = self.started + Duration::from_nanos(self.steps.until(step));
        Some(self.due)
    }
}

impl Steps {
    /// Time that is left of the whole, ns.
    #[inline]
    pub(crate) fn left_ns(self) -> u64 {
        // The common case, without a division.
        if self.done == 0 { self.whole_ns } else { self.until(self.count) }
    }

    /// Time from the first of these steps until just before `step`, ns. Such that parts
    /// add up exactly.
    fn until(self, step: u32) -> u64 {
        let offset = |step: u32| {
            let nanos = u128::from(self.whole_ns) * u128::from(step) / u128::from(self.count);
            u64::try_from(nanos).expect("a part is no longer than the whole")
        };
        offset(step) - offset(self.done)
    }

    /// The first step that has not begun after `elapsed`; `None` where the last one has.
    fn boundary_after(self, elapsed: Duration) -> Option<u32> {
        let elapsed = u64::try_from(elapsed.as_nanos()).unwrap_or(u64::MAX);
        // Boundaries rise, so the first that is not before `elapsed` is found by halving.
        let (mut low, mut high) = (self.done, self.count);
        while low < high {
            let middle = low + (high - low) / 2;
            if self.until(middle) >= elapsed { high = middle } else { low = middle + 1 }
        }
        (low < self.count).then_some(low)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nanos(nanos: u64) -> Duration {
        Duration::from_nanos(nanos)
    }

    #[test]
    fn parts_add_up_to_the_whole() {
        let left = |done| Steps { whole_ns: 1_000, count: 3, done }.left_ns();
        assert_eq!([0, 1, 2, 3].map(left), [1_000, 667, 334, 0]);
    }

    #[test]
    fn a_boundary_is_found_from_any_moment() {
        let steps = Steps { whole_ns: 90, count: 3, done: 0 };
        let found = |elapsed| steps.boundary_after(nanos(elapsed));
        assert_eq!([0, 1, 30, 31, 60].map(found), [0, 1, 1, 2, 2].map(Some));
        assert_eq!([61, 90, 1_000].map(found), [None; 3]);
        let resumed = Steps { done: 2, ..steps };
        assert_eq!(resumed.boundary_after(nanos(0)), Some(2));
        assert_eq!(resumed.boundary_after(nanos(1)), None);
    }

    #[test]
    fn one_step_has_no_boundary_once_it_runs() {
        let steps = Steps { whole_ns: 90, count: 1, done: 0 };
        assert_eq!(steps.boundary_after(nanos(1)), None);
    }

    #[test]
    fn a_worker_is_asked_to_stop_once() {
        let mut station = Station::new(1_000_000, Memory::default());
        station.steps = Steps { whole_ns: 90, count: 3, done: 0 };
        station.started = Moment::from_nanos(100);
        assert_eq!(station.stop(Moment::from_nanos(110)), Some(Moment::from_nanos(130)));
        assert_eq!(station.stop_at, Some(1));
        assert_eq!(station.stop(Moment::from_nanos(111)), None);
    }
}

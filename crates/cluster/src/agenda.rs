//! What is due, and in which order: one answer for virtual and for real time.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use policy::WorkerId;
use request::Moment;

/// The completions and timers to come.
///
/// Arrivals are not in it: they are sorted already, and a heap would only slow them down.
#[derive(Clone, Debug, Default)]
pub struct Agenda {
    finishes: BinaryHeap<Reverse<(Moment, WorkerId)>>,
    wakes: BinaryHeap<Reverse<Moment>>,
}

/// Something that is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// A worker finishes its batch.
    Finish(WorkerId),
    /// A moment comes that the policy asked for.
    Wake,
}

impl Agenda {
    /// Adds the end of a batch.
    pub fn finish_at(&mut self, moment: Moment, worker: WorkerId) {
        self.finishes.push(Reverse((moment, worker)));
    }

    /// Adds a timer. Asking twice for one moment is one timer.
    pub fn wake_at(&mut self, moment: Moment) {
        self.wakes.push(Reverse(moment));
    }

    /// When the next event is due.
    #[must_use]
    pub fn next_due(&self) -> Option<Moment> {
        [self.next_finish(), self.next_wake()].into_iter().flatten().min()
    }

    /// Takes the next event that goes before an arrival at `arrival`; any, if no arrival is to
    /// come.
    ///
    /// At one moment a completion goes before an arrival, and that before a timer. Completions of
    /// one moment go in order of their workers.
    pub fn next_before(&mut self, arrival: Option<Moment>) -> Option<(Moment, Due)> {
        let due = self.next_due()?;
        if self.next_finish() == Some(due) {
            if arrival.is_some_and(|arrival| due > arrival) {
                return None;
            }
            let Reverse((_, worker)) = self.finishes.pop().expect("it was peeked at");
            return Some((due, Due::Finish(worker)));
        }
        if arrival.is_some_and(|arrival| due >= arrival) {
            return None;
        }
        while self.next_wake() == Some(due) {
            self.wakes.pop();
        }
        Some((due, Due::Wake))
    }

    fn next_finish(&self) -> Option<Moment> {
        self.finishes.peek().map(|Reverse((at, _))| *at)
    }

    fn next_wake(&self) -> Option<Moment> {
        self.wakes.peek().map(|Reverse(at)| *at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(nanos: i64) -> Moment {
        Moment::from_nanos(nanos)
    }

    #[test]
    fn at_one_moment_completions_go_first_then_the_arrival_then_timers() {
        let mut agenda = Agenda::default();
        agenda.wake_at(at(5));
        agenda.wake_at(at(5));
        agenda.finish_at(at(5), WorkerId(1));
        agenda.finish_at(at(5), WorkerId(0));
        assert_eq!(agenda.next_before(Some(at(4))), None);
        assert_eq!(agenda.next_before(Some(at(5))), Some((at(5), Due::Finish(WorkerId(0)))));
        assert_eq!(agenda.next_before(Some(at(5))), Some((at(5), Due::Finish(WorkerId(1)))));
        assert_eq!(agenda.next_before(Some(at(5))), None, "the arrival goes before the timer");
        assert_eq!(agenda.next_before(Some(at(6))), Some((at(5), Due::Wake)));
        assert_eq!(agenda.next_before(None), None, "one moment is one timer");
    }

    #[test]
    fn the_earlier_event_goes_first_whatever_its_kind() {
        let mut agenda = Agenda::default();
        agenda.finish_at(at(9), WorkerId(0));
        agenda.wake_at(at(3));
        assert_eq!(agenda.next_due(), Some(at(3)));
        assert_eq!(agenda.next_before(None), Some((at(3), Due::Wake)));
        assert_eq!(agenda.next_before(None), Some((at(9), Due::Finish(WorkerId(0)))));
    }
}

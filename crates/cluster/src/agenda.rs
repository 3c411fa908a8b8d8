//! What is due, and in which order: one answer for virtual and for real time.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use policy::WorkerId;
use request::Moment;

use crate::finishes::Finishes;
use crate::workers::Outage;

/// The completions, outages and timers to come.
///
/// Arrivals are not in it: they are sorted already, and a heap would only slow them down.
#[derive(Clone, Debug)]
pub(crate) struct Agenda {
    /// When the first of all that follows is due; `Moment::MAX` is never.
    next: Moment,
    finishes: Finishes,
    /// The next one last.
    changes: Vec<(Moment, WorkerId, Change)>,
    wakes: BinaryHeap<Reverse<Moment>>,
}

/// Something that is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Due {
    /// A worker finishes its batch, or comes to the boundary where it stops. It may have been due
    /// earlier since: whoever takes it compares.
    Finish(WorkerId),
    /// A worker fails.
    Down(WorkerId),
    /// A worker is back.
    Up(WorkerId),
    /// A moment comes that the policy asked for.
    Wake,
}

/// A worker comes back before another fails: by the order of these words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Change {
    Up,
    Down,
}

impl Agenda {
    /// An agenda of outages alone, for so many workers.
    pub(crate) fn new(worker_count: u32, outages: &[Outage]) -> Self {
        let downs = outages.iter().map(|outage| (outage.from, outage.worker, Change::Down));
        let ups = outages.iter().filter_map(|one| one.to.map(|to| (to, one.worker, Change::Up)));
        let mut changes: Vec<_> = downs.chain(ups).collect();
        changes.sort_unstable_by_key(|&change| Reverse(change));
        let (finishes, wakes) = (Finishes::new(worker_count), BinaryHeap::new());
        let mut agenda = Self { next: Moment::MAX, finishes, changes, wakes };
        agenda.look_ahead();
        agenda
    }

    /// Adds the end of a batch.
    #[inline]
    pub(crate) fn finish_at(&mut self, moment: Moment, worker: WorkerId) {
        self.finishes.add(moment, worker);
        self.next = self.next.min(moment);
    }

    /// Adds a timer. Asking twice for one moment is one timer.
    pub(crate) fn wake_at(&mut self, moment: Moment) {
        self.wakes.push(Reverse(moment));
        self.next = self.next.min(moment);
    }

    /// When the next event is due.
    #[inline]
    pub(crate) fn next_due(&self) -> Option<Moment> {
        (self.next < Moment::MAX).then_some(self.next)
    }

    /// Takes the next event that goes before an arrival at `arrival`; any, if no arrival is to
    /// come.
    ///
    /// At one moment a completion goes before an outage, that before an arrival, and that before a
    /// timer. Within a kind, workers go in order.
    #[inline]
    pub(crate) fn next_before(&mut self, arrival: Option<Moment>) -> Option<(Moment, Due)> {
        let due = self.next_due()?;
        if arrival.is_some_and(|arrival| due > arrival) {
            return None;
        }
        let next = self.take(due, arrival == Some(due));
        self.look_ahead();
        next
    }

    /// Takes what is due; a timer only where no arrival comes at that moment.
    #[inline]
    fn take(&mut self, due: Moment, before_arrival: bool) -> Option<(Moment, Due)> {
        if self.finishes.next() == due {
            let worker = self.finishes.take().expect("it was looked at");
            return Some((due, Due::Finish(worker)));
        }
        if self.next_change() == Some(due) {
            let (_, worker, change) = self.changes.pop().expect("it was looked at");
            return Some((due, change.due(worker)));
        }
        if before_arrival {
            return None;
        }
        while self.next_wake() == Some(due) {
            self.wakes.pop();
        }
        Some((due, Due::Wake))
    }

    #[inline]
    fn look_ahead(&mut self) {
        let change = self.next_change().unwrap_or(Moment::MAX);
        let wake = self.next_wake().unwrap_or(Moment::MAX);
        self.next = self.finishes.next().min(change).min(wake);
    }

    fn next_change(&self) -> Option<Moment> {
        self.changes.last().map(|(at, ..)| *at)
    }

    fn next_wake(&self) -> Option<Moment> {
        self.wakes.peek().map(|Reverse(at)| *at)
    }
}

impl Change {
    fn due(self, worker: WorkerId) -> Due {
        match self {
            Self::Up => Due::Up(worker),
            Self::Down => Due::Down(worker),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(nanos: i64) -> Moment {
        Moment::from_nanos(nanos)
    }

    const W0: WorkerId = WorkerId(0);
    const W1: WorkerId = WorkerId(1);

    #[test]
    fn at_one_moment_completions_then_outages_then_the_arrival_then_timers() {
        let away = |worker, from, to| Outage { worker, from: at(from), to: Some(at(to)) };
        let mut agenda = Agenda::new(2, &[away(W0, 5, 9), away(W1, 1, 5)]);
        agenda.wake_at(at(5));
        agenda.wake_at(at(5));
        agenda.finish_at(at(5), W1);
        agenda.finish_at(at(5), W0);
        assert_eq!(agenda.next_before(Some(at(4))), Some((at(1), Due::Down(W1))));
        assert_eq!(agenda.next_before(Some(at(4))), None);
        assert_eq!(agenda.next_before(Some(at(5))), Some((at(5), Due::Finish(W0))));
        assert_eq!(agenda.next_before(Some(at(5))), Some((at(5), Due::Finish(W1))));
        assert_eq!(agenda.next_before(Some(at(5))), Some((at(5), Due::Down(W0))));
        assert_eq!(agenda.next_before(Some(at(5))), Some((at(5), Due::Up(W1))));
        assert_eq!(agenda.next_before(Some(at(5))), None, "the arrival goes before the timer");
        assert_eq!(agenda.next_before(Some(at(6))), Some((at(5), Due::Wake)));
        assert_eq!(agenda.next_before(None), Some((at(9), Due::Up(W0))));
        assert_eq!(agenda.next_before(None), None, "one moment is one timer");
    }

    #[test]
    fn the_earlier_event_goes_first_whatever_its_kind() {
        let mut agenda = Agenda::new(2, &[]);
        agenda.finish_at(at(9), W0);
        agenda.wake_at(at(3));
        assert_eq!(agenda.next_due(), Some(at(3)));
        assert_eq!(agenda.next_before(None), Some((at(3), Due::Wake)));
        assert_eq!(agenda.next_before(None), Some((at(9), Due::Finish(W0))));
    }
}

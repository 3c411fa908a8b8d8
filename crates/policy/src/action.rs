//! What a policy decides, in a buffer that is used again.

use std::ops::Range;

use request::Moment;

use crate::{Ticket, WorkerId};

/// Why a policy turns a request away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefusalReason {
    /// Its deadline has passed while it waited, or would pass before it could be served.
    Expired,
    /// The policy does not want to serve it.
    Rejected,
}

/// One decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action<'a> {
    /// Start `batch`, requests of one model that wait, on an idle worker.
    Dispatch {
        /// The worker.
        worker: WorkerId,
        /// The requests; the first is the head, which the batch's service time is drawn for.
        batch: &'a [Ticket],
    },
    /// Answer a waiting request without serving it.
    Refuse {
        /// The request.
        ticket: Ticket,
        /// Why.
        reason: RefusalReason,
    },
    /// Stop the batch that `worker` runs at its next boundary, of which the model's profile says
    /// how many there are. [`Event::Preempted`](crate::Event::Preempted) follows then, or
    /// [`Event::Finished`](crate::Event::Finished) where the end comes first. Asking twice is
    /// asking once.
    Preempt {
        /// The worker.
        worker: WorkerId,
    },
    /// Send [`Event::Woke`](crate::Event::Woke) at this moment, which lies in the future.
    WakeAt(Moment),
}

/// The decisions about one event, in order.
///
/// Batches share one list of tickets, so that a decision allocates nothing once the buffers have
/// grown.
#[derive(Debug, Default)]
pub struct Actions {
    entries: Vec<Entry>,
    tickets: Vec<Ticket>,
}

#[derive(Debug)]
enum Entry {
    Dispatch { worker: WorkerId, batch: Range<usize> },
    Refuse { ticket: Ticket, reason: RefusalReason },
    Preempt { worker: WorkerId },
    WakeAt(Moment),
}

impl Actions {
    /// Starts `batch` on `worker`.
    #[inline]
    pub fn dispatch(&mut self, worker: WorkerId, batch: &[Ticket]) {
        let start = self.tickets.len();
        // Mostly there is one, and a call to copy it takes longer than the copy.
        match batch {
            [ticket] => self.tickets.push(*ticket),
            batch => self.tickets.extend_from_slice(batch),
        }
        self.entries.push(Entry::Dispatch { worker, batch: start..self.tickets.len() });
    }

    /// Answers `ticket` without serving it.
    pub fn refuse(&mut self, ticket: Ticket, reason: RefusalReason) {
        self.entries.push(Entry::Refuse { ticket, reason });
    }

    /// Stops the batch of `worker` at its next boundary.
    pub fn preempt(&mut self, worker: WorkerId) {
        self.entries.push(Entry::Preempt { worker });
    }

    /// Asks to be woken at `moment`.
    pub fn wake_at(&mut self, moment: Moment) {
        self.entries.push(Entry::WakeAt(moment));
    }

    /// The decisions, in the order they were made.
    pub fn iter(&self) -> impl Iterator<Item = Action<'_>> {
        self.entries.iter().map(|entry| match entry {
            Entry::Dispatch { worker, batch } => {
                Action::Dispatch { worker: *worker, batch: &self.tickets[batch.clone()] }
            }
            Entry::Refuse { ticket, reason } => Action::Refuse { ticket: *ticket, reason: *reason },
            Entry::Preempt { worker } => Action::Preempt { worker: *worker },
            Entry::WakeAt(moment) => Action::WakeAt(*moment),
        })
    }

    /// Whether a decision names `ticket`.
    #[must_use]
    pub fn names(&self, ticket: Ticket) -> bool {
        let refused =
            |entry: &Entry| matches!(entry, Entry::Refuse { ticket: of, .. } if *of == ticket);
        self.tickets.contains(&ticket) || self.entries.iter().any(refused)
    }

    /// Whether nothing was decided.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Forgets all decisions and keeps the memory.
    pub fn clear(&mut self) {
        self.entries.clear();
        self.tickets.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actions_come_back_in_order_and_with_their_batches() {
        let mut actions = Actions::default();
        actions.dispatch(WorkerId(1), &[Ticket(7), Ticket(8)]);
        actions.refuse(Ticket(9), RefusalReason::Expired);
        actions.dispatch(WorkerId(0), &[Ticket(3)]);
        actions.preempt(WorkerId(2));
        actions.wake_at(Moment::from_nanos(5));
        assert_eq!(
            actions.iter().collect::<Vec<_>>(),
            [
                Action::Dispatch { worker: WorkerId(1), batch: &[Ticket(7), Ticket(8)] },
                Action::Refuse { ticket: Ticket(9), reason: RefusalReason::Expired },
                Action::Dispatch { worker: WorkerId(0), batch: &[Ticket(3)] },
                Action::Preempt { worker: WorkerId(2) },
                Action::WakeAt(Moment::from_nanos(5)),
            ]
        );
        for ticket in [3, 7, 8, 9] {
            assert!(actions.names(Ticket(ticket)));
        }
        assert!(!actions.names(Ticket(1)));
        actions.clear();
        assert_eq!(actions.iter().count(), 0);
        assert!(!actions.names(Ticket(7)));
    }
}

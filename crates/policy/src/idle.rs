//! Which idle worker takes a batch.

use request::ModelId;

use crate::{View, WorkerId};

/// The idle workers during one event.
///
/// The view does not change until the event is over, so this remembers who has been given a batch.
#[derive(Debug, Default)]
pub(crate) struct IdleWorkers {
    are_alike: bool,
    /// Where workers are alike: the first one that is idle and has no batch yet.
    first: Option<WorkerId>,
    /// Where they are not: those that have been given one.
    taken: Vec<WorkerId>,
}

impl IdleWorkers {
    /// Begins an event; whether a worker is idle at all.
    pub(crate) fn begin(&mut self, view: &dyn View) -> bool {
        self.first = view.idle_worker(WorkerId(0));
        if self.first.is_some() {
            self.are_alike = view.workers_are_alike();
            self.taken.clear();
        }
        self.first.is_some()
    }

    /// Whether every idle worker has been given a batch. Where workers are not alike, this is not
    /// looked into.
    pub(crate) fn are_gone(&self) -> bool {
        self.first.is_none()
    }

    /// The idle worker that serves a batch of `size` soonest, the first of equals; `None` where
    /// none can hold the model. O(1) where workers are alike, otherwise O(idle workers).
    pub(crate) fn best_for(&self, model: ModelId, size: u32, view: &dyn View) -> Option<WorkerId> {
        if self.are_alike {
            return self.first;
        }
        let mut best = None;
        let mut next = self.first;
        while let Some(worker) = next {
            if let Some(time) = view.time_to_serve(worker, model, size)
                && !self.taken.contains(&worker)
                && best.is_none_or(|(least, _)| time < least)
            {
                best = Some((time, worker));
            }
            next = view.idle_worker(WorkerId(worker.0 + 1));
        }
        best.map(|(_, worker)| worker)
    }

    /// Counts `worker` as busy.
    pub(crate) fn take(&mut self, worker: WorkerId, view: &dyn View) {
        if self.are_alike {
            self.first = view.idle_worker(WorkerId(worker.0 + 1));
        } else {
            self.taken.push(worker);
        }
    }
}

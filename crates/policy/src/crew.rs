//! The workers as a policy keeps them: who runs what, who is lost, who can take the next batch.

use std::time::Duration;

use request::ModelId;

use crate::estimate::Estimate;
use crate::lanes::{Entry, Lanes};
use crate::{Actions, Event, Ticket, View, WorkerId};

/// The workers, and the batches that they run, so that what comes back finds its former place.
#[derive(Debug)]
pub(crate) struct Crew<K> {
    batches: Vec<Batch<K>>,
    are_alike: bool,
    /// During an event: the first idle worker that has no batch yet, where workers are alike;
    /// otherwise the first idle one. The view does not change until the event is over.
    first_idle: Option<WorkerId>,
    /// During an event, where workers are not alike: those that have been given a batch.
    taken: Vec<WorkerId>,
    /// The tickets of the batch that is being made, in memory that is used again.
    tickets: Vec<Ticket>,
}

/// A place for a batch.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Slot {
    pub(crate) worker: WorkerId,
    pub(crate) model: ModelId,
    /// How many requests it has room for.
    pub(crate) size: u32,
}

/// What a worker runs; an idle one's batch is empty.
#[derive(Debug)]
pub(crate) struct Batch<K> {
    pub(crate) model: ModelId,
    pub(crate) entries: Vec<Entry<K>>,
    /// Whether its worker has been asked to stop.
    pub(crate) is_stopping: bool,
    is_lost: bool,
}

impl<K: Copy> Crew<K> {
    pub(crate) const fn new() -> Self {
        Self {
            batches: Vec::new(),
            are_alike: false,
            first_idle: None,
            taken: Vec::new(),
            tickets: Vec::new(),
        }
    }

    /// Learns what became of a batch or worker; `again` is called with each request that waits
    /// again, and its model.
    #[inline]
    pub(crate) fn learn(&mut self, event: Event<'_>, mut again: impl FnMut(ModelId, Entry<K>)) {
        let (worker, waiting): (_, &[Ticket]) = match event {
            Event::Finished { worker, .. } => {
                let batch = self.batch(worker);
                batch.entries.clear();
                batch.is_stopping = false;
                return;
            }
            Event::Preempted { worker, batch } => (worker, batch),
            Event::Lost { worker, batch, wait_again } => {
                self.batch(worker).is_lost = true;
                (worker, if wait_again { batch } else { &[] })
            }
            Event::Back { worker } => {
                self.batch(worker).is_lost = false;
                return;
            }
            Event::Arrived { .. } | Event::Woke => return,
        };
        let batch = self.batch(worker);
        batch.is_stopping = false;
        let model = batch.model;
        for entry in batch.entries.drain(..).filter(|entry| waiting.contains(&entry.ticket)) {
            again(model, entry);
        }
    }

    /// Begins to give out batches; whether any worker is idle.
    #[inline]
    pub(crate) fn begin(&mut self, view: &dyn View) -> bool {
        self.first_idle = view.idle_worker(WorkerId(0));
        if self.first_idle.is_some() {
            self.are_alike = view.workers_are_alike();
            self.taken.clear();
        }
        self.first_idle.is_some()
    }

    #[inline]
    pub(crate) fn are_alike(&self) -> bool {
        self.are_alike
    }

    /// Whether every idle worker has been given a batch. Where workers are not alike, this is not
    /// looked into.
    #[inline]
    pub(crate) fn is_busy(&self) -> bool {
        self.first_idle.is_none()
    }

    /// The idle worker that serves a batch of `size` soonest, the first of equals; `None` where
    /// none can hold the model. O(1) where workers are alike, otherwise O(idle workers).
    #[inline]
    pub(crate) fn best_for(&self, model: ModelId, size: u32, view: &dyn View) -> Option<WorkerId> {
        if self.are_alike { self.first_idle } else { self.soonest_for(model, size, view) }
    }

    fn soonest_for(&self, model: ModelId, size: u32, view: &dyn View) -> Option<WorkerId> {
        let mut best = None;
        let mut next = self.first_idle;
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

    /// The least time in which any worker that is not lost, idle or busy, serves a batch; `None`
    /// where no such worker can hold the model. O(1) where workers are alike, otherwise O(workers).
    pub(crate) fn least_time(
        &self,
        estimate: Estimate,
        model: ModelId,
        size: u32,
        view: &dyn View,
    ) -> Option<Duration> {
        let is_lost = |worker: &u32| self.batches.get(*worker as usize).is_some_and(|b| b.is_lost);
        let mut there = (0..view.worker_count()).filter(|worker| !is_lost(worker));
        let time = |worker| estimate.time(WorkerId(worker), model, size, view);
        if view.workers_are_alike() {
            return there.next().and_then(time);
        }
        there.filter_map(time).min()
    }

    /// Starts a batch of the first requests of a model, except those that `take` does not take: it
    /// says what becomes of them. How many run.
    #[inline]
    pub(crate) fn start(
        &mut self,
        slot: Slot,
        waiting: &mut Lanes<K>,
        view: &dyn View,
        actions: &mut Actions,
        mut take: impl FnMut(&Entry<K>, &mut Actions) -> bool,
    ) -> u32
    where
        K: Ord,
    {
        let Slot { worker, model, size } = slot;
        self.batch(worker).model = model;
        let Self { batches, tickets, .. } = self;
        let entries = &mut batches[worker.0 as usize].entries;
        entries.clear();
        tickets.clear();
        while tickets.len() < size as usize {
            let Some(entry) = waiting.pop(model, view) else { break };
            if take(&entry, actions) {
                tickets.push(entry.ticket);
                entries.push(entry);
            }
        }
        actions.dispatch(worker, tickets);
        if self.are_alike {
            self.first_idle = view.idle_worker(WorkerId(worker.0 + 1));
        } else {
            self.taken.push(worker);
        }
        u32::try_from(self.tickets.len()).expect("no more than the size of the slot")
    }

    /// Starts requests of `model` one at a time, on workers that are alike, while there are both.
    /// [`Crew::start`] does the same and more; this takes half the time of it.
    #[inline]
    pub(crate) fn start_singly(
        &mut self,
        model: ModelId,
        waiting: &mut Lanes<K>,
        view: &dyn View,
        actions: &mut Actions,
        mut started: impl FnMut(K),
    ) where
        K: Ord,
    {
        while let Some(worker) = self.first_idle
            && let Some(entry) = waiting.pop(model, view)
        {
            started(entry.key);
            let batch = self.batch(worker);
            batch.model = model;
            batch.entries.clear();
            batch.entries.push(entry);
            actions.dispatch(worker, &[entry.ticket]);
            if waiting.is_empty() {
                return;
            }
            self.first_idle = view.idle_worker(WorkerId(worker.0 + 1));
        }
    }

    /// The batches that run, by the position of their worker.
    pub(crate) fn running(&self) -> impl Iterator<Item = (WorkerId, &Batch<K>)> {
        let busy = (0..).zip(&self.batches).filter(|(_, batch)| !batch.entries.is_empty());
        busy.map(|(worker, batch)| (WorkerId(worker), batch))
    }

    /// What `worker` runs.
    #[inline]
    pub(crate) fn batch(&mut self, worker: WorkerId) -> &mut Batch<K> {
        let index = worker.0 as usize;
        if self.batches.len() <= index {
            self.batches.resize_with(index + 1, Batch::default);
        }
        &mut self.batches[index]
    }
}

impl<K> Default for Batch<K> {
    fn default() -> Self {
        Self { model: ModelId(0), entries: Vec::new(), is_stopping: false, is_lost: false }
    }
}

//! The rule that no worker idles: as long as a worker is free that can take it, the request with
//! the smallest key runs.

use request::{ModelId, Moment};

use crate::crew::{Crew, Slot};
use crate::lanes::{Entry, Lanes};
use crate::late::Late;
use crate::{Actions, View};

/// Who waits, who works, and the rule between them. [`Greedy`](crate::Greedy) has the rule's words.
#[derive(Debug)]
pub(crate) struct Dispatcher<K> {
    pub(crate) waiting: Lanes<K>,
    pub(crate) crew: Crew<K>,
    late: Late,
}

impl<K: Copy + Ord> Dispatcher<K> {
    pub(crate) const fn new(late: Late) -> Self {
        Self { waiting: Lanes::new(), crew: Crew::new(), late }
    }

    /// Gives work to all workers that can take any; `started` learns the key of each request that
    /// begins to run.
    #[inline]
    pub(crate) fn dispatch(
        &mut self,
        now: Moment,
        view: &dyn View,
        actions: &mut Actions,
        mut started: impl FnMut(K),
    ) {
        if self.waiting.is_empty() || !self.crew.begin(view) {
            return;
        }
        if let Some(model) = self.waiting.single()
            && self.late == Late::Serve
            && self.crew.are_alike()
        {
            return self.crew.start_singly(model, &mut self.waiting, view, actions, started);
        }
        while let Some(model) = self.waiting.first(now) {
            let size = self.waiting.of(model).batch_size();
            let Some(worker) = self.crew.best_for(model, size, view) else {
                self.waiting.pass_over(model);
                continue;
            };
            if let Some(head) = self.waiting.head(model)
                && !self.late.admits(head, worker, now, view, actions)
            {
                // Another model's request may go first now.
                self.waiting.pop(model, view);
                continue;
            }
            let slot = Slot { worker, model, size };
            self.crew.start(slot, &mut self.waiting, view, actions, |entry, actions| {
                let fits = self.late.admits(entry.ticket, worker, now, view, actions);
                if fits {
                    started(entry.key);
                }
                fits
            });
            if self.crew.is_busy() || self.waiting.is_empty() {
                break;
            }
        }
        if !self.crew.is_busy() && !self.waiting.is_empty() {
            self.waiting.ask_to_wake(now, actions);
        }
        self.waiting.pass_over_none();
    }

    /// Stops the running batch with the largest key, where that is larger than the key of a
    /// waiting request that no idle worker could take. O(workers).
    pub(crate) fn preempt(
        &mut self,
        model: ModelId,
        entry: Entry<K>,
        now: Moment,
        view: &dyn View,
        actions: &mut Actions,
    ) {
        if actions.names(entry.ticket) || !self.waiting.of(model).is_ready(now) {
            return;
        }
        let later = self.crew.running().filter(|(worker, batch)| {
            !batch.is_stopping
                && batch.entries[0].key > entry.key
                && view.time_to_serve(*worker, model, 1).is_some()
        });
        if let Some((worker, _)) = later.max_by_key(|(_, batch)| batch.entries[0]) {
            self.crew.batch(worker).is_stopping = true;
            actions.preempt(worker);
        }
    }
}

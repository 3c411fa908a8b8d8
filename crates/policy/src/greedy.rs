//! Policies that never idle: whenever a worker is free that can take it, the first of the waiting
//! requests runs.
//!
//! What differs between them is the [`Order`], and nothing else. It is static: a request's key is
//! computed when it arrives, and the smallest key runs next; ties go by arrival, then id.
//!
//! There is a queue for each model. The model whose first request has the smallest key goes first,
//! and its batch is that request with those that follow it in the queue, as many as a batch may
//! hold. Where the cluster wants batches to wait for more, one that is not full waits until its
//! oldest request has waited so long; other models' batches run meanwhile. A batch goes to the idle
//! worker that serves it soonest, the first of equals; a model that no idle worker can hold waits
//! for one that can.
//!
//! A request that was preempted, or lost with its worker, goes back to its former place.
//!
//! Cost: O(log n) a request in the number that wait, O(models) a batch, and, where workers are not
//! alike, O(idle workers) a batch.

use request::{ModelId, Moment, Request};

use crate::idle::IdleWorkers;
use crate::lanes::{Entry, Lanes};
use crate::late::Late;
use crate::parameter::{ParameterSpec, Parameters, Values};
use crate::running::Running;
use crate::{Actions, Event, Policy, RefusalReason, Ticket, View, WorkerId};

/// The order in which waiting requests run.
pub trait Order: Send {
    /// What requests are ordered by.
    type Key: Copy + Ord + Send;

    /// The key of a request that has just arrived; called once for each. The smallest runs next.
    fn key(&mut self, now: Moment, request: &Request, view: &dyn View) -> Self::Key;

    /// Learns that the request of this key begins to run.
    #[inline]
    fn started(&mut self, key: Self::Key) {
        let _ = key;
    }
}

/// The parameter `preempt` of a policy made with [`Greedy`].
pub const PREEMPT: ParameterSpec = ParameterSpec {
    name: "preempt",
    values: Values::Words(&["off", "on"]),
    default: "off",
    meaning: "a request that goes before what runs, and that no idle worker can take, stops the \
              last of the running batches at its next boundary",
};

/// A policy that never idles while a request waits that a free worker can take.
///
/// It understands the parameters [`LATE`](crate::LATE) and [`PREEMPT`], where its specification
/// lists them.
///
/// ```
/// use policy::{Greedy, Order, PolicySpec, Registry, View};
/// use request::{Moment, Request};
///
/// /// Last in, first out.
/// struct Lifo;
///
/// impl Order for Lifo {
///     type Key = std::cmp::Reverse<Moment>;
///
///     fn key(&mut self, _: Moment, request: &Request, _: &dyn View) -> Self::Key {
///         std::cmp::Reverse(request.arrival)
///     }
/// }
///
/// let registry = Registry::built_in().with(PolicySpec {
///     name: "lifo",
///     summary: "the latest arrival",
///     parameters: &[policy::LATE],
///     make: |parameters| Box::new(Greedy::new(Lifo, parameters)),
/// });
/// assert_eq!(registry.make("lifo:late=drop")?.name(), "lifo:late=drop");
/// # Ok::<(), policy::PolicyError>(())
/// ```
pub struct Greedy<O: Order> {
    name: String,
    order: O,
    late: Late,
    preempts: bool,
    waiting: Lanes<O::Key>,
    running: Running<O::Key>,
    idle: IdleWorkers,
    /// The tickets of the batch that is being made, in memory that is used again.
    batch: Vec<Ticket>,
    /// What the event has queued, where that may preempt.
    queued: Vec<(ModelId, Entry<O::Key>)>,
}

impl<O: Order> Greedy<O> {
    /// The policy that runs requests in `order`.
    #[must_use]
    pub fn new(order: O, parameters: &Parameters) -> Self {
        Self {
            name: parameters.name(),
            order,
            late: Late::of(parameters),
            preempts: parameters.has(PREEMPT.name) && parameters.word(PREEMPT.name) == "on",
            waiting: Lanes::new(),
            running: Running::new(),
            idle: IdleWorkers::default(),
            batch: Vec::new(),
            queued: Vec::new(),
        }
    }

    fn queue(&mut self, model: ModelId, entry: Entry<O::Key>, view: &dyn View) {
        self.waiting.push(model, entry, view);
        if self.preempts {
            self.queued.push((model, entry));
        }
    }

    /// Puts those of the batch of `worker` that are among `tickets` back where they came from.
    fn queue_again(&mut self, worker: WorkerId, tickets: &[Ticket], view: &dyn View) {
        let mut batch = std::mem::take(self.running.of(worker));
        for entry in batch.entries.drain(..).filter(|entry| tickets.contains(&entry.ticket)) {
            self.queue(batch.model, entry, view);
        }
        self.running.of(worker).entries = batch.entries;
    }

    fn dispatch(&mut self, now: Moment, view: &dyn View, actions: &mut Actions) {
        if self.waiting.is_empty() || !self.idle.begin(view) {
            return;
        }
        while let Some((model, head)) = self.waiting.first(now) {
            let size = self.waiting.batch_size(model);
            let Some(worker) = self.idle.best_for(model, size, view) else {
                self.waiting.pass_over(model);
                continue;
            };
            if self.late.refuses(head.ticket, worker, now, view) {
                // Another model's request may go first now.
                self.waiting.pop(model);
                actions.refuse(head.ticket, RefusalReason::Expired);
                continue;
            }
            self.start(model, size, worker, now, view, actions);
            self.idle.take(worker, view);
            if self.idle.are_gone() || self.waiting.is_empty() {
                break;
            }
        }
        if !self.idle.are_gone() {
            self.waiting.ask_to_wake(now, actions);
        }
        self.waiting.pass_over_none();
    }

    /// Starts a batch of up to `size`, whose first request has been found fit to run.
    fn start(
        &mut self,
        model: ModelId,
        size: u32,
        worker: WorkerId,
        now: Moment,
        view: &dyn View,
        actions: &mut Actions,
    ) {
        self.batch.clear();
        let running = self.running.of(worker);
        running.model = model;
        running.entries.clear();
        for position in 0..size {
            let Some(entry) = self.waiting.pop(model) else { break };
            if position > 0 && self.late.refuses(entry.ticket, worker, now, view) {
                actions.refuse(entry.ticket, RefusalReason::Expired);
                continue;
            }
            self.order.started(entry.key);
            self.batch.push(entry.ticket);
            running.entries.push(entry);
        }
        actions.dispatch(worker, &self.batch);
    }

    /// For each request that the event has queued, and that no idle worker could take, stops the
    /// batch with the largest key, where that is larger than the request's own.
    fn preempt(&mut self, now: Moment, view: &dyn View, actions: &mut Actions) {
        for (model, entry) in self.queued.drain(..) {
            if actions.names(entry.ticket) || !self.waiting.is_ready(model, now) {
                continue;
            }
            let later = self.running.iter().filter(|(worker, batch)| {
                !batch.is_stopping
                    && batch.entries[0].key > entry.key
                    && view.time_to_serve(*worker, model, 1).is_some()
            });
            if let Some((worker, _)) = later.max_by_key(|(_, batch)| batch.entries[0]) {
                self.running.of(worker).is_stopping = true;
                actions.preempt(worker);
            }
        }
    }
}

impl<O: Order> Policy for Greedy<O> {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn on_event(&mut self, now: Moment, event: Event<'_>, view: &dyn View, actions: &mut Actions) {
        match event {
            Event::Arrived { ticket, request } => {
                let key = self.order.key(now, request, view);
                self.queue(request.model, Entry::new(key, ticket, request), view);
            }
            Event::Finished { worker, .. } => self.running.of(worker).end(),
            Event::Preempted { worker, batch }
            | Event::Lost { worker, batch, wait_again: true } => {
                self.queue_again(worker, batch, view);
            }
            Event::Lost { worker, wait_again: false, .. } => self.running.of(worker).end(),
            Event::Back { .. } | Event::Woke => {}
        }
        self.dispatch(now, view, actions);
        if self.preempts {
            self.preempt(now, view, actions);
        }
    }
}

#[cfg(test)]
mod tests;

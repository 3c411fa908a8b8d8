//! Policies that never idle: all that an order of the requests needs to become one.

use request::{ModelId, Moment, Request};

use crate::dispatcher::Dispatcher;
use crate::lanes::Entry;
use crate::late::Late;
use crate::parameter::{ParameterSpec, Parameters, Values};
use crate::{Actions, Event, Policy, View};

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

/// A policy that never idles: whenever a worker is free that can take it, the first of the waiting
/// requests runs.
///
/// What differs between such policies is the [`Order`], and nothing else. It is static: a request's
/// key is computed when it arrives, and the smallest key runs next; ties go by arrival, then id.
///
/// There is a queue for each model. The model whose first request has the smallest key goes first,
/// and its batch is that request with those that follow it in the queue, as many as a batch may
/// hold. Where the cluster wants batches to wait for more, one that is not full waits until its
/// oldest request has waited so long; other models' batches run meanwhile. A batch goes to the idle
/// worker that serves it soonest, the first of equals; a model that no idle worker can hold waits
/// for one that can. A request that was preempted, or lost with its worker, goes back to its former
/// place.
///
/// Cost: O(log n) a request in the number that wait, O(models) a batch, and, where workers are not
/// alike, O(idle workers) a batch.
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
    dispatcher: Dispatcher<O::Key>,
    preempts: bool,
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
            dispatcher: Dispatcher::new(Late::of(parameters)),
            preempts: parameters.has(PREEMPT.name) && parameters.word(PREEMPT.name) == "on",
            queued: Vec::new(),
        }
    }

    /// Puts the requests that `event` brings, or brings back, into the queues.
    #[inline]
    fn learn(&mut self, now: Moment, event: Event<'_>, view: &dyn View) {
        let waiting = &mut self.dispatcher.waiting;
        if let Event::Arrived { ticket, request } = event {
            let key = self.order.key(now, request, view);
            let entry = waiting.arrive(request.model, key, ticket, view);
            if self.preempts {
                self.queued.push((request.model, entry));
            }
        } else {
            self.dispatcher.crew.learn(event, |model, entry| {
                waiting.push(model, entry, view);
                if self.preempts {
                    self.queued.push((model, entry));
                }
            });
        }
    }
}

impl<O: Order> Policy for Greedy<O> {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn on_event(&mut self, now: Moment, event: Event<'_>, view: &dyn View, actions: &mut Actions) {
        self.learn(now, event, view);
        let order = &mut self.order;
        self.dispatcher.dispatch(now, view, actions, |key| order.started(key));
        for (model, entry) in self.queued.drain(..) {
            self.dispatcher.preempt(model, entry, now, view, actions);
        }
    }
}

#[cfg(test)]
mod tests;

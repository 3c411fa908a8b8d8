//! Waiting requests: a queue for each model, and which of the queues goes first.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Duration;

use request::{ModelId, Moment, Request, RequestId};

use crate::{Actions, Ticket, View};

/// A request that waits, as much of it as its place in the queue needs.
///
/// The smallest runs next: by key, then arrival, then id. The ticket makes the order total where a
/// client repeats an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Entry<K> {
    pub(crate) key: K,
    pub(crate) arrival: Moment,
    pub(crate) id: RequestId,
    pub(crate) ticket: Ticket,
}

impl<K> Entry<K> {
    pub(crate) fn new(key: K, ticket: Ticket, request: &Request) -> Self {
        Self { key, arrival: request.arrival, id: request.id, ticket }
    }
}

/// The queues, by model.
#[derive(Debug)]
pub(crate) struct Lanes<K> {
    lanes: Vec<Lane<K>>,
    waiting_count: usize,
    any_passed_over: bool,
}

/// The queue of one model.
#[derive(Debug)]
struct Lane<K> {
    heap: BinaryHeap<Reverse<Entry<K>>>,
    /// Largest batch.
    size_max: usize,
    /// How long a batch that is not full waits for more.
    wait: Duration,
    /// When the first of the waiting requests came. Kept only where a batch waits for more, and
    /// while fewer wait than fill one.
    oldest: Moment,
    /// The last moment at which this lane asked to be looked at.
    asked: Option<Moment>,
    /// Whether no idle worker can hold the model, until the event is over.
    is_passed_over: bool,
}

impl<K: Copy + Ord> Lanes<K> {
    pub(crate) const fn new() -> Self {
        Self { lanes: Vec::new(), waiting_count: 0, any_passed_over: false }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.waiting_count == 0
    }

    pub(crate) fn push(&mut self, model: ModelId, entry: Entry<K>, view: &dyn View) {
        let index = usize::from(model.0);
        while self.lanes.len() <= index {
            let model = u16::try_from(self.lanes.len()).expect("no larger than a model's number");
            self.lanes.push(Lane::new(ModelId(model), view));
        }
        self.waiting_count += 1;
        self.lanes[index].push(entry);
    }

    /// Of the models that have a batch ready and are not passed over, the one whose first request
    /// has the smallest key, with that request.
    pub(crate) fn first(&self, now: Moment) -> Option<(ModelId, Entry<K>)> {
        let mut first: Option<(usize, &Entry<K>)> = None;
        for (index, lane) in self.lanes.iter().enumerate() {
            let Some(Reverse(head)) = lane.heap.peek() else { continue };
            let is_before = first.is_none_or(|(_, entry)| head < entry);
            if is_before && !lane.is_passed_over && lane.is_ready(now) {
                first = Some((index, head));
            }
        }
        first.map(|(index, entry)| (model(index), *entry))
    }

    /// How many requests of `model` run together if they run now.
    pub(crate) fn batch_size(&self, model: ModelId) -> u32 {
        let lane = self.lane(model);
        u32::try_from(lane.heap.len().min(lane.size_max)).expect("the largest batch is a u32")
    }

    /// Takes the first request of `model`.
    pub(crate) fn pop(&mut self, model: ModelId) -> Option<Entry<K>> {
        let Reverse(entry) = self.lanes[usize::from(model.0)].pop()?;
        self.waiting_count -= 1;
        Some(entry)
    }

    /// Whether a batch of `model` waits for nothing but a worker.
    pub(crate) fn is_ready(&self, model: ModelId, now: Moment) -> bool {
        self.lane(model).is_ready(now)
    }

    /// Passes `model` over, until [`Lanes::pass_over_none`].
    pub(crate) fn pass_over(&mut self, model: ModelId) {
        self.lanes[usize::from(model.0)].is_passed_over = true;
        self.any_passed_over = true;
    }

    pub(crate) fn pass_over_none(&mut self) {
        if std::mem::take(&mut self.any_passed_over) {
            self.lanes.iter_mut().for_each(|lane| lane.is_passed_over = false);
        }
    }

    /// Asks to be woken, once, when the batches that still wait for more have waited enough.
    pub(crate) fn ask_to_wake(&mut self, now: Moment, actions: &mut Actions) {
        for lane in &mut self.lanes {
            if lane.heap.is_empty() || lane.is_ready(now) {
                continue;
            }
            let due = lane.due();
            if lane.asked != Some(due) {
                lane.asked = Some(due);
                actions.wake_at(due);
            }
        }
    }

    fn lane(&self, model: ModelId) -> &Lane<K> {
        &self.lanes[usize::from(model.0)]
    }
}

impl<K: Copy + Ord> Lane<K> {
    fn new(model: ModelId, view: &dyn View) -> Self {
        Self {
            heap: BinaryHeap::new(),
            size_max: view.batch_size_max(model).max(1) as usize,
            wait: view.batch_wait(model),
            oldest: Moment::MAX,
            asked: None,
            is_passed_over: false,
        }
    }

    fn push(&mut self, entry: Entry<K>) {
        self.oldest = self.oldest.min(entry.arrival);
        self.heap.push(Reverse(entry));
    }

    fn pop(&mut self) -> Option<Reverse<Entry<K>>> {
        let popped = self.heap.pop();
        // The queue is shorter than a batch here, and whatever leaves it leaves as a batch, so this
        // looks at each request a few times at most.
        if !self.wait.is_zero() && self.heap.len() < self.size_max {
            let arrivals = self.heap.iter().map(|Reverse(entry)| entry.arrival);
            self.oldest = arrivals.min().unwrap_or(Moment::MAX);
        }
        popped
    }

    fn is_ready(&self, now: Moment) -> bool {
        self.wait.is_zero() || self.heap.len() >= self.size_max || self.due() <= now
    }

    /// When the first request has waited for others as long as it should.
    fn due(&self) -> Moment {
        self.oldest.checked_add(self.wait).unwrap_or(Moment::MAX)
    }
}

/// The model of a lane.
fn model(index: usize) -> ModelId {
    ModelId(u16::try_from(index).expect("there is a lane for each of the models, of a u16"))
}

//! Waiting requests: a queue for each model, and which of the queues goes first.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Duration;

use request::{ModelId, Moment};

use crate::{Actions, Ticket, View};

/// A request that waits, as much of it as its place in the queue needs. The smallest runs next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Entry<K> {
    pub(crate) key: K,
    /// How many arrived before it. Arrivals come in order of (arrival, id), so that is how ties of
    /// the key go.
    sequence: u64,
    pub(crate) ticket: Ticket,
}

/// The queues, by model.
#[derive(Debug)]
pub(crate) struct Lanes<K> {
    lanes: Vec<Lane<K>>,
    waiting_count: usize,
    arrived_count: u64,
    /// The only model, if there is only one and its requests run one at a time.
    single: Option<ModelId>,
    any_passed_over: bool,
}

/// The queue of one model.
#[derive(Debug)]
pub(crate) struct Lane<K> {
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
    /// Whether no idle worker can take the model, until the event is over.
    is_passed_over: bool,
}

impl<K: Copy + Ord> Lanes<K> {
    pub(crate) const fn new() -> Self {
        Self {
            lanes: Vec::new(),
            waiting_count: 0,
            arrived_count: 0,
            single: None,
            any_passed_over: false,
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.waiting_count == 0
    }

    /// Queues a request that has just arrived.
    #[inline]
    pub(crate) fn arrive(
        &mut self,
        model: ModelId,
        key: K,
        ticket: Ticket,
        view: &dyn View,
    ) -> Entry<K> {
        let entry = Entry { key, sequence: self.arrived_count, ticket };
        self.arrived_count += 1;
        self.push(model, entry, view);
        entry
    }

    /// Queues a request in its place, which it may have had before.
    #[inline]
    pub(crate) fn push(&mut self, model: ModelId, entry: Entry<K>, view: &dyn View) {
        let index = usize::from(model.0);
        if self.lanes.len() <= index {
            self.add_lanes(model, view);
        }
        self.waiting_count += 1;
        self.lanes[index].push(entry, view);
    }

    #[cold]
    fn add_lanes(&mut self, last: ModelId, view: &dyn View) {
        for index in self.lanes.len()..=usize::from(last.0) {
            self.lanes.push(Lane::new(model_of(index), view));
        }
        let runs_singly = |lane: &Lane<K>| lane.size_max == 1;
        let is_single = self.lanes.len() == 1 && self.lanes.iter().all(runs_singly);
        self.single = is_single.then_some(last);
    }

    /// The only model that there is, where requests run one at a time and wait for nothing but a
    /// worker.
    #[inline]
    pub(crate) fn single(&self) -> Option<ModelId> {
        self.single
    }

    /// Of the models that have a batch ready and are not passed over, the one whose first request
    /// has the smallest key.
    #[inline]
    pub(crate) fn first(&self, now: Moment) -> Option<ModelId> {
        let mut first: Option<(usize, &Entry<K>)> = None;
        for (index, lane) in self.lanes.iter().enumerate() {
            let Some(head) = lane.head() else { continue };
            let is_before = first.is_none_or(|(_, entry)| head < entry);
            if is_before && !lane.is_passed_over && lane.is_ready(now) {
                first = Some((index, head));
            }
        }
        first.map(|(index, _)| model_of(index))
    }

    /// The first request of `model`.
    #[inline]
    pub(crate) fn head(&self, model: ModelId) -> Option<Ticket> {
        self.of(model).head().map(|head| head.ticket)
    }

    /// The models that have a request waiting, each with its first request and its queue.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (ModelId, &Entry<K>, &Lane<K>)> {
        let lanes = self.lanes.iter().enumerate();
        lanes.filter_map(|(index, lane)| Some((model_of(index), lane.head()?, lane)))
    }

    /// Takes requests from the head of each model's queue, as long as `test` finds them wanting.
    pub(crate) fn pop_while(
        &mut self,
        mut test: impl FnMut(ModelId, &Entry<K>) -> bool,
        view: &dyn View,
        mut popped: impl FnMut(Entry<K>),
    ) {
        for index in 0..self.lanes.len() {
            let model = model_of(index);
            while self.lanes[index].head().is_some_and(|head| test(model, head)) {
                self.pop(model, view).into_iter().for_each(&mut popped);
            }
        }
    }

    /// Takes the first request of `model`.
    #[inline]
    pub(crate) fn pop(&mut self, model: ModelId, view: &dyn View) -> Option<Entry<K>> {
        let lane = &mut self.lanes[usize::from(model.0)];
        let Reverse(entry) = lane.heap.pop()?;
        lane.shrunk(view);
        self.waiting_count -= 1;
        Some(entry)
    }

    /// The queue of `model`, of which a request has waited.
    pub(crate) fn of(&self, model: ModelId) -> &Lane<K> {
        &self.lanes[usize::from(model.0)]
    }

    /// Passes `model` over, until [`Lanes::pass_over_none`].
    pub(crate) fn pass_over(&mut self, model: ModelId) {
        self.lanes[usize::from(model.0)].is_passed_over = true;
        self.any_passed_over = true;
    }

    #[inline]
    pub(crate) fn pass_over_none(&mut self) {
        if std::mem::take(&mut self.any_passed_over) {
            self.lanes.iter_mut().for_each(|lane| lane.is_passed_over = false);
        }
    }

    /// Asks to be woken, once, when the batches that still wait for more have waited enough.
    pub(crate) fn ask_to_wake(&mut self, now: Moment, actions: &mut Actions) {
        for lane in &mut self.lanes {
            if lane.len() > 0 && !lane.is_ready(now) {
                lane.ask(lane.due(), actions);
            }
        }
    }

    /// Asks to be woken for `model` at `due`, once.
    pub(crate) fn ask_to_wake_for(&mut self, model: ModelId, due: Moment, actions: &mut Actions) {
        self.lanes[usize::from(model.0)].ask(due, actions);
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

    /// How many requests wait.
    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.heap.len()
    }

    /// How many requests run together if they run now.
    #[inline]
    pub(crate) fn batch_size(&self) -> u32 {
        let size = self.heap.len().min(self.size_max);
        u32::try_from(size).expect("the largest batch is a u32")
    }

    /// Whether a batch waits for nothing but a worker.
    #[inline]
    pub(crate) fn is_ready(&self, now: Moment) -> bool {
        self.wait.is_zero() || self.heap.len() >= self.size_max || self.due() <= now
    }

    /// When the oldest request has waited for others as long as it should.
    pub(crate) fn due(&self) -> Moment {
        self.oldest.checked_add(self.wait).unwrap_or(Moment::MAX)
    }

    #[inline]
    fn head(&self) -> Option<&Entry<K>> {
        self.heap.peek().map(|Reverse(entry)| entry)
    }

    #[inline]
    fn push(&mut self, entry: Entry<K>, view: &dyn View) {
        if !self.wait.is_zero() {
            self.oldest = self.oldest.min(arrival(&entry, view));
        }
        self.heap.push(Reverse(entry));
    }

    /// A request has left. Fewer wait than fill a batch when this looks at them all.
    #[inline]
    fn shrunk(&mut self, view: &dyn View) {
        if !self.wait.is_zero() && self.heap.len() < self.size_max {
            let entries = self.heap.iter().map(|Reverse(entry)| entry);
            let oldest = entries.min_by_key(|entry| entry.sequence);
            self.oldest = oldest.map_or(Moment::MAX, |entry| arrival(entry, view));
        }
    }

    fn ask(&mut self, due: Moment, actions: &mut Actions) {
        if self.asked != Some(due) {
            self.asked = Some(due);
            actions.wake_at(due);
        }
    }
}

fn arrival<K>(entry: &Entry<K>, view: &dyn View) -> Moment {
    view.request(entry.ticket).expect("a request that waits is in the view").arrival
}

/// The model of a lane.
fn model_of(index: usize) -> ModelId {
    ModelId(u16::try_from(index).expect("there is a lane for each of the models, of a u16"))
}

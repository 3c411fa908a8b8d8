//! What each worker runs, so that what comes back finds its former place in the queue.

use request::ModelId;

use crate::WorkerId;
use crate::lanes::Entry;

/// The batches that run, by worker.
#[derive(Debug)]
pub(crate) struct Running<K> {
    batches: Vec<Batch<K>>,
}

/// A batch that runs; an idle worker's is empty.
#[derive(Debug)]
pub(crate) struct Batch<K> {
    pub(crate) model: ModelId,
    pub(crate) entries: Vec<Entry<K>>,
    /// Whether its worker has been asked to stop.
    pub(crate) is_stopping: bool,
}

impl<K: Copy> Running<K> {
    pub(crate) const fn new() -> Self {
        Self { batches: Vec::new() }
    }

    /// The batch of `worker`.
    pub(crate) fn of(&mut self, worker: WorkerId) -> &mut Batch<K> {
        let index = worker.0 as usize;
        if self.batches.len() <= index {
            self.batches.resize_with(index + 1, Batch::default);
        }
        &mut self.batches[index]
    }

    /// The batches, by the position of their worker.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (WorkerId, &Batch<K>)> {
        let busy = (0..).zip(&self.batches).filter(|(_, batch)| !batch.entries.is_empty());
        busy.map(|(worker, batch)| (WorkerId(worker), batch))
    }
}

impl<K> Batch<K> {
    /// Forgets the batch and keeps the memory.
    pub(crate) fn end(&mut self) {
        self.entries.clear();
        self.is_stopping = false;
    }
}

impl<K> Default for Batch<K> {
    fn default() -> Self {
        Self { model: ModelId(0), entries: Vec::new(), is_stopping: false }
    }
}

//! What a policy may look at.

use std::time::Duration;

use request::{ModelId, Request};

use crate::{Ticket, WorkerId};

/// The cluster as a policy sees it: what a real scheduler knows of its workers, and no more.
///
/// Actions already appended for the same event have not happened yet: a worker that the policy
/// has just given a batch still shows as idle until the event is over.
pub trait View {
    /// How many workers there are, failed ones included.
    fn worker_count(&self) -> u32;

    /// The idle worker with the smallest position that is not below `from`.
    fn idle_worker(&self, from: WorkerId) -> Option<WorkerId>;

    /// Whether all workers serve all batches alike: equally fast, and nothing to load first.
    fn workers_are_alike(&self) -> bool;

    /// Mean service time of a batch of `size` requests of `model` on a worker of speed 1 that has
    /// the model: an estimate, not the time that the batch will take.
    fn estimate(&self, model: ModelId, size: u32) -> Duration;

    /// The same at its 99th percentile, for policies that plan for bad luck.
    fn worst_case(&self, model: ModelId, size: u32) -> Duration;

    /// Mean time from a dispatch to `worker` until the batch is served: loading the model, where
    /// the worker does not hold it, and the worker's speed count. `None` where the worker can
    /// never hold the model.
    fn time_to_serve(&self, worker: WorkerId, model: ModelId, size: u32) -> Option<Duration>;

    /// Whether `worker` holds `model`, so that a dispatch loads nothing.
    fn is_resident(&self, worker: WorkerId, model: ModelId) -> bool;

    /// The largest batch of `model` that a worker takes.
    fn batch_size_max(&self, model: ModelId) -> u32;

    /// How long the first request of a batch of `model` should wait for others at most.
    fn batch_wait(&self, model: ModelId) -> Duration;

    /// The request of a ticket, where it waits or runs.
    fn request(&self, ticket: Ticket) -> Option<&Request>;
}

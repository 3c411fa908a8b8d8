//! What a policy may look at.

use std::time::Duration;

use request::ModelId;

use crate::WorkerId;

/// The cluster as a policy sees it: what a real scheduler knows of its workers, and no more.
///
/// Actions already appended for the same event have not happened yet: a worker that the policy
/// has just given a batch still shows as idle until the event is over.
pub trait View {
    /// How many workers there are.
    fn worker_count(&self) -> u32;

    /// The idle worker with the smallest position that is not below `from`.
    fn idle_worker(&self, from: WorkerId) -> Option<WorkerId>;

    /// Mean service time of a batch of `size` requests of `model`: an estimate, not the time that
    /// the batch will take.
    fn estimate(&self, model: ModelId, size: u32) -> Duration;

    /// The largest batch of `model` that a worker takes.
    fn batch_size_max(&self, model: ModelId) -> u32;
}

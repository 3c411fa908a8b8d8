//! How busy the workers were, and how many requests waited.

use std::time::Duration;

use cluster::{Ending, Queue, Span};
use request::Moment;

/// What a run asked of its cluster.
#[derive(Clone, Debug, PartialEq)]
pub struct Gauges {
    /// From the start of the run to its last event.
    pub length: Duration,
    /// Each worker.
    pub workers: Vec<WorkerGauge>,
    /// How full the cluster was.
    pub queue: Queue,
}

/// What a run asked of one worker.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WorkerGauge {
    /// Time given to batches, loading included, ns.
    pub busy_ns: u64,
    /// The part of it in which models were loaded, ns.
    pub loading_ns: u64,
    /// Batches that were served.
    pub batches: u64,
    /// Requests that were served.
    pub requests: u64,
    /// Batches that were stopped at a boundary.
    pub preempted: u64,
    /// Batches that a failure ended.
    pub lost: u64,
}

impl WorkerGauge {
    /// Time given to batches, loading included.
    #[must_use]
    pub fn busy(&self) -> Duration {
        Duration::from_nanos(self.busy_ns)
    }

    /// The part of it in which models were loaded.
    #[must_use]
    pub fn loading(&self) -> Duration {
        Duration::from_nanos(self.loading_ns)
    }
}

impl Gauges {
    pub(crate) fn new(worker_count: u32) -> Self {
        let workers = vec![WorkerGauge::default(); worker_count as usize];
        Self { length: Duration::ZERO, workers, queue: Queue::default() }
    }

    /// A worker was busy.
    #[inline]
    pub(crate) fn ran(&mut self, span: &Span) {
        let worker = &mut self.workers[span.worker.0 as usize];
        let since = |moment: Moment| moment.as_nanos().abs_diff(span.dispatched.as_nanos());
        worker.busy_ns += since(span.ended);
        worker.loading_ns += since(span.started);
        match span.ending {
            Ending::Finished => {
                worker.batches += 1;
                worker.requests += u64::from(span.batch_size);
            }
            Ending::Preempted => worker.preempted += 1,
            Ending::Lost => worker.lost += 1,
        }
    }

    /// The run has ended.
    pub(crate) fn ended(&mut self, now: Moment, queue: Queue) {
        self.length = now.saturating_since(Moment::ZERO);
        self.queue = queue;
    }

    /// Busy share of the workers; 0 of a run without length.
    #[must_use]
    pub fn utilisation(&self) -> f64 {
        let busy_ns: u128 = self.workers.iter().map(|worker| u128::from(worker.busy_ns)).sum();
        self.share(busy_ns as f64) / self.workers.len() as f64
    }

    /// Mean number of requests that waited; 0 of a run without length.
    #[must_use]
    pub fn waiting_mean(&self) -> f64 {
        self.share(self.queue.waiting_area as f64)
    }

    /// Mean number of requests that a batch held; 0 where none was served.
    #[must_use]
    pub fn batch_size_mean(&self) -> f64 {
        let requests: u64 = self.workers.iter().map(|worker| worker.requests).sum();
        let batches: u64 = self.workers.iter().map(|worker| worker.batches).sum();
        if batches == 0 { 0.0 } else { requests as f64 / batches as f64 }
    }

    fn share(&self, area: f64) -> f64 {
        let length = self.length.as_nanos() as f64;
        if length == 0.0 { 0.0 } else { area / length }
    }
}

//! Summaries and gauges for programs.

use serde::Serialize;

use outcome::Summary;

use super::load::share;
use crate::{Gauges, Simulation, WorkerGauge};

/// The fields of a summary, and beside them the gauges.
#[derive(Serialize)]
struct Entry<'a> {
    #[serde(flatten)]
    summary: &'a Summary,
    gauges: GaugeFields,
}

/// What a run asked of its cluster. Shares are from 0 to 1.
#[derive(Serialize)]
struct GaugeFields {
    /// From the start of the run to its last event.
    length_ns: u64,
    /// Busy share of all workers.
    utilisation: f64,
    /// Requests in a batch that was served, on average.
    batch_size_mean: f64,
    queue: QueueFields,
    workers: Vec<WorkerFields>,
}

/// Requests in the cluster. Means are over time.
#[derive(Serialize)]
struct QueueFields {
    waiting_mean: f64,
    waiting_max: usize,
    /// Waiting or running.
    in_flight_mean: f64,
}

#[derive(Serialize)]
struct WorkerFields {
    utilisation: f64,
    /// Time given to batches, loading included.
    busy_ns: u64,
    loading_ns: u64,
    /// Batches and requests that were served.
    batches: u64,
    requests: u64,
    /// Batches that were stopped at a boundary, and that a failure ended.
    preempted: u64,
    lost: u64,
}

pub(super) fn list(simulations: &[Simulation]) -> String {
    let entries: Vec<_> = simulations.iter().map(entry).collect();
    serde_json::to_string_pretty(&entries).expect("a summary is numbers, text and lists")
}

fn entry(simulation: &Simulation) -> Entry<'_> {
    Entry { summary: &simulation.summary, gauges: gauges(&simulation.gauges) }
}

fn gauges(gauges: &Gauges) -> GaugeFields {
    let length_ns = nanos(gauges.length);
    let over_time = |area: u128| if length_ns == 0 { 0.0 } else { area as f64 / length_ns as f64 };
    let worker = |worker: &WorkerGauge| WorkerFields {
        utilisation: share(worker.busy(), gauges.length),
        busy_ns: worker.busy_ns,
        loading_ns: worker.loading_ns,
        batches: worker.batches,
        requests: worker.requests,
        preempted: worker.preempted,
        lost: worker.lost,
    };
    GaugeFields {
        length_ns,
        utilisation: gauges.utilisation(),
        batch_size_mean: gauges.batch_size_mean(),
        queue: QueueFields {
            waiting_mean: gauges.waiting_mean(),
            waiting_max: gauges.queue.waiting_max,
            in_flight_mean: over_time(gauges.queue.in_flight_area),
        },
        workers: gauges.workers.iter().map(worker).collect(),
    }
}

fn nanos(time: std::time::Duration) -> u64 {
    u64::try_from(time.as_nanos()).expect("a moment is within 292 years")
}

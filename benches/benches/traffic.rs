//! The traffic that the benchmarks share: drawn once, from a fixed seed.

use std::time::Duration;

use cluster::{Emulation, Profile, Workers};
use request::Seed;
use trace::{Workload, generate_to};

/// What everything is drawn from.
pub(crate) const SEED: Seed = Seed(42);

/// Workers of the emulated cluster.
pub(crate) const WORKER_COUNT: u32 = 4;

/// Mean service time of every model.
const SERVICE_S: f64 = 0.010;

/// Busy share of the workers: queues form, and do not grow for ever.
const LOAD: f64 = 0.9;

/// A little more than what is asked for, since the number of arrivals is random.
const MARGIN: f64 = 1.05;

/// A workload at [`LOAD`] of the cluster, long enough for `rows` requests and a few per cent more.
pub(crate) fn workload(rows: usize) -> Workload {
    let mut workload = Workload::built_in("urgent_heavy").expect("it is built in");
    workload.total_qps = LOAD * f64::from(WORKER_COUNT) / SERVICE_S;
    let seconds = MARGIN * rows as f64 / workload.total_qps;
    workload.duration = Duration::from_secs_f64(seconds);
    workload
}

/// The file of [`workload`].
pub(crate) fn trace_bytes(rows: usize) -> Vec<u8> {
    let written = generate_to(Vec::new(), &workload(rows), SEED, 1, |_, _| {});
    written.expect("a built-in workload is valid and memory takes the bytes").out
}

/// The cluster that [`workload`] loads.
pub(crate) fn emulation() -> Emulation {
    let text = format!(
        "version = 1\n[default]\nlaw = \"exponential\"\nmean_ms = {}\n",
        SERVICE_S * 1_000.0
    );
    let profile = Profile::parse(&text).expect("the text is a profile");
    Emulation { workers: Workers::equal(WORKER_COUNT), profile, seed: SEED }
}

//! Clocks, and where a thread runs.

use anyhow::Context;
use rustix::thread::{CpuSet, sched_setaffinity};
use rustix::time::{ClockId, clock_gettime};

use crate::sink::Stamp;

const NANOS_PER_SECOND: i64 = 1_000_000_000;

/// Reads one clock, ns.
pub(crate) fn read(clock: ClockId) -> i64 {
    let time = clock_gettime(clock);
    time.tv_sec * NANOS_PER_SECOND + time.tv_nsec
}

/// Reads both clocks that are stamped.
pub(crate) fn stamp() -> Stamp {
    Stamp { monotonic_ns: read(ClockId::Monotonic), unix_ns: read(ClockId::Realtime) }
}

/// CPU time of this process, user and system, ns.
pub(crate) fn cpu_ns() -> i64 {
    read(ClockId::ProcessCPUTime)
}

/// Keeps the calling thread on one core.
///
/// # Errors
/// Where there is no such core.
pub(crate) fn pin(core: usize) -> anyhow::Result<()> {
    anyhow::ensure!(core < CpuSet::MAX_CPU, "there is no core {core}");
    let mut cores = CpuSet::new();
    cores.set(core);
    sched_setaffinity(None, &cores).with_context(|| format!("cannot run on core {core}"))
}

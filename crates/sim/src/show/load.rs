//! How a run used its cluster, in words.

use std::time::Duration;

use outcome::units::{grouped, millis};

use crate::Gauges;

/// The lines that stand below the summary of one policy.
pub(super) fn notes(gauges: &Gauges) -> String {
    let load = Load::of(gauges);
    let mut lines = vec![
        ("workers", load.describe(gauges)),
        ("loading", format!("{} % of their time went into loading models", load.loading)),
        ("batches", batches(gauges)),
    ];
    let (preempted, lost) = stopped(gauges);
    if preempted + lost > 0 {
        let (preempted, lost) = (grouped(preempted), grouped(lost));
        lines.push(("stopped", format!("{preempted} batches preempted, {lost} lost")));
    }
    let most = grouped(gauges.queue.waiting_max as u64);
    lines.push((
        "queue",
        format!("{:.2} waiting on average, {most} at most", gauges.waiting_mean()),
    ));
    lines.into_iter().map(|(name, text)| format!("{name:<9} {text}\n")).collect()
}

/// How busy the workers were, in per cent.
pub(super) struct Load {
    pub(super) mean: String,
    pub(super) least: String,
    pub(super) most: String,
    /// The share of all their time in which they loaded models.
    pub(super) loading: String,
}

impl Load {
    pub(super) fn of(gauges: &Gauges) -> Self {
        let busy = || gauges.workers.iter().map(|worker| share(worker.busy(), gauges.length));
        let loading: Duration = gauges.workers.iter().map(|worker| worker.loading()).sum();
        let percent = |share: f64| format!("{:.2}", 100.0 * share);
        Self {
            mean: percent(gauges.utilisation()),
            least: percent(busy().fold(f64::INFINITY, f64::min)),
            most: percent(busy().fold(0.0, f64::max)),
            loading: percent(share(loading, gauges.length) / gauges.workers.len() as f64),
        }
    }

    fn describe(&self, gauges: &Gauges) -> String {
        let Self { mean, least, most, .. } = self;
        let seconds = millis(gauges.length.as_micros().cast_signed());
        match gauges.workers.len() {
            1 => format!("1, busy {mean} % of {seconds} s"),
            count => format!(
                "{}, busy {mean} % of {seconds} s (the least {least} %, the most {most} %)",
                grouped(count as u64)
            ),
        }
    }
}

/// Number of batches that were preempted, and of those that were lost.
pub(super) fn stopped(gauges: &Gauges) -> (u64, u64) {
    let workers = || gauges.workers.iter();
    (workers().map(|worker| worker.preempted).sum(), workers().map(|worker| worker.lost).sum())
}

/// Number of batches that were served.
pub(super) fn served(gauges: &Gauges) -> u64 {
    gauges.workers.iter().map(|worker| worker.batches).sum()
}

/// The part of a run in which a worker did something; 0 of a run without length.
pub(super) fn share(part: Duration, whole: Duration) -> f64 {
    if whole.is_zero() { 0.0 } else { part.as_nanos() as f64 / whole.as_nanos() as f64 }
}

fn batches(gauges: &Gauges) -> String {
    format!("{} served, {:.2} requests each", grouped(served(gauges)), gauges.batch_size_mean())
}

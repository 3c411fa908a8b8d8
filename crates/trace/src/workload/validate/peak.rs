//! Refuses rates that would bring more requests in one moment than memory should hold.

use std::time::Duration;

use super::{CLASS_QPS_MIN, Finding};
use crate::generate::mean_rate;
use crate::workload::{Class, Process, RatePoint, RateShape, Workload};

/// A thousand arrivals in a nanosecond: those of one moment are held in memory at once.
const PEAK_QPS_MAX: f64 = 1e12;

/// Checks the rate of a class when it is highest.
pub(super) fn check(workload: &Workload, class: &Class) -> Result<(), Finding> {
    let mean = class.share * workload.total_qps;
    let by_time = match workload.rate_of(class) {
        None => 1.0,
        Some(RateShape::Points { points }) => {
            peak_rate(points, workload.duration) / mean_rate(points, workload.duration)
        }
        // A piece of `1 - cos` is at most thrice its own mean.
        Some(RateShape::Sinusoid { .. }) => 3.0,
    };
    let by_state = match &workload.arrivals_of(class).process {
        Process::Modulated { states, .. } => {
            let dwell = states.iter().map(|state| state.dwell.as_secs_f64());
            let arrivals = states.iter().map(|state| state.dwell.as_secs_f64() * state.rate);
            let mean = arrivals.sum::<f64>() / dwell.sum::<f64>();
            states.iter().map(|state| state.rate).fold(0.0, f64::max) / mean
        }
        _ => 1.0,
    };
    let peak = mean * by_time * by_state;
    if mean < CLASS_QPS_MIN || peak <= PEAK_QPS_MAX {
        return Ok(());
    }
    let problem = format!(
        "of {mean} requests/s is one of {peak:e} requests/s when it is highest, and 1e12 is the \
         most; lower total_qps, or make the peaks longer"
    );
    Err(Finding::new("share", problem).named("rate"))
}

/// Largest rate over a duration. There is a point, and they are sorted.
fn peak_rate(points: &[RatePoint], duration: Duration) -> f64 {
    let end = points.partition_point(|point| point.at <= duration);
    let (within, beyond) = points.split_at(end);
    let at_end = match (within.last(), beyond.first()) {
        (Some(before), Some(after)) => {
            let length = (after.at - before.at).as_secs_f64();
            let part = (duration - before.at).as_secs_f64() / length;
            before.rate + (after.rate - before.rate) * part
        }
        (None, Some(after)) => after.rate,
        (_, None) => 0.0,
    };
    within.iter().map(|point| point.rate).fold(at_end, f64::max)
}

//! Busy periods: for how long there is always some request in the system.

use crate::input::INFINITE;
use crate::{Run, Traffic};

/// Mean length of a run's busy periods, ns: times from an arrival that meets no other request to
/// the next moment without any. `None` where no request ended `ok`; others are not seen here.
pub(super) fn mean_busy_period(traffic: &Traffic, run: &Run) -> Option<f64> {
    let answered = traffic.arrivals.iter().zip(&run.latencies);
    let answered = answered.filter(|(_, latency)| **latency != INFINITE);
    let (mut count, mut busy, mut end) = (0_u64, 0_u64, i64::MIN);
    for (&arrival, &latency) in answered {
        let done = arrival.saturating_add_unsigned(latency);
        if arrival > end {
            count += 1;
            busy += latency;
            end = done;
        } else if done > end {
            busy += done.abs_diff(end);
            end = done;
        }
    }
    (count > 0).then(|| busy as f64 / count as f64)
}

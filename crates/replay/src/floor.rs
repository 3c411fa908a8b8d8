//! The machine's floor: the lag of the same pacing with nothing attached.

use outcome::{Floor, Ppm};

use crate::clock::Reading;
use crate::pace::{Pace, sleep_until};
use crate::plan::Planned;

/// Time that the measurement takes.
const LENGTH_NS: i64 = 1_000_000_000;

/// The longest gap between wake-ups: a sparse trace would measure too few.
const GAP_MAX_NS: i64 = 2_000_000;

/// The shortest: of several moments at once only the first is waited for.
const GAP_MIN_NS: i64 = 10_000;

/// The most wake-ups.
const WAKE_UPS_MAX: usize = 100_000;

/// Measures the floor on this thread, which must be the one that fires, or one set up like it, at
/// the gaps with which the plan begins.
///
/// `None` where the measurement was stopped.
pub(crate) fn measure(plan: &[Planned], stopped: impl Fn() -> bool) -> Option<Floor> {
    let mut lags = Vec::new();
    let mut pace = Pace::new(Reading::now());
    let start = Reading::now().plus_ns(GAP_MAX_NS);
    for offset in offsets(plan) {
        let due = start.plus_ns(offset);
        while Reading::now() < due {
            if stopped() {
                return None;
            }
            let now = Reading::now();
            let wake = pace.wake_at(due);
            if wake > now {
                sleep_until(wake, now);
            } else {
                while Reading::now() < due {
                    std::hint::spin_loop();
                }
            }
            pace.slept(now, if wake > now { Reading::now() } else { now });
        }
        lags.push(Reading::now().since(due));
    }
    summarise(lags)
}

/// Moments from the start: the plan's gaps, shortened where they are long, from the first again
/// where they end too soon.
fn offsets(plan: &[Planned]) -> impl Iterator<Item = i64> + '_ {
    let gaps = plan.windows(2).map(|pair| {
        let gap = pair[1].arrival().saturating_since(pair[0].arrival()).as_nanos();
        i64::try_from(gap).unwrap_or(i64::MAX).clamp(GAP_MIN_NS, GAP_MAX_NS)
    });
    // Of requests that all arrive at once there is no gap to repeat.
    let gaps = gaps.cycle().chain(std::iter::repeat(GAP_MAX_NS));
    let offsets = gaps.scan(0, |at: &mut i64, gap| {
        *at += gap;
        Some(*at)
    });
    offsets.take_while(|at| *at <= LENGTH_NS).take(WAKE_UPS_MAX)
}

fn summarise(mut lags: Vec<i64>) -> Option<Floor> {
    lags.sort_unstable();
    Some(Floor {
        samples: lags.len() as u64,
        p50_ns: Ppm::P50.of(&lags)?,
        p99_ns: Ppm::P99.of(&lags)?,
        p999_ns: Ppm::P999.of(&lags)?,
        max_ns: *lags.last()?,
    })
}

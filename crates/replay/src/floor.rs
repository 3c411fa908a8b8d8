//! The machine's floor: the lag of the same pacing with nothing attached.

use outcome::{Floor, Ppm};
use request::Moment;

use crate::clock::{RunClock, sharpen_sleep};

/// Wake-ups measured, and the gap between them: a second in all.
const WAKE_UPS: i64 = 500;
const GAP_NS: i64 = 2_000_000;

/// Measures the floor on a thread of its own, as the pacing thread is one.
///
/// `None` where the measurement was stopped or the thread could not be started.
pub(crate) fn measure(stopped: impl Fn() -> bool + Send) -> Option<Floor> {
    std::thread::scope(|scope| {
        let builder = std::thread::Builder::new().name("floor".to_owned());
        builder.spawn_scoped(scope, || lags(stopped)).ok()?.join().ok()?
    })
}

fn lags(stopped: impl Fn() -> bool) -> Option<Floor> {
    sharpen_sleep();
    let clock = RunClock::starting_in(GAP_NS);
    let mut lags = Vec::with_capacity(WAKE_UPS as usize);
    for wake_up in 0..WAKE_UPS {
        let moment = Moment::from_nanos(wake_up * GAP_NS);
        if !clock.wait_until(moment, &stopped) {
            return None;
        }
        lags.push(clock.now().as_nanos() - moment.as_nanos());
    }
    lags.sort_unstable();
    Some(Floor {
        samples: lags.len() as u64,
        p50_ns: Ppm::P50.of(&lags)?,
        p99_ns: Ppm::P99.of(&lags)?,
        p999_ns: Ppm::P999.of(&lags)?,
        max_ns: *lags.last()?,
    })
}

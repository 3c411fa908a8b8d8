//! The one place where `replay` reads a clock and waits on it.
//!
//! The monotonic clock alone times a run; Unix time is read once, to put deadlines on the wire.

use std::num::NonZeroU64;

use request::Moment;
use rustix::thread::clock_nanosleep_absolute;
use rustix::time::{ClockId, Timespec, clock_gettime};

/// How long before its moment a wait stops sleeping and spins.
///
/// A sleep ends some 25 to 60 us late in the median, so a spin of this length hides it; a longer
/// one would take a share of a core that the machine's other half needs.
const SPIN_NS: i64 = 60_000;

/// The longest sleep without a look at whether to go on: an interrupt ends a run promptly.
const SLICE_NS: i64 = 50_000_000;

const NANOS_PER_SECOND: i64 = 1_000_000_000;

/// The time of a run: nanoseconds since its epoch.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RunClock {
    epoch_ns: i64,
    epoch_unix_ns: i64,
}

impl RunClock {
    /// A clock whose epoch is `lead_ns` from now.
    pub(crate) fn starting_in(lead_ns: i64) -> Self {
        let (monotonic, unix) = (read(ClockId::Monotonic), read(ClockId::Realtime));
        Self { epoch_ns: monotonic + lead_ns, epoch_unix_ns: unix + lead_ns }
    }

    /// Time since the epoch; negative before it.
    pub(crate) fn now(&self) -> Moment {
        Moment::from_nanos(read(ClockId::Monotonic) - self.epoch_ns)
    }

    /// The epoch in Unix time.
    pub(crate) fn epoch_unix_ns(&self) -> i64 {
        self.epoch_unix_ns
    }

    /// Waits until `moment`; false where `stopped` says so first.
    pub(crate) fn wait_until(&self, moment: Moment, stopped: impl Fn() -> bool) -> bool {
        let target = self.epoch_ns + moment.as_nanos();
        loop {
            if stopped() {
                return false;
            }
            let now = read(ClockId::Monotonic);
            if now >= target - SPIN_NS {
                break;
            }
            sleep_until((target - SPIN_NS).min(now + SLICE_NS));
        }
        while read(ClockId::Monotonic) < target {
            std::hint::spin_loop();
        }
        true
    }
}

/// Makes the sleeps of this thread end at the moment asked for, not up to 50 us later.
pub(crate) fn sharpen_sleep() {
    // A system that refuses is less punctual, and the floor shows it.
    let _ = rustix::thread::set_current_timer_slack(NonZeroU64::new(1));
}

fn read(clock: ClockId) -> i64 {
    let time = clock_gettime(clock);
    time.tv_sec * NANOS_PER_SECOND + time.tv_nsec
}

fn sleep_until(monotonic_ns: i64) {
    let moment = Timespec {
        tv_sec: monotonic_ns / NANOS_PER_SECOND,
        tv_nsec: monotonic_ns % NANOS_PER_SECOND,
    };
    // A sleep that a signal interrupts is looked at again by the caller's loop.
    let _ = clock_nanosleep_absolute(ClockId::Monotonic, &moment);
}

//! The one place where the recorder reads a clock.
//!
//! The monotonic clock alone times a recording. Unix time is read once, at its start, to turn the
//! deadlines on the wire into moments, as `replay` turns moments into deadlines.

use request::Moment;
use rustix::time::{ClockId, clock_gettime};

const NANOS_PER_SECOND: i64 = 1_000_000_000;

/// The time of a recording: nanoseconds since it began.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    epoch_ns: i64,
    epoch_unix_ns: i64,
}

impl Clock {
    /// A clock that starts at zero.
    pub(crate) fn start() -> Self {
        let (monotonic, unix) = (read(ClockId::Monotonic), read(ClockId::Realtime));
        Self { epoch_ns: monotonic, epoch_unix_ns: unix }
    }

    pub(crate) fn now(&self) -> Moment {
        Moment::from_nanos(read(ClockId::Monotonic) - self.epoch_ns)
    }

    /// The start of the recording in Unix time.
    pub(crate) fn epoch_unix_ns(&self) -> i64 {
        self.epoch_unix_ns
    }

    /// How far Unix time has been set forward (or back, below zero) since the start. Deadlines of
    /// clients that started since are off by so much.
    pub(crate) fn unix_moved_ns(&self) -> i64 {
        let (monotonic, unix) = (read(ClockId::Monotonic), read(ClockId::Realtime));
        (unix - self.epoch_unix_ns) - (monotonic - self.epoch_ns)
    }
}

fn read(clock: ClockId) -> i64 {
    let time = clock_gettime(clock);
    time.tv_sec * NANOS_PER_SECOND + time.tv_nsec
}

//! The one place where the scheduler reads a clock.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use request::Moment;

/// Time since the server started, and what Unix time that is.
///
/// The Unix time is read once: a clock that is set back during the run moves no deadline.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    start: Instant,
    start_unix_ns: i64,
}

impl Clock {
    /// A clock that starts at zero.
    pub(crate) fn start() -> Self {
        let unix = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
        let start_unix_ns = i64::try_from(unix.as_nanos()).unwrap_or(i64::MAX);
        Self { start: Instant::now(), start_unix_ns }
    }

    pub(crate) fn now(&self) -> Moment {
        Moment::ZERO + self.start.elapsed()
    }

    /// When `moment` is, for whoever has to wait until then.
    pub(crate) fn instant(&self, moment: Moment) -> Instant {
        self.start + moment.saturating_since(Moment::ZERO)
    }

    /// The moment of a time that a client gave; a client may give any number.
    pub(crate) fn moment(&self, unix_ns: i64) -> Moment {
        Moment::from_nanos(unix_ns.saturating_sub(self.start_unix_ns))
    }
}

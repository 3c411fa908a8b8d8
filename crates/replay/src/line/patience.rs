//! How long whoever may wait goes on waiting: until some moment, or until told to stop.

use std::time::{Duration, Instant};

/// The longest wait without a look at whether to go on.
const LOOK: Duration = Duration::from_millis(50);

/// Longer than anybody waits; clocks do not reach as far as a `Duration`.
const FOR_EVER: Duration = Duration::from_secs(100 * 365 * 86_400);

/// Why a wait ended without what was waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unfinished {
    /// It was interrupted.
    Stopped,
    /// Its time was up.
    TimeUp,
}

/// How long to go on.
pub(super) struct Patience<'a> {
    deadline: Instant,
    stopped: &'a dyn Fn() -> bool,
}

/// When so much time will have passed.
pub(super) fn deadline_in(timeout: Duration) -> Instant {
    Instant::now() + timeout.min(FOR_EVER)
}

impl<'a> Patience<'a> {
    pub(super) fn new(timeout: Duration, stopped: &'a dyn Fn() -> bool) -> Self {
        Self { deadline: deadline_in(timeout), stopped }
    }

    /// How long to wait before the next look.
    ///
    /// # Errors
    /// Where there is nothing to wait for any more.
    pub(super) fn next_wait(&self) -> Result<Duration, Unfinished> {
        let left = self.deadline.saturating_duration_since(Instant::now());
        if (self.stopped)() {
            Err(Unfinished::Stopped)
        } else if left.is_zero() {
            Err(Unfinished::TimeUp)
        } else {
            Ok(left.min(LOOK))
        }
    }
}

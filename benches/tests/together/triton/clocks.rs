//! One scale for the times of two programs: `replay` tells its epoch in Unix time and Triton its
//! moments by the monotonic clock.

use rustix::time::{ClockId, clock_gettime};

/// By how much Unix time is ahead of the monotonic clock, ns.
#[derive(Clone, Copy, Debug)]
struct Reading {
    ahead_ns: i64,
    /// By how much that can be wrong, either way.
    error_ns: i64,
}

/// The two clocks, read before a run and after it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clocks {
    before: Reading,
    after: Reading,
}

impl Clocks {
    /// Reads them on both sides of `work`.
    pub(crate) fn around<T>(work: impl FnOnce() -> T) -> (T, Self) {
        let before = Reading::now();
        let done = work();
        (done, Self { before, after: Reading::now() })
    }

    /// A moment of the monotonic clock, of one in Unix time.
    pub(crate) fn monotonic_ns(&self, unix_ns: i64) -> i64 {
        unix_ns - self.before.ahead_ns
    }

    /// By how much such a moment can be wrong: by what one clock was moved against the other, and
    /// by the error of reading two clocks one after the other, three times, as `replay` does it too.
    pub(crate) fn error_ns(&self) -> i64 {
        let moved_ns = (self.after.ahead_ns - self.before.ahead_ns).abs();
        moved_ns + 2 * self.before.error_ns + self.after.error_ns
    }
}

impl Reading {
    /// Of some tries the one that took the least time.
    fn now() -> Self {
        let attempt = |_| {
            let begun = read(ClockId::Monotonic);
            let unix_ns = read(ClockId::Realtime);
            let taken = read(ClockId::Monotonic) - begun;
            Self { ahead_ns: unix_ns - begun - taken / 2, error_ns: taken / 2 + 1 }
        };
        (0..20).map(attempt).min_by_key(|reading| reading.error_ns).unwrap()
    }
}

fn read(clock: ClockId) -> i64 {
    let time = clock_gettime(clock);
    time.tv_sec * 1_000_000_000 + time.tv_nsec
}

#[test]
fn the_error_is_what_the_clocks_moved_and_what_reading_them_costs() {
    let before = Reading { ahead_ns: 1_000, error_ns: 3 };
    let clocks = Clocks { before, after: Reading { ahead_ns: 990, error_ns: 5 } };
    assert_eq!(clocks.monotonic_ns(1_234), 234);
    assert_eq!(clocks.error_ns(), 10 + 2 * 3 + 5);
}

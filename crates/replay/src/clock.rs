//! The one place where `replay` reads a clock.
//!
//! The monotonic clock alone times a run; Unix time is read once, to put deadlines on the wire, and
//! once more at the end, to see whether it was stepped meanwhile.

use request::Moment;
use rustix::time::{ClockId, clock_gettime};

const NANOS_PER_SECOND: i64 = 1_000_000_000;

/// A reading of the monotonic clock, in ns since some moment before the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Reading(i64);

impl Reading {
    /// Later than any other.
    pub(crate) const NEVER: Self = Self(i64::MAX);

    pub(crate) fn now() -> Self {
        Self(read(ClockId::Monotonic))
    }

    pub(crate) const fn plus_ns(self, nanos: i64) -> Self {
        Self(self.0.saturating_add(nanos))
    }

    /// Time since `earlier`, ns; negative where that is later.
    pub(crate) const fn since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }
}

/// The time of a run: nanoseconds since its epoch.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RunClock {
    epoch: Reading,
    epoch_unix_ns: i64,
}

impl RunClock {
    /// A clock whose epoch is `lead_ns` from now.
    pub(crate) fn starting_in(lead_ns: i64) -> Self {
        let (now, unix_ns) = both();
        Self { epoch: now.plus_ns(lead_ns), epoch_unix_ns: unix_ns.saturating_add(lead_ns) }
    }

    /// Time since the epoch; negative before it.
    pub(crate) fn now(&self) -> Moment {
        self.moment(Reading::now())
    }

    pub(crate) fn moment(&self, reading: Reading) -> Moment {
        Moment::from_nanos(reading.since(self.epoch))
    }

    pub(crate) fn reading(&self, moment: Moment) -> Reading {
        self.epoch.plus_ns(moment.as_nanos())
    }

    /// The epoch in Unix time.
    pub(crate) fn epoch_unix_ns(&self) -> i64 {
        self.epoch_unix_ns
    }

    /// By how much Unix time was moved against the monotonic clock since the epoch was set, ns.
    ///
    /// Deadlines on the wire are Unix time: a scheduler that reads the same clock after a step
    /// judges them by another scale than the one they were written on.
    pub(crate) fn unix_step_ns(&self) -> i64 {
        let (now, unix_ns) = both();
        self.step_seen(now, unix_ns)
    }

    fn step_seen(&self, now: Reading, unix_ns: i64) -> i64 {
        unix_ns.saturating_sub(self.epoch_unix_ns).saturating_sub(now.since(self.epoch))
    }
}

/// Both clocks at one moment: of a few tries the one between whose readings the least time passed.
fn both() -> (Reading, i64) {
    let attempt = |_| {
        let before = Reading::now();
        let unix_ns = read(ClockId::Realtime);
        let taken = Reading::now().since(before);
        (taken, before.plus_ns(taken / 2), unix_ns)
    };
    let (_, now, unix_ns) =
        (0..5).map(attempt).min_by_key(|(taken, ..)| *taken).expect("five attempts");
    (now, unix_ns)
}

fn read(clock: ClockId) -> i64 {
    let time = clock_gettime(clock);
    time.tv_sec * NANOS_PER_SECOND + time.tv_nsec
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_and_readings_are_two_names_of_one_time() {
        let clock = RunClock::starting_in(1_000_000);
        let moment = Moment::from_nanos(-77);
        assert_eq!(clock.moment(clock.reading(moment)), moment);
    }

    #[test]
    fn a_step_of_the_wall_clock_is_seen_and_moves_nothing_else() {
        let clock = RunClock { epoch: Reading(1_000), epoch_unix_ns: 5_000_000 };
        let later = Reading(61_000);
        assert_eq!(clock.step_seen(later, 5_060_000), 0);
        assert_eq!(clock.step_seen(later, 5_060_000 + 3_600_000), 3_600_000);
        assert_eq!(clock.step_seen(later, 0), -5_060_000);
        assert_eq!(clock.moment(later), Moment::from_nanos(60_000));
    }
}

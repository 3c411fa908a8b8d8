//! How the firing thread waits: asleep to shortly before the moment, then awake.
//!
//! A sleep ends some 20 to 60 us late, and a spin hides it. A thread that spins all the time,
//! however, starves its core of everything else, and in a real-time class the kernel then stops
//! it for 50 ms in each second. So the spin grows shorter as the thread grows busier.

use rustix::time::Timespec;

use crate::clock::Reading;

/// The longest spin: what most sleeps end late by.
const SPIN_MAX_NS: i64 = 60_000;

/// The shortest: a sleep of an awake core is not much better than this.
const SPIN_MIN_NS: i64 = 5_000;

/// Over this long, the share of time awake is taken.
const WINDOW_NS: i64 = 20_000_000;

/// Share of the time, in percent, above which the spin is shortened, and below which it may grow.
/// The kernel's limit for real-time threads is 95 %.
const AWAKE_MAX: i64 = 80;
const AWAKE_LOW: i64 = 65;

/// A thread that never sleeps is given so long before it has to, and then sleeps for so long: 6 %,
/// in pieces that hold up little. Left to itself, the kernel takes 5 % in pieces of 50 ms.
const AWAKE_NS: i64 = 1_000_000;
const NAP_NS: i64 = 60_000;

/// The shortest sleep that counts for that.
const SLEEP_MIN_NS: i64 = 10_000;

/// The length of the spin, adapted to how busy the thread is.
#[derive(Debug)]
pub(crate) struct Pace {
    spin_ns: i64,
    window: Reading,
    slept_ns: i64,
    /// When the last sleep ended.
    woke: Reading,
}

impl Pace {
    pub(crate) fn new(now: Reading) -> Self {
        Self { spin_ns: SPIN_MAX_NS, window: now, slept_ns: 0, woke: now }
    }

    /// Until when the thread has to sleep, whatever there is to do, if it has been awake for too
    /// long. A request that is `due` in a moment goes first, once.
    pub(crate) fn nap(&self, now: Reading, due: Reading) -> Option<Reading> {
        let awake = now.since(self.woke);
        let until = now.plus_ns(NAP_NS);
        (awake > 2 * AWAKE_NS || (awake > AWAKE_NS && due > until)).then_some(until)
    }

    /// How long before `due` a sleep must end.
    pub(crate) fn wake_at(&self, due: Reading) -> Reading {
        due.plus_ns(-self.spin_ns)
    }

    /// Takes note of a sleep that has ended just now.
    pub(crate) fn slept(&mut self, from: Reading, to: Reading) {
        self.slept_ns += to.since(from);
        // In a shorter one, the core was nobody else's.
        if to.since(from) >= SLEEP_MIN_NS {
            self.woke = to;
        }
        let length = to.since(self.window);
        if length < WINDOW_NS {
            return;
        }
        let awake = 100 - 100 * self.slept_ns / length;
        if awake > AWAKE_MAX {
            self.spin_ns = (self.spin_ns / 2).max(SPIN_MIN_NS);
        } else if awake < AWAKE_LOW {
            self.spin_ns = (self.spin_ns + SPIN_MIN_NS).min(SPIN_MAX_NS);
        }
        (self.window, self.slept_ns) = (to, 0);
    }
}

/// Sleeps from `now` until `wake`, which the same call does that waits for sockets.
pub(crate) fn sleep_until(wake: Reading, now: Reading) {
    // A sleep that a signal interrupts is looked at again by the caller's loop.
    let _ = rustix::event::poll(&mut [], Some(&timespec(wake.since(now))));
}

/// So many nanoseconds as the system wants them.
pub(crate) fn timespec(nanos: i64) -> Timespec {
    Timespec { tv_sec: nanos / 1_000_000_000, tv_nsec: nanos % 1_000_000_000 }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sleeps of 10 us with this long awake between them, until the spin settles.
    fn settled_spin_ns(awake_ns: i64) -> i64 {
        let mut now = Reading::now();
        let mut pace = Pace::new(now);
        for _ in 0..100_000 {
            let from = now.plus_ns(awake_ns);
            now = from.plus_ns(10_000);
            pace.slept(from, now);
        }
        pace.spin_ns
    }

    #[test]
    fn an_idle_thread_spins_long_and_a_busy_one_short() {
        assert_eq!(settled_spin_ns(1_000), SPIN_MAX_NS);
        assert_eq!(settled_spin_ns(90_000), SPIN_MIN_NS);
    }

    #[test]
    fn who_never_sleeps_has_to_and_not_just_before_a_request() {
        let woke = Reading::now();
        let pace = Pace::new(woke);
        let naps = |awake_ns, due_ns| {
            let now = woke.plus_ns(awake_ns);
            pace.nap(now, now.plus_ns(due_ns)).is_some()
        };
        assert!(!naps(AWAKE_NS, i64::MAX / 2));
        assert!(naps(AWAKE_NS + 1, NAP_NS + 1));
        assert!(!naps(AWAKE_NS + 1, NAP_NS));
        assert!(naps(2 * AWAKE_NS + 1, 0));
    }

    #[test]
    fn a_spin_ends_a_sleep_early_by_its_length() {
        let now = Reading::now();
        assert_eq!(now.since(Pace::new(now).wake_at(now)), SPIN_MAX_NS);
    }
}

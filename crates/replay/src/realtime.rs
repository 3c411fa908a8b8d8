//! Real-time scheduling of the thread that fires, where the system permits it.
//!
//! An ordinary thread waits its turn behind others for milliseconds; one in the class SCHED_FIFO
//! runs as soon as it wakes. It must sleep often enough: the kernel takes the core away for 50 ms
//! from a real-time thread that never does, which [`Pace`](crate::pace::Pace) sees to.

use std::fmt;
use std::num::NonZeroU64;
use std::str::FromStr;

use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};
use thread_priority::{
    RealtimeThreadSchedulePolicy, ThreadPriority, ThreadPriorityValue, ThreadSchedulePolicy,
    set_thread_priority_and_policy, thread_native_id,
};

/// Priority in the class: above ordinary real-time work, below the kernel's own threads.
const PRIORITY: u8 = 50;

/// Whether the firing thread asks for real-time scheduling.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Realtime {
    /// Where it is permitted.
    #[default]
    Auto,
    /// Or nothing is sent.
    On,
    /// Never.
    Off,
}

/// A word that is none of `auto`, `on` and `off`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is none of auto, on and off")]
pub struct RealtimeWord(String);

impl FromStr for Realtime {
    type Err = RealtimeWord;

    fn from_str(word: &str) -> Result<Self, RealtimeWord> {
        match word {
            "auto" => Ok(Self::Auto),
            "on" => Ok(Self::On),
            "off" => Ok(Self::Off),
            _ => Err(RealtimeWord(word.to_owned())),
        }
    }
}

impl fmt::Display for Realtime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Auto => "auto",
            Self::On => "on",
            Self::Off => "off",
        })
    }
}

/// Real-time scheduling was demanded and is not permitted.
#[derive(Clone, Debug, thiserror::Error)]
#[error(
    "the system does not permit real-time scheduling ({why}); run with CAP_SYS_NICE or a limit \
     (`ulimit -r`) of {PRIORITY}, or without --realtime on"
)]
pub struct NotPermitted {
    why: String,
}

/// Sets this thread up to keep time, and says what it got, for the run's metadata.
///
/// # Errors
/// Where real-time scheduling is demanded and not permitted.
pub(crate) fn sharpen(realtime: Realtime) -> Result<String, NotPermitted> {
    // Sleeps end at the moment asked for, not up to 50 us later. A system that refuses is less
    // punctual, and the floor shows it.
    let _ = rustix::thread::set_current_timer_slack(NonZeroU64::new(1));
    // On a single core a real-time thread would keep everything else waiting.
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    if realtime == Realtime::Off || (realtime == Realtime::Auto && cores < 2) {
        return Ok("ordinary scheduling".to_owned());
    }
    match fifo() {
        Ok(()) => Ok(match pin() {
            Some(core) => format!("SCHED_FIFO {PRIORITY} on core {core}"),
            None => format!("SCHED_FIFO {PRIORITY}"),
        }),
        Err(why) if realtime == Realtime::On => Err(NotPermitted { why }),
        Err(why) => Ok(format!("ordinary scheduling; SCHED_FIFO: {why}")),
    }
}

fn fifo() -> Result<(), String> {
    let value = ThreadPriorityValue::try_from(PRIORITY).map_err(|error| error.to_string())?;
    let policy = ThreadSchedulePolicy::Realtime(RealtimeThreadSchedulePolicy::Fifo);
    let priority = ThreadPriority::Crossplatform(value);
    let set = set_thread_priority_and_policy(thread_native_id(), priority, policy);
    set.map_err(|error| match error {
        thread_priority::Error::OS(code) => std::io::Error::from_raw_os_error(code).to_string(),
        other => format!("{other:?}"),
    })
}

/// Keeps this thread on the last core it may use: devices interrupt the first ones.
fn pin() -> Option<usize> {
    let allowed = sched_getaffinity(None).ok()?;
    let core = (0..CpuSet::MAX_CPU).rev().find(|core| allowed.is_set(*core))?;
    let mut one = CpuSet::new();
    one.set(core);
    sched_setaffinity(None, &one).ok()?;
    Some(core)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_back() {
        for realtime in [Realtime::Auto, Realtime::On, Realtime::Off] {
            assert_eq!(realtime.to_string().parse(), Ok(realtime));
        }
        assert_eq!("maybe".parse::<Realtime>(), Err(RealtimeWord("maybe".into())));
    }

    /// Whatever the machine permits, it says something, and `off` takes nothing.
    #[test]
    fn what_was_got_is_said() {
        let off = std::thread::spawn(|| sharpen(Realtime::Off)).join().unwrap();
        assert_eq!(off.unwrap(), "ordinary scheduling");
        let auto = std::thread::spawn(|| sharpen(Realtime::Auto)).join().unwrap().unwrap();
        assert!(auto.contains("scheduling") || auto.contains("SCHED_FIFO"), "{auto}");
    }
}

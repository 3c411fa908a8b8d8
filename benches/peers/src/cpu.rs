//! CPU time of another program over time, so that what it does before its first request and after
//! its last one is not counted against its requests.
//!
//! The kernel tells user and system time of a whole process, its ended threads included, in ticks
//! of a hundredth of a second: over a run of seconds that is fine enough.

use std::fs;
use std::path::Path;
use std::process::{Command, ExitStatus};
use std::thread;
use std::time::Duration;

use anyhow::{Context, ensure};
use rustix::param::clock_ticks_per_second;
use serde::{Deserialize, Serialize};

use crate::clock;

/// How often a program is looked at.
const PERIOD: Duration = Duration::from_millis(20);

/// CPU time of a program at moments of its life.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CpuTime {
    /// `CLOCK_MONOTONIC` and CPU time so far, ns; both grow.
    pub samples: Vec<(i64, i64)>,
}

impl CpuTime {
    /// Runs a program to its end, watching it.
    ///
    /// # Errors
    /// Where it cannot be started.
    pub fn watch(command: &[String]) -> anyhow::Result<(Self, ExitStatus)> {
        let (program, arguments) = command.split_first().context("there is no command")?;
        let mut child = Command::new(program)
            .args(arguments)
            .spawn()
            .with_context(|| format!("cannot run {program}"))?;
        let stat = format!("/proc/{}/stat", child.id());
        let mut watched = Self::default();
        let status = loop {
            // The process may end between the look and the reading.
            let cpu = fs::read_to_string(&stat).ok().and_then(|text| ticks(&text, OWN));
            let now = clock::stamp().monotonic_ns;
            watched.samples.extend(cpu.map(|ticks| (now, nanos(ticks))));
            if let Some(status) = child.try_wait()? {
                break status;
            }
            thread::sleep(PERIOD);
        };
        let itself =
            fs::read_to_string("/proc/self/stat").context("cannot read /proc/self/stat")?;
        let total = ticks(&itself, CHILDREN).context("cannot understand /proc/self/stat")?;
        watched.samples.push((clock::stamp().monotonic_ns, nanos(total)));
        Ok((watched, status))
    }

    /// CPU time between two moments, ns, interpolated between samples.
    ///
    /// # Errors
    /// Where no sample lies about them.
    pub fn between(&self, from_ns: i64, to_ns: i64) -> anyhow::Result<f64> {
        ensure!(self.samples.len() >= 2, "the program ended before it was looked at twice");
        Ok(self.at(to_ns) - self.at(from_ns))
    }

    fn at(&self, moment_ns: i64) -> f64 {
        let after = self.samples.partition_point(|(at, _)| *at < moment_ns);
        let after = after.clamp(1, self.samples.len() - 1);
        let ((t0, c0), (t1, c1)) = (self.samples[after - 1], self.samples[after]);
        let share = (moment_ns - t0) as f64 / (t1 - t0).max(1) as f64;
        c0 as f64 + (c1 - c0) as f64 * share.clamp(0.0, 1.0)
    }

    /// Writes it.
    ///
    /// # Errors
    /// Where the file cannot be written.
    pub fn write(&self, path: &Path) -> anyhow::Result<()> {
        let text = serde_json::to_string(self).expect("integers become JSON");
        fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
    }

    /// Reads it.
    ///
    /// # Errors
    /// Where the file is none of these.
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        let place = || format!("cannot read {}", path.display());
        let text = fs::read_to_string(path).with_context(place)?;
        serde_json::from_str(&text).with_context(place)
    }
}

/// Positions of user and system time after the program's name, in `/proc/PID/stat`.
const OWN: usize = 11;
const CHILDREN: usize = 13;

/// Sum of two neighbouring fields.
fn ticks(stat: &str, position: usize) -> Option<u64> {
    // The name stands in parentheses and may itself hold some.
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_ascii_whitespace().skip(position);
    let (user, system): (u64, u64) = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
    user.checked_add(system)
}

fn nanos(ticks: u64) -> i64 {
    let tick_ns = 1_000_000_000 / clock_ticks_per_second().max(1);
    i64::try_from(ticks.saturating_mul(tick_ns)).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_counted_after_the_name() {
        let stat = "7 (a) b) S 1 7 7 0 -1 0 10 11 12 13 30 4 500 60 20 0";
        assert_eq!(ticks(stat, OWN), Some(34));
        assert_eq!(ticks(stat, CHILDREN), Some(560));
        assert_eq!(ticks("7 (a) S 1", OWN), None);
    }

    #[test]
    fn time_is_interpolated_and_never_extrapolated() {
        let watched = CpuTime { samples: vec![(0, 0), (100, 10), (200, 110)] };
        assert_eq!(watched.between(50, 150).unwrap(), 55.0);
        assert_eq!(watched.between(-50, 900).unwrap(), 110.0);
        assert!(CpuTime::default().between(0, 1).is_err());
    }

    #[test]
    fn a_program_is_watched_to_its_end() {
        let command = ["sh", "-c", "i=0; while [ $i -lt 1000 ]; do i=$((i+1)); done; exit 3"];
        let (watched, status) = CpuTime::watch(&command.map(str::to_owned)).unwrap();
        assert_eq!(status.code(), Some(3));
        assert!(watched.samples.is_sorted());
        assert!(CpuTime::watch(&["/no/such/program".to_owned()]).is_err());
    }
}

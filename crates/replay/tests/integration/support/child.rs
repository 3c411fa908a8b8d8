//! The binary while it runs: signals, memory, and an end in any case.

use std::fs;
use std::process::{Command, Output, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use super::text;

/// How long anything may take before a test gives up. Nothing is measured by it: it turns a hang
/// into a failure.
pub(crate) const PATIENCE: Duration = Duration::from_secs(120);

/// How often a running program's memory is read.
const TICK: Duration = Duration::from_millis(20);

/// A program at work.
pub(crate) struct Running {
    pid: Pid,
    ended: Receiver<Output>,
}

/// How it ended.
pub(crate) struct Ended {
    pub(crate) output: Output,
    /// The most memory that it was seen to hold, in bytes.
    pub(crate) memory_peak: usize,
}

impl Running {
    pub(crate) fn start(command: &mut Command) -> Self {
        Self::start_with(command, Stdio::piped())
    }

    /// The same with a stdout of the test's.
    pub(crate) fn start_with(command: &mut Command, stdout: Stdio) -> Self {
        let child = command.stdout(stdout).stderr(Stdio::piped()).spawn().unwrap();
        let pid = Pid::from_child(&child);
        let (sender, ended) = channel();
        // It may have nobody to tell where the test has failed meanwhile.
        thread::spawn(move || sender.send(child.wait_with_output().unwrap()).ok());
        Self { pid, ended }
    }

    /// Sends a signal; none to a program that has ended.
    pub(crate) fn signal(&self, signal: Signal) {
        let _ = kill_process(self.pid, signal);
    }

    /// Waits for its end; a program that does not end is killed, and fails the test.
    pub(crate) fn end(self) -> Ended {
        self.end_within(PATIENCE)
    }

    pub(crate) fn end_within(self, patience: Duration) -> Ended {
        self.end_with(patience, || ())
    }

    /// Sends a signal again and again until it ends.
    pub(crate) fn end_by(self, signal: Signal, patience: Duration) -> Ended {
        let pid = self.pid;
        self.end_with(patience, move || {
            let _ = kill_process(pid, signal);
        })
    }

    fn end_with(self, patience: Duration, each_tick: impl Fn()) -> Ended {
        let (begun, mut memory_peak) = (Instant::now(), 0);
        loop {
            match self.ended.recv_timeout(TICK) {
                Ok(output) => return Ended { output, memory_peak },
                Err(RecvTimeoutError::Disconnected) => panic!("the program cannot be waited for"),
                Err(RecvTimeoutError::Timeout) => each_tick(),
            }
            memory_peak = memory_peak.max(self.memory_peak().unwrap_or(0));
            if begun.elapsed() > patience {
                self.signal(Signal::KILL);
                let output = self.ended.recv().unwrap();
                panic!("it had to be killed after {patience:?}: {}", text(&output));
            }
        }
    }

    /// The most memory that it has held so far; `None` where it has ended or the system does not
    /// say.
    fn memory_peak(&self) -> Option<usize> {
        let path = format!("/proc/{}/status", self.pid.as_raw_nonzero());
        let status = fs::read_to_string(path).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
        let kibibytes: usize = line.trim().strip_suffix(" kB")?.parse().ok()?;
        Some(kibibytes << 10)
    }
}

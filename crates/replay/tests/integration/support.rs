//! Small traces, servers of every character, and the binary itself.

mod server;

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Duration;

use outcome::{Outcome, OutcomeReader, RunInfo, Status};
use request::Seed;
use tempfile::TempDir;
use trace::{Workload, generate_to};

pub(crate) use server::{Character, Server};

/// A folder with a trace in it.
pub(crate) struct Fixture {
    pub(crate) folder: TempDir,
}

impl Fixture {
    /// A trace of two seconds at 100 requests/s with tensors of four numbers.
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("t.arrow"), trace_bytes(100.0, 2_000)).unwrap();
        Self { folder }
    }

    pub(crate) fn trace(&self) -> PathBuf {
        self.path("t.arrow")
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The binary, in this folder, about to replay the trace.
    pub(crate) fn replay(&self) -> Command {
        let mut command = binary();
        command.current_dir(self.folder.path()).arg("t.arrow");
        command
    }

    /// Replays at `address` and gives back what the outcome table says.
    pub(crate) fn outcomes_at(&self, address: SocketAddr, flags: &[&str]) -> Replayed {
        let url = address.to_string();
        let output = self
            .replay()
            .args(["--scheduler-url", &url, "-o", "run.arrow"])
            .args(flags)
            .output()
            .unwrap();
        // A busy machine may make a run invalid; that is not what these tests are about.
        assert!(matches!(output.status.code(), Some(0 | 3)), "{}", text(&output));
        Replayed::read(&self.path("run.arrow"), output)
    }
}

pub(crate) fn binary() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_replay"));
    command.env_remove("SCHEDULER_URL");
    command
}

pub(crate) fn trace_bytes(total_qps: f64, duration_ms: u64) -> Vec<u8> {
    let mut workload = Workload::built_in("urgent_heavy").unwrap().with_tensor_shape(&[1, 4]);
    workload.total_qps = total_qps;
    workload.duration = Duration::from_millis(duration_ms);
    generate_to(Vec::new(), &workload, Seed(7), 1, |_, _| {}).unwrap().out
}

/// What a run left behind.
pub(crate) struct Replayed {
    pub(crate) info: RunInfo,
    pub(crate) rows: Vec<Outcome>,
    pub(crate) output: Output,
}

impl Replayed {
    pub(crate) fn read(path: &Path, output: Output) -> Self {
        let mut reader = OutcomeReader::open(path).unwrap();
        let info = reader.info().clone();
        let rows = reader.rows().collect::<Result<_, _>>().unwrap();
        Self { info, rows, output }
    }

    pub(crate) fn count(&self, status: Status) -> usize {
        self.rows.iter().filter(|row| row.status == status).count()
    }

    pub(crate) fn met(&self) -> usize {
        self.rows.iter().filter(|row| row.slo_met()).count()
    }
}

pub(crate) fn text(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    format!("{:?}\n{}\n{}", output.status.code(), text(&output.stdout), text(&output.stderr))
}

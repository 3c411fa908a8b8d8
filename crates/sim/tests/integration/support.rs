//! A folder with a small trace in it, and the binary in that folder.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use outcome::{Outcome, OutcomeReader, RunInfo};
use request::Seed;
use tempfile::TempDir;
use trace::{Workload, generate_to};

/// A service time for every model, so that a test can reckon with it.
pub(crate) const TEN_MS: &str = "version = 1\n[default]\nlaw = \"constant\"\nmean_ms = 10\n";

/// A folder of its own; the binary runs in it, so that paths in its output are relative.
pub(crate) struct Fixture {
    folder: TempDir,
}

impl Fixture {
    /// With `t.arrow` in it: two seconds at 100 requests/s, more than two workers can serve.
    pub(crate) fn new() -> Self {
        let fixture = Self { folder: tempfile::tempdir().unwrap() };
        fixture.write("t.arrow", trace_bytes());
        fixture
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        fs::write(self.path(name), content).unwrap();
    }

    pub(crate) fn bytes(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap()
    }

    /// What the binary makes of these arguments.
    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// The binary with these arguments and its output caught, not started yet.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sim"));
        command.current_dir(self.folder.path()).env("COLUMNS", "100").args(arguments);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// What it prints where all is well.
    pub(crate) fn stdout(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", text(&output));
        assert!(output.stderr.is_empty(), "{arguments:?}: {}", text(&output));
        String::from_utf8(output.stdout).unwrap()
    }

    /// The table that it wrote.
    pub(crate) fn table(&self, name: &str) -> (RunInfo, Vec<Outcome>) {
        let mut reader = OutcomeReader::open(self.path(name)).unwrap();
        let rows = reader.rows().collect::<Result<_, _>>().unwrap();
        (reader.info().clone(), rows)
    }
}

/// The trace of every test here.
pub(crate) fn trace_bytes() -> Vec<u8> {
    trace_of_seed(7)
}

/// The same workload, drawn from another seed.
pub(crate) fn trace_of_seed(seed: u64) -> Vec<u8> {
    let mut workload = Workload::built_in("urgent_heavy").unwrap().with_tensor_shape(&[1, 4]);
    workload.total_qps = 100.0;
    workload.duration = Duration::from_secs(2);
    generate_to(Vec::new(), &workload, Seed(seed), 1, |_, _| {}).unwrap().out
}

/// 20 000 requests, by two models.
pub(crate) fn long_trace() -> Vec<u8> {
    let mut workload = Workload::built_in("balanced").unwrap().with_tensor_shape(&[1, 4]);
    workload.total_qps = 1000.0;
    workload.duration = Duration::from_secs(20);
    generate_to(Vec::new(), &workload, Seed(11), 1, |_, _| {}).unwrap().out
}

/// All that a process has said.
pub(crate) fn text(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    format!("{:?}\n{}\n{}", output.status.code(), text(&output.stdout), text(&output.stderr))
}

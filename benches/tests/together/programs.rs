//! The programs, built when they are first needed, and their processes.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, Output, Stdio};
use std::sync::OnceLock;
use std::time::Duration;

use outcome::{Outcome, OutcomeReader, RunInfo};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use trace::{Header, TraceReader, TraceRow};

/// The program of this name, about to run in this folder.
pub(crate) fn program(name: &str, folder: &Path) -> Command {
    static PROGRAMS: OnceLock<BTreeMap<String, PathBuf>> = OnceLock::new();
    let mut command = Command::new(&PROGRAMS.get_or_init(build)[name]);
    command.current_dir(folder).env_remove("SCHEDULER_URL").env("NO_COLOR", "1");
    command
}

/// Builds the programs as these tests were built, and says where they are.
fn build() -> BTreeMap<String, PathBuf> {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["build", "--quiet", "--message-format=json", "--bins"]);
    for package in ["trace", "trace-record", "scheduler", "replay", "sim", "compare", "own-policy"]
    {
        cargo.args(["-p", package]);
    }
    if !cfg!(debug_assertions) {
        cargo.arg("--release");
    }
    for (name, _) in std::env::vars() {
        // What `cargo test` says of this package: build scripts that look at it would run again.
        if ["CARGO_PKG_", "CARGO_MANIFEST_"].iter().any(|start| name.starts_with(start)) {
            cargo.env_remove(name);
        }
    }
    let output = cargo.current_dir(env!("CARGO_MANIFEST_DIR")).output().unwrap();
    assert!(output.status.success(), "{}", text(&output));
    let lines = String::from_utf8(output.stdout).unwrap();
    let artefacts = lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    artefacts
        .filter_map(|artefact| {
            let path = artefact["executable"].as_str()?;
            Some((artefact["target"]["name"].as_str()?.to_owned(), PathBuf::from(path)))
        })
        .collect()
}

/// Runs a program to its end, which must be one of these exit codes.
#[track_caller]
pub(crate) fn run(command: &mut Command, codes: &[i32]) -> Output {
    let output = command.output().unwrap();
    assert!(codes.contains(&output.status.code().unwrap_or(-1)), "{command:?}: {}", text(&output));
    output
}

/// A program that serves until it is stopped; it dies with this.
pub(crate) struct Server {
    pub(crate) address: String,
    child: Child,
    stderr: BufReader<ChildStderr>,
}

impl Server {
    /// Starts it, and reads where it listens from its first line, after ` at `.
    pub(crate) fn start(command: &mut Command) -> Self {
        let command = command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut stderr = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        stderr.read_line(&mut line).unwrap();
        let address = line.split_once(" at ").map(|(_, rest)| rest.split([',', ' ']).next());
        let Some(Some(address)) = address else {
            stderr.read_to_string(&mut line).unwrap();
            panic!("{command:?}: {line}");
        };
        Self { address: address.trim_end_matches(':').to_owned(), child, stderr }
    }

    /// The reference scheduler.
    pub(crate) fn scheduler(folder: &Path, flags: &[&str]) -> Self {
        let mut command = program("scheduler", folder);
        Self::start(command.args(["--listen", "127.0.0.1:0"]).args(flags))
    }

    /// A recording to `recorded.arrow`, by way of `trace record`.
    pub(crate) fn recorder(folder: &Path, scheduler: &str, flags: &[&str]) -> Self {
        let mut command = program("trace", folder);
        command.args(["record", "--listen", "127.0.0.1:0", "--scheduler-url", scheduler]);
        Self::start(command.args(["-o", "recorded.arrow"]).args(flags))
    }

    /// Ends it with Ctrl-C.
    pub(crate) fn stop(mut self) -> Output {
        kill_process(Pid::from_child(&self.child), Signal::INT).unwrap();
        let (mut stderr, mut stdout) = (Vec::new(), Vec::new());
        self.stderr.read_to_end(&mut stderr).unwrap();
        self.child.stdout.take().unwrap().read_to_end(&mut stdout).unwrap();
        Output { status: self.child.wait().unwrap(), stdout, stderr }
    }

    /// Ends it as a crash does.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Both fail only where it is gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Asks again and again, since nothing tells when it has come about.
pub(crate) fn poll_until(mut is_so: impl FnMut() -> bool, what: &str) {
    for _ in 0..6_000 {
        if is_so() {
            return;
        }
        std::thread::park_timeout(Duration::from_millis(10));
    }
    panic!("{what} has not come about");
}

/// A trace, its digest verified.
pub(crate) fn trace(path: &Path) -> (Header, Vec<TraceRow>) {
    let reader = TraceReader::open(path).unwrap();
    reader.verify_digest().unwrap();
    (reader.header().clone(), reader.rows().collect::<Result<_, _>>().unwrap())
}

pub(crate) fn outcomes(path: &Path) -> (RunInfo, Vec<Outcome>) {
    let mut reader = OutcomeReader::open(path).unwrap();
    let info = reader.info().clone();
    (info, reader.rows().collect::<Result<_, _>>().unwrap())
}

pub(crate) fn text(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    format!("{:?}\n{}\n{}", output.status.code(), text(&output.stdout), text(&output.stderr))
}

/// `replay` of a trace in this folder.
pub(crate) fn replay(folder: &Path, name: impl AsRef<OsStr>, url: &str) -> Command {
    let mut command = program("replay", folder);
    command.arg(name).args(["--scheduler-url", url, "-o", "run.arrow"]);
    command
}

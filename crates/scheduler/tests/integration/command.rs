//! The real binary: what it prints, what it refuses, how it ends.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, ChildStderr, Command, Output, Stdio};

use cluster::Profile;
use rustix::process::{Pid, Signal, kill_process};

use crate::support::{Client, request, runtime, wait_full};

fn binary() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_scheduler"));
    command.env("COLUMNS", "100");
    command
}

fn text(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    format!("{:?}\n{}\n{}", output.status.code(), text(&output.stdout), text(&output.stderr))
}

#[test]
fn help_has_examples_and_exit_codes() {
    let output = binary().arg("--help").output().unwrap();
    snapbox::assert_data_eq!(
        String::from_utf8(output.stdout).unwrap(),
        snapbox::file!["snapshots/help.txt"]
    );
}

#[test]
fn a_printed_profile_can_be_read_back() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("p.toml");
    let printed = binary().arg("--print-profile").output().unwrap();
    assert_eq!(printed.status.code(), Some(0), "{}", text(&printed));
    std::fs::write(&path, &printed.stdout).unwrap();
    assert_eq!(Profile::read(&path).unwrap(), Profile::default());
    let again = binary().arg("--print-profile").arg("--profile").arg(&path).output().unwrap();
    assert_eq!(text(&again), text(&printed));
}

#[test]
fn bad_input_is_exit_2_with_a_reason() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = taken.local_addr().map(|address| (taken, address.to_string())).unwrap();
    let refused: [(&[&str], &str); 6] = [
        (&["--policy", "lifo"], "no policy is called 'lifo'; there are: "),
        (&["--policy", "edf:late=never"], "'late=never'"),
        (&["--profile", "none.toml"], "none.toml"),
        (&["--workers", "0"], "--workers"),
        (&["--listen", "nowhere"], "--listen"),
        (&["--listen", &taken.1], &taken.1),
    ];
    for (arguments, reason) in refused {
        let output = binary().args(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {}", text(&output));
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(error.contains(reason), "{arguments:?}: {error}");
    }
}

/// A scheduler of its own process, killed where a test fails.
struct Process {
    child: Child,
    stderr: BufReader<ChildStderr>,
    address: String,
}

impl Process {
    /// Starts it and waits until it says where it serves.
    fn start(arguments: &[&str]) -> Self {
        let mut command = binary();
        command.args(["--listen", "127.0.0.1:0"]).args(arguments);
        let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
        let mut stderr = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        stderr.read_line(&mut line).unwrap();
        let rest = line.strip_prefix("scheduler: serving at ").unwrap_or_else(|| panic!("{line}"));
        let (address, _) = rest.split_once(": ").unwrap();
        Self { child, stderr, address: address.to_owned() }
    }

    fn signal(&self, signal: Signal) {
        let pid = Pid::from_raw(self.child.id().try_into().unwrap()).unwrap();
        kill_process(pid, signal).unwrap();
    }

    /// Its exit code and what else it said, once it has ended.
    fn end(mut self) -> (Option<i32>, String) {
        let mut rest = String::new();
        self.stderr.read_to_string(&mut rest).unwrap();
        (self.child.wait().unwrap().code(), rest)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Where it has ended already, there is nothing to kill.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_signal_ends_it_after_the_requests_in_flight() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("p.toml");
    std::fs::write(&path, crate::support::config().emulation.profile.text()).unwrap();
    for signal in [Signal::TERM, Signal::INT] {
        let flags = ["--in-flight-max", "1", "--profile", path.to_str().unwrap()];
        let process = Process::start(&flags);
        let runtime = runtime();
        let client = runtime.block_on(Client::connect(&process.address));
        let in_flight = {
            let _inside = runtime.enter();
            client.send(request(1, "slow"))
        };
        runtime.block_on(wait_full(&process.address));
        process.signal(signal);
        assert!(runtime.block_on(in_flight).unwrap().unwrap().success, "{signal:?}");
        let (code, said) = process.end();
        assert_eq!(code, Some(0), "{signal:?}: {said}");
        assert!(said.contains("shutting down"), "{signal:?}: {said}");
    }
}

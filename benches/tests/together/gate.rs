//! The recipe of `examples/gate`: two versions of a scheduler are started, replayed at by turns,
//! compared and stopped, whatever happens.
//!
//! The versions differ by so much that no machine is too busy to see it, and whether it kept time
//! is not asked (`--force`).

use std::fs::{self, Permissions};
use std::net::{Ipv4Addr, SocketAddrV4, TcpListener, TcpStream};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use rustix::process::{Pid, Signal, kill_process};

use crate::programs::{poll_until, program, run, text};

const GATE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/gate/gate.sh");

const WORKFLOW: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/gate/ci.yml");

/// At 400 requests/s four workers are half busy, and one of them is half enough.
const PROFILE: &str = "version = 1
[default]
law = \"constant\"
mean_ms = 5
";

const FOUR: &str = "scheduler --policy fifo --profile p.toml --workers 4 --listen $ADDRESS";

/// A version that something else starts, which must end nevertheless.
const ONE: &str = "scheduler --policy fifo --profile p.toml --workers 1 --listen $ADDRESS & wait";

/// The gate in a folder of its own, at addresses that nobody else has.
struct Gate {
    folder: tempfile::TempDir,
    addresses: [SocketAddrV4; 2],
}

impl Gate {
    /// The ports of two gates in this process must differ.
    fn new(port: u16) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("p.toml"), PROFILE).unwrap();
        // An address of this process in the loopback network, and a port that the system gives to
        // nobody by itself.
        let host = Ipv4Addr::from(0x7f40_0000 | std::process::id() & 0x003f_ffff);
        Self { folder, addresses: [port, port + 1].map(|port| SocketAddrV4::new(host, port)) }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn command(&self, base: &str, cand: &str) -> Command {
        let programs = program("replay", self.path());
        // What was ignored when a shell started it cannot trap, and Ctrl-C is in the background.
        let mut command = Command::new("env");
        command.args(["--default-signal=INT", GATE]);
        command.current_dir(self.path()).env("NO_COLOR", "1").env_remove("GITHUB_STEP_SUMMARY");
        command.env("BIN", Path::new(programs.get_program()).parent().unwrap());
        command.env("BASE", base).env("BASE_ADDRESS", self.addresses[0].to_string());
        command.env("CAND", cand).env("CAND_ADDRESS", self.addresses[1].to_string());
        command.envs([("RUNS", "1"), ("OUT", "gate"), ("WAIT_S", "60")]);
        command
    }

    /// A folder with our scheduler, and scripts in place of our `replay` and `compare`.
    fn programs(&self, replay: &str, compare: &str) -> PathBuf {
        let programs = self.path().join("programs");
        fs::create_dir(&programs).unwrap();
        let scheduler = program("scheduler", self.path());
        symlink(scheduler.get_program(), programs.join("scheduler")).unwrap();
        for (name, text) in [("replay", replay), ("compare", compare)] {
            let path = programs.join(name);
            fs::write(&path, format!("#!/bin/sh\n{text}\n")).unwrap();
            fs::set_permissions(&path, Permissions::from_mode(0o755)).unwrap();
        }
        programs
    }

    /// Runs it to its end, which leaves no scheduler behind.
    #[track_caller]
    fn run(&self, command: &mut Command, code: i32) -> Output {
        let output = run(command, &[code]);
        self.assert_stopped(&output);
        output
    }

    #[track_caller]
    fn assert_stopped(&self, output: &Output) {
        for address in self.addresses {
            assert!(TcpStream::connect(address).is_err(), "{address}: {}", text(output));
        }
    }
}

#[test]
fn a_gate_stops_a_worse_version_and_lets_a_better_one_pass() {
    let gate = Gate::new(20_061);
    let mut generate = program("trace", gate.path());
    generate.args(["gen", "--workload", "urgent_heavy", "--total-qps", "400"]);
    generate.args(["--duration-ms", "1000", "--tensor-shape", "1x8", "-o", "t.arrow"]);
    run(&mut generate, &[0]);
    let flags = ["t.arrow", "--force", "--gate", "all/p50,all/slo_attainment"];

    let mut worse = gate.command(FOUR, ONE);
    worse.args(flags).args(flags_of_workflow()).env("GITHUB_STEP_SUMMARY", "summary.md");
    let output = gate.run(&mut worse, 1);
    let stdout = String::from_utf8(output.stdout).unwrap();
    assert!(stdout.contains("::error title="), "{stdout}");
    let file = |name: &str| fs::read_to_string(gate.path().join(name)).unwrap();
    assert!(file("summary.md").contains("all/p50"));
    assert!(file("gate/junit.xml").contains("<failure"));
    assert!(file("gate/report.html").contains("</html>"));

    let output = gate.run(gate.command(ONE, FOUR).args(flags), 0);
    let stdout = String::from_utf8(output.stdout).unwrap();
    assert!(stdout.contains("IMPROVED"), "{stdout}");
}

/// What the workflow that is there to be copied asks of `compare`.
fn flags_of_workflow() -> Vec<String> {
    let workflow = fs::read_to_string(WORKFLOW).unwrap();
    let after = workflow.lines().skip_while(|line| !line.contains("gate.sh base/")).skip(1);
    let lines = after.take_while(|line| line.trim_start().starts_with("--"));
    let flags: Vec<_> = lines.flat_map(str::split_whitespace).map(str::to_owned).collect();
    assert!(!flags.is_empty(), "{WORKFLOW} gives compare no flags");
    flags
}

#[test]
fn a_gate_says_why_nothing_was_compared() {
    let gate = Gate::new(20_071);
    let says = |command: &mut Command, why: &str| {
        let output = gate.run(command, 2);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(stderr.contains(why), "{why}: {stderr}");
        assert!(output.stdout.is_empty());
    };
    let compare = |base, cand| {
        let mut command = gate.command(base, cand);
        command.arg("t.arrow");
        command
    };
    says(&mut compare("scheduler --policy nonsense", FOUR), "no policy is called 'nonsense'");
    says(&mut compare(FOUR, "true"), "cand ended before it listened at ");
    says(compare("sleep 1000", FOUR).env("WAIT_S", "0"), "does not listen at ");
    says(compare(FOUR, FOUR).env("BIN", "nowhere"), "cargo build --release");
    says(&mut compare(FOUR, FOUR), "t.arrow: cannot open");
    says(&mut gate.command(FOUR, FOUR), "usage: ");
}

/// What happens to listen there would be measured in place of the version that is meant.
#[test]
fn a_gate_measures_nobody_else() {
    let gate = Gate::new(20_081);
    let other = TcpListener::bind(gate.addresses[1]).unwrap();
    let output = run(gate.command(FOUR, FOUR).arg("t.arrow"), &[2]);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(stderr.contains("set CAND_ADDRESS"), "{stderr}");
    drop(other);
    assert!(TcpStream::connect(gate.addresses[0]).is_err());
}

/// Programs of other people in place of ours: `replay` says that it could not keep time.
#[test]
fn a_gate_compares_an_invalid_replay_only_by_force() {
    let gate = Gate::new(20_091);
    let programs = gate.programs("exit 3", "echo \"$@\"");
    let compared = |flags: &[&str], code| {
        let mut command = gate.command(FOUR, FOUR);
        gate.run(command.env("BIN", &programs).arg("t.arrow").args(flags), code).stdout
    };
    assert_eq!(compared(&["--strict"], 3), b"");
    let forced = b"gate/run.a.arrow gate/run.b.arrow --names base,cand --strict --force\n";
    assert_eq!(compared(&["--strict", "--force"], 0), forced);
}

/// Whoever is left behind says so after a minute, and holds stderr open until then.
#[test]
fn a_gate_that_is_stopped_leaves_nothing_running() {
    let gate = Gate::new(20_101);
    let long = |name: &str| format!(": > {name}.began; sleep 60; echo '{name} was left' >&2");
    let programs =
        gate.programs(&format!("[ ! -e long ] || {{ {}; }}", long("replay")), &long("compare"));
    let stopped = |during: &str, signal, code| {
        let began = gate.path().join(format!("{during}.began"));
        let mut command = gate.command(FOUR, FOUR);
        command.env("BIN", &programs).arg("t.arrow").stdout(Stdio::piped()).stderr(Stdio::piped());
        let child = command.spawn().unwrap();
        poll_until(|| began.exists(), during);
        kill_process(Pid::from_child(&child), signal).unwrap();
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{}", text(&output));
        assert!(!text(&output).contains("was left"), "{}", text(&output));
        gate.assert_stopped(&output);
        fs::remove_file(began).unwrap();
    };
    stopped("compare", Signal::TERM, 143);
    fs::write(gate.path().join("long"), "").unwrap();
    stopped("replay", Signal::TERM, 143);
    stopped("replay", Signal::INT, 130);
}

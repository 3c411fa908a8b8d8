//! Places that cannot be written: found before the run, or else the summary still tells it.

use std::fs::{self, File};
use std::os::unix::fs::symlink;
use std::process::{Command, Output, Stdio};

use crate::support::child::Running;
use crate::support::peer::{Link, Peer};
use crate::support::{Fixture, Replayed, check_each, text};

/// A place that refuses: the flags that name it, a folder that is made first, and what the error
/// names.
type Place = (&'static [&'static str], Option<&'static str>, &'static str);

#[test]
fn an_output_that_cannot_be_written_is_found_before_the_run() {
    let cases: [(&str, Place); 6] = [
        ("through a file", (&["-o", "t.arrow/run.arrow"], None, "t.arrow")),
        ("metrics through a file", (&["--metrics-csv", "t.arrow/m.csv"], None, "t.arrow")),
        ("folder through a file", (&["--output-dir", "t.arrow/result"], None, "t.arrow")),
        ("a folder", (&["-o", "there.arrow"], Some("there.arrow"), "there.arrow")),
        ("metrics that are a folder", (&["--metrics-csv", "m.csv"], Some("m.csv"), "m.csv")),
        ("a draft that is a folder", (&["-o", "r.arrow"], Some("r.arrow.partial"), "r.arrow")),
    ];
    check_each(&cases, check_found_before);
}

/// The trace is not written over, nor one output over the other.
#[test]
fn an_output_that_would_cost_another_file_is_found_before_the_run() {
    let cases: [(&str, Place); 3] = [
        ("the trace", (&["-o", "t.arrow"], None, "t.arrow")),
        ("the trace as metrics", (&["--metrics-csv", "t.arrow"], None, "t.arrow")),
        ("one name twice", (&["-o", "m.csv", "--metrics-csv", "m.csv"], None, "m.csv")),
    ];
    check_each(&cases, check_found_before);
}

fn check_found_before((flags, folder, named): &Place) {
    let fixture = Fixture::brief();
    if let Some(folder) = folder {
        fs::create_dir(fixture.path(folder)).unwrap();
    }
    let before = fs::read(fixture.trace()).unwrap();
    let peer = Peer::start(Link::serve);
    let url = peer.address.to_string();
    let mut command = fixture.replay();
    let output = Running::start(command.args(["--scheduler-url", &url]).args(*flags)).end().output;
    let said = text(&output);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains(named), "where: {said}");
    assert!(!said.contains("panicked"), "{said}");
    assert!(peer.seen().is_empty(), "it was found too late: {said}");
    assert!(fs::read(fixture.trace()).unwrap() == before, "the trace is what it was");
}

/// What holds of a run whose files could not be written: exit code 2, the reason, and the summary.
fn check_summary_without(names: &[&str], output: &Output, peer: &Peer, fixture: &Fixture) {
    let said = text(output);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(!said.contains("panicked"), "{said}");
    assert_eq!(peer.seen().len(), fixture.ids().len(), "the run went on to its end");
    let summary = String::from_utf8_lossy(&output.stdout);
    for word in ["tier", "slo_attainment_%", "verdict"] {
        assert!(summary.contains(word), "{word} is missing: {said}");
    }
    let error = String::from_utf8_lossy(&output.stderr);
    for name in names {
        assert!(error.contains(name), "{name} is missing: {said}");
        assert!(!fixture.path(name).exists(), "no file pretends to be whole: {name}");
    }
}

/// The disk is full by the time the table is written.
#[test]
fn a_disk_that_is_full_costs_the_file_and_not_the_summary() {
    let fixture = Fixture::brief();
    symlink("/dev/full", fixture.path("run.arrow.partial")).unwrap();
    let peer = Peer::start(Link::serve);
    let output = fixture.start(peer.address, &["--timeout", "20000"]).end().output;
    check_summary_without(&["run.arrow"], &output, &peer, &fixture);
    assert!(fixture.path("result/metrics.csv").exists(), "the other file is whole");
}

/// No file may grow beyond 16 KiB: what is written during the run and after it fails on the way.
/// Each file that is not there is named.
#[test]
fn a_disk_that_fills_up_costs_the_files_and_not_the_summary() {
    let fixture = Fixture::brief();
    let peer = Peer::start(Link::serve);
    let url = peer.address.to_string();
    let mut command = Command::new("sh");
    command.current_dir(fixture.folder.path()).env_remove("SCHEDULER_URL");
    // Without the signal, which would kill it, the write itself fails.
    let limited = "trap '' XFSZ; ulimit -f 32; exec \"$0\" \"$@\"";
    command.args(["-c", limited, env!("CARGO_BIN_EXE_replay"), "t.arrow", "-o", "run.arrow"]);
    command.args(["--metrics-csv", "m.csv", "--scheduler-url", &url, "--timeout", "20000"]);
    let output = Running::start(&mut command).end().output;
    check_summary_without(&["run.arrow", "m.csv"], &output, &peer, &fixture);
}

/// Replays with a stdout that takes nothing: whatever is said, the table is there.
fn check_table_without(stdout: Stdio, flags: &[&str]) -> Output {
    let fixture = Fixture::brief();
    let peer = Peer::start(Link::serve);
    let url = peer.address.to_string();
    let mut command = fixture.replay();
    command.args(["--scheduler-url", &url, "-o", "run.arrow"]).args(flags);
    let output = Running::start_with(&mut command, stdout).end().output;
    assert!(!text(&output).contains("panicked"), "{}", text(&output));
    let run = Replayed::read(&fixture.path("run.arrow"), output);
    run.check_honest(&fixture, &peer);
    run.output
}

/// Summaries for people and for programs.
const SUMMARIES: [(&str, &[&str]); 2] = [("text", &[]), ("JSON", &["--json"])];

#[test]
fn a_stdout_that_is_full_costs_the_summary_and_not_the_table() {
    check_each(&SUMMARIES, |flags| {
        let full = File::options().write(true).open("/dev/full").unwrap();
        let output = check_table_without(full.into(), flags);
        assert_eq!(output.status.code(), Some(2), "{}", text(&output));
        assert!(!output.stderr.is_empty(), "it says why");
    });
}

/// Whoever closed it wants no more of it: that is no failure.
#[test]
fn a_stdout_that_is_closed_costs_nothing() {
    check_each(&SUMMARIES, |flags| {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let output = check_table_without(writer.into(), flags);
        assert!(matches!(output.status.code(), Some(0 | 3)), "{}", text(&output));
    });
}

//! Places that cannot be written: found before the run, or else the summary still tells it.

use std::fs;
use std::os::unix::fs::symlink;
use std::process::Output;

use crate::support::child::Running;
use crate::support::peer::{Link, Peer};
use crate::support::{Fixture, check_each, text};

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

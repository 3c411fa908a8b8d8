//! A run that is killed: what had ended is not lost, and says that it is not the whole.

use std::path::Path;

use outcome::{Outcome, OutcomeReader, RunInfo, Status};
use rustix::process::Signal;

use crate::support::child::Running;
use crate::support::peer::{Link, Peer, Seen};
use crate::support::{Fixture, TINY, binary, patient_trace, text};

/// What may be missing of the rows that had ended: a second of them, and another for a machine that
/// is slow to write.
const MISSING_MAX_NS: i64 = 2_000_000_000;

/// Requests that come before the kill: four seconds of them.
const BEFORE: usize = 400;

fn read(path: &Path) -> (RunInfo, Vec<Outcome>) {
    let mut reader = OutcomeReader::open(path).unwrap();
    let info = reader.info().clone();
    (info, reader.rows().collect::<Result<_, _>>().unwrap())
}

#[test]
fn a_killed_run_leaves_all_but_its_last_second() {
    let fixture = Fixture::with_trace(&patient_trace(TINY, 100.0, 600_000));
    let peer = Peer::start(Link::serve);
    let running = fixture.start(peer.address, &["--timeout", "20000"]);
    peer.wait_for_requests(BEFORE);
    running.signal(Signal::KILL);
    let output = running.end().output;
    assert_eq!(output.status.code(), None, "{}", text(&output));
    assert!(!fixture.path("run.arrow").exists(), "no file pretends to be whole");

    let (info, rows) = read(&fixture.path("run.arrow.journal"));
    assert!(info.cut_short, "a reader can tell that it is not the whole");
    check_journal(&rows, info.epoch_unix_ns.unwrap(), &peer.seen());

    // And it becomes a table with a verdict.
    let mut check = binary();
    check.current_dir(fixture.folder.path());
    check.args(["check", "run.arrow.journal", "-o", "run.arrow"]);
    let output = Running::start(&mut check).end().output;
    assert!(matches!(output.status.code(), Some(0 | 3)), "{}", text(&output));
    assert!(text(&output).contains("verdict"), "{}", text(&output));
    let (info, mut checked) = read(&fixture.path("run.arrow"));
    assert!(info.cut_short);
    let mut journalled = rows;
    journalled.sort_by_key(|row| row.request_id);
    checked.sort_by_key(|row| row.request_id);
    assert!(checked == journalled, "the table holds the rows of the journal");
}

/// What had ended well before the kill is there, and nothing that had not happened.
fn check_journal(rows: &[Outcome], epoch_unix_ns: i64, seen: &[Seen]) {
    assert!(rows.len() <= seen.len());
    let last_unix_ns = seen[BEFORE - 1].at_unix_ns;
    let ended: Vec<_> =
        seen.iter().filter(|seen| seen.at_unix_ns < last_unix_ns - MISSING_MAX_NS).collect();
    assert!(ended.len() >= BEFORE / 4, "{} are too few to prove anything", ended.len());
    for seen in ended {
        let deadline_ns = seen.deadline_unix_ns - epoch_unix_ns;
        let row = rows.iter().find(|row| row.deadline.as_nanos() == deadline_ns);
        assert_eq!(row.map(|row| row.status), Some(Status::Ok), "{seen:?}");
    }
}

/// A run that ends by itself has its table, and needs no journal.
#[test]
fn a_whole_run_leaves_no_journal() {
    let fixture = Fixture::brief();
    let peer = Peer::start(Link::serve);
    let run = fixture.outcomes_at(peer.address, &["--timeout", "20000"]);
    run.check_honest(&fixture, &peer);
    assert!(!fixture.path("run.arrow.journal").exists());
    assert!(!run.info.cut_short);
}

/// The journal cannot be written, from its first byte: either that is found before the run, or the
/// run goes on to its end and says so.
#[test]
fn a_journal_that_cannot_be_written_is_exit_2() {
    let fixture = Fixture::brief();
    std::os::unix::fs::symlink("/dev/full", fixture.path("run.arrow.journal.partial")).unwrap();
    let peer = Peer::start(Link::serve);
    let output = fixture.start(peer.address, &["--timeout", "20000"]).end().output;
    let said = text(&output);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("run.arrow.journal"), "where: {said}");
    let ran = peer.seen().len() == fixture.ids().len();
    assert!(ran || peer.seen().is_empty(), "half a run is none: {said}");
    assert_eq!(ran, said.contains("slo_attainment_%"), "{said}");
}

//! The recorded trace of a replay is the replayed trace, up to lag.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use outcome::{Outcome, Status};
use request::{Seed, Tier};
use trace::{Header, TraceRow, Workload, generate_to};

use crate::programs::{Server, outcomes, poll_until, program, replay, run, text, trace};

/// A short service, so that an arrival lies in a narrow window between send and answer.
const PROFILE: &str = "version = 1\n[default]\nlaw = \"constant\"\nmean_ms = 1\n";

/// A folder with a trace, each model with a shape of its own, and a profile.
fn folder(total_qps: f64, duration: Duration) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut workload = Workload::built_in("balanced").unwrap();
    (workload.total_qps, workload.duration) = (total_qps, duration);
    for (model, width) in workload.models.iter_mut().zip(4..) {
        model.shape = vec![1, width];
    }
    let trace = generate_to(Vec::new(), &workload, Seed(7), 1, |_, _| {}).unwrap().out;
    fs::write(folder.path().join("t.arrow"), trace).unwrap();
    fs::write(folder.path().join("p.toml"), PROFILE).unwrap();
    folder
}

fn scheduler(folder: &Path) -> Server {
    Server::scheduler(folder, &["--workers", "64", "--profile", "p.toml"])
}

/// What must be equal of a request: tier, SLO class, model and shape.
fn labels<'a>(header: &'a Header, row: &TraceRow) -> (Tier, &'a str, &'a str, &'a [i32]) {
    let model = &header.models[usize::from(row.request.model.0)];
    let slo = &header.slos[usize::from(row.slo)];
    (row.request.tier, slo, &model.name, &model.shape)
}

/// How far the recorded deadlines are from the replayed ones: equally far for all, since a wire
/// carries them exactly. Checks the labels in passing.
fn offset_ns(sent: &(Header, Vec<TraceRow>), recorded: &(Header, Vec<TraceRow>)) -> i64 {
    let by_id: BTreeMap<i64, &TraceRow> =
        sent.1.iter().map(|row| (row.request.id.0, row)).collect();
    let mut offsets = recorded.1.iter().map(|row| {
        let sent_row = by_id[&row.request.id.0];
        assert_eq!(labels(&recorded.0, row), labels(&sent.0, sent_row), "{row:?}");
        row.request.deadline.as_nanos() - sent_row.request.deadline.as_nanos()
    });
    let first = offsets.next().unwrap();
    assert!(offsets.all(|offset| offset == first), "deadlines are kept exactly");
    first
}

/// Each request must have arrived between its send and its answer.
///
/// The two programs read Unix time once each, so their times are apart by a constant that is not
/// known to the nanosecond. There must be one constant that puts every arrival into its window.
fn check_arrivals(recorded: &[TraceRow], outcomes: &[Outcome]) {
    let arrivals: BTreeMap<i64, i64> =
        recorded.iter().map(|row| (row.request.id.0, row.request.arrival.as_nanos())).collect();
    let (mut after_sent_min, mut after_done_max) = (i64::MAX, i64::MIN);
    for row in outcomes.iter().filter(|row| row.status == Status::Ok) {
        let arrival = arrivals[&row.request_id.0];
        after_sent_min = after_sent_min.min(arrival - row.sent.unwrap().as_nanos());
        after_done_max = after_done_max.max(arrival - row.done.unwrap().as_nanos());
    }
    assert!(after_done_max <= after_sent_min, "{after_done_max} {after_sent_min}");
}

#[test]
fn the_recorded_trace_of_a_replay_is_the_replayed_trace() {
    let folder = folder(150.0, Duration::from_secs(2));
    let folder = folder.path();
    let scheduler = scheduler(folder);
    let recorder = Server::recorder(folder, &scheduler.address, &["--json"]);
    // A busy machine may make a run invalid; that is not what this is about.
    run(&mut replay(folder, "t.arrow", &recorder.address), &[0, 3]);
    let output = recorder.stop();
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));

    let (_, outcomes) = outcomes(&folder.join("run.arrow"));
    assert!(outcomes.iter().all(|row| row.status == Status::Ok), "{}", text(&output));
    let (sent, recorded) = (trace(&folder.join("t.arrow")), trace(&folder.join("recorded.arrow")));
    assert_eq!(recorded.1.len(), sent.1.len());
    offset_ns(&sent, &recorded);
    check_arrivals(&recorded.1, &outcomes);
    assert_eq!(recorded.1[0].request.arrival.as_nanos(), 0);

    let workload = &recorded.0.workload;
    workload.validate().unwrap();
    let classes = |workload: &Workload| -> Vec<(Tier, String)> {
        workload.classes.iter().map(|class| (class.tier, class.slo.clone())).collect()
    };
    assert_eq!(classes(workload), classes(&sent.0.workload));
    let summary: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(summary["rows"], sent.1.len());
    assert_eq!(summary["unrecorded"], serde_json::json!({}));
    assert_eq!(summary["digest"], recorded.0.digest);

    // It is a trace like any other.
    run(program("trace", folder).args(["info", "recorded.arrow"]), &[0]);
    run(&mut replay(folder, "recorded.arrow", &scheduler.address), &[0, 3]);
}

#[test]
fn a_recording_killed_in_the_middle_is_recovered() {
    let folder = folder(50.0, Duration::from_secs(600));
    let folder = folder.path();
    let scheduler = scheduler(folder);
    let recorder = Server::recorder(folder, &scheduler.address, &[]);
    let mut replay = replay(folder, "t.arrow", &recorder.address)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let journal = folder.join("recorded.arrow.journal");
    let whole_lines = || fs::read(&journal).unwrap().iter().filter(|&&byte| byte == b'\n').count();
    poll_until(|| whole_lines() > 30, "30 lines of journal");
    recorder.kill();
    let lines = whole_lines();
    replay.kill().unwrap();
    replay.wait().unwrap();

    let mut recover = program("trace", folder);
    recover.args(["record", "--recover", "recorded.arrow.journal", "-o", "recorded.arrow"]);
    run(&mut recover, &[0]);
    let (sent, recorded) = (trace(&folder.join("t.arrow")), trace(&folder.join("recorded.arrow")));
    // The first two lines are no requests.
    assert_eq!(recorded.1.len(), lines - 2);
    offset_ns(&sent, &recorded);
}

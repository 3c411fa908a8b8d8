//! Several runs, two schedulers in turn, and a closed loop.

use std::collections::BTreeMap;

use outcome::{OutcomeReader, Status};
use serde_json::Value;

use crate::support::peer::{Link, Peer};
use crate::support::{Fixture, OK, TINY, patient_trace, text};

/// Two schedulers take turns; each has a table, with a record for each of its runs.
#[test]
fn two_schedulers_take_turns_and_each_has_its_table() {
    let fixture = Fixture::with_trace(&patient_trace(TINY, 100.0, 300));
    let (a, b) = (Peer::start(Link::serve), Peer::start(Link::serve));
    let (url, versus) = (a.address.to_string(), b.address.to_string());
    let flags = ["--scheduler-url", &url, "--versus", &versus, "--runs", "2", "--json"];
    let mut command = fixture.replay();
    let output = command.args(flags).args(["-o", "run.arrow"]).output().unwrap();
    assert!(matches!(output.status.code(), Some(0 | 3)), "{}", text(&output));

    let json: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(json.as_array().map(Vec::len), Some(2));
    let mut epochs = Vec::new();
    for (name, peer) in [("run.a.arrow", &a), ("run.b.arrow", &b)] {
        let mut reader = OutcomeReader::open(fixture.path(name)).unwrap();
        let info = reader.info().clone();
        assert_eq!(info.subject, peer.address.to_string());
        assert!(!info.cut_short);
        let runs: Vec<i32> = info.runs.iter().map(|record| record.run).collect();
        assert_eq!(runs, [0, 1]);
        epochs.extend(info.runs.iter().map(|record| record.epoch_unix_ns.unwrap()));
        let mut rows = BTreeMap::new();
        for row in reader.rows() {
            let row = row.unwrap();
            assert_eq!(row.status, Status::Ok);
            *rows.entry(row.run).or_insert(0) += 1;
        }
        let each = fixture.ids().len();
        assert_eq!(rows, BTreeMap::from([(0, each), (1, each)]));
        assert_eq!(peer.seen().len(), 2 * each);
        assert!(!fixture.path(&format!("{name}.journal")).exists());
    }
    // A B B A: the first and the last run are of the first scheduler.
    let &[a_first, a_second, b_first, b_second] = &epochs[..] else { panic!("{epochs:?}") };
    assert!(a_first < b_first && b_first < b_second && b_second < a_second, "{epochs:?}");
    assert!(fixture.path("result/metrics.a.csv").exists());
}

/// Before the first is sent anything, it is known that the second is not there.
#[test]
fn a_second_scheduler_that_is_not_there_is_found_before_the_first_run() {
    let fixture = Fixture::with_trace(&patient_trace(TINY, 100.0, 300));
    let peer = Peer::start(Link::serve);
    // A port that was free a moment ago.
    let gone = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let (url, versus) = (peer.address.to_string(), gone.to_string());
    let mut command = fixture.replay();
    let output = command.args(["--scheduler-url", &url, "--versus", &versus]).output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{}", text(&output));
    assert!(text(&output).contains(&format!("the scheduler at {gone}; nothing was sent")));
    assert!(peer.seen().is_empty(), "{}", text(&output));
}

/// However few may be in flight, all are sent, and each arrives when it is fired.
#[test]
fn a_closed_loop_sends_everything_and_keeps_its_bound() {
    let fixture = Fixture::with_trace(&patient_trace(TINY, 1_000.0, 2_000));
    let peer = Peer::start(Link::serve);
    for count in ["1", "7", "5000"] {
        let run =
            fixture.outcomes_at(peer.address, &["--closed-loop", count, "--in-flight-max", "64"]);
        run.check_ends(&[OK]);
        assert_eq!(run.rows.len(), fixture.ids().len());
        let mut edges: Vec<_> =
            run.rows.iter().flat_map(|row| [(row.arrival, 1), (row.done.unwrap(), -1)]).collect();
        // At one moment an end comes before a beginning.
        edges.sort_unstable();
        let in_flight = edges.iter().scan(0, |sum, (_, step)| {
            *sum += step;
            Some(*sum)
        });
        assert!(
            in_flight.max().unwrap() <= count.parse::<i32>().unwrap().min(64),
            "--closed-loop {count}"
        );
    }
}

//! Schedulers that die, come back, or are there and say nothing.

use std::thread;
use std::time::Duration;

use outcome::Status;

use crate::support::peer::{Link, Peer};
use crate::support::{
    BROKEN, Fixture, IMAGE, IN_FLIGHT_LIMIT, NOT_CONNECTED, OK, TIMEOUT, TINY, check_each,
    patient_trace,
};

/// How long a scheduler is gone.
const GONE: Duration = Duration::from_millis(500);

/// Requests that are due before it dies.
const BEFORE: usize = 40;

#[test]
fn a_scheduler_that_comes_back_serves_and_meets_no_burst() {
    let tiny = patient_trace(TINY, 100.0, 3_500);
    let large = patient_trace(IMAGE, 40.0, 3_500);
    check_each(&[("tiny", (tiny, "4")), ("large", (large, "2"))], |(trace, connections)| {
        check_restart(trace, connections);
    });
}

fn check_restart(trace: &[u8], connections: &str) {
    let fixture = Fixture::with_trace(trace);
    let peer = Peer::start(Link::serve);
    let flags = ["--connections", connections, "--timeout", "10000"];
    let running = fixture.start(peer.address, &flags);
    peer.wait_for_requests(BEFORE);
    peer.die();
    // Not to wait for anything: this is how long it is dead.
    thread::sleep(GONE);
    let before = peer.seen().len();
    let back_unix_ns = peer.revive();
    let run = fixture.outcomes(running.end().output);

    run.check_honest(&fixture, &peer);
    run.check_ends(&[OK, BROKEN, NOT_CONNECTED]);
    assert!(run.count(Status::Unavailable) > 0, "{:?}", run.ends());
    run.check_recovered();
    // What could not be sent when it was due is not sent later. A fifth of the time that it was
    // gone is left for a machine that is slow to fire; a burst would bring what was due in all of
    // it.
    let slack_ns = i64::try_from(GONE.as_nanos()).unwrap() / 5;
    for seen in &peer.seen()[before..] {
        let due_unix_ns = run.due_unix_ns(seen.deadline_unix_ns);
        assert!(due_unix_ns >= back_unix_ns - slack_ns, "{} ns", back_unix_ns - due_unix_ns);
    }
}

/// Something in front of a dead scheduler accepts, and closes at once: rows say `unavailable`, and
/// nobody is hammered.
#[test]
fn a_port_that_closes_at_once_is_asked_again_with_pauses() {
    const CONNECTIONS: usize = 2;
    let fixture = Fixture::patient();
    let peer = Peer::raw(|link| {
        if link.connection < CONNECTIONS {
            link.greet(&[], 0);
            link.serve_some(BEFORE / 4);
        }
    });
    let flags = ["--connections", "2", "--timeout", "10000"];
    let run = fixture.outcomes_at(peer.address, &flags);
    run.check_honest(&fixture, &peer);
    run.check_ends(&[OK, BROKEN, NOT_CONNECTED]);
    let attempts = peer.connection_count() - CONNECTIONS;
    assert!(attempts > 0, "nobody tried to connect again");
    // A schedule of two seconds; an attempt for every request would be as many as rows.
    assert!(attempts < run.rows.len(), "{attempts} attempts");
}

/// A scheduler that closes after each answer is a bad one, and still each row is right.
#[test]
fn a_scheduler_that_closes_after_each_answer_ends_every_request() {
    let fixture = Fixture::patient();
    let peer = Peer::start(|link| {
        link.serve_some(1);
    });
    let run = fixture.outcomes_at(peer.address, &["--timeout", "10000"]);
    run.check_honest(&fixture, &peer);
    run.check_ends(&[OK, BROKEN, NOT_CONNECTED]);
    assert!(run.count(Status::Ok) >= 4, "{:?}", run.ends());
}

/// How a half-open peer is silent.
#[derive(Clone, Copy, Debug)]
enum Silence {
    /// It reads on and answers nothing.
    Answers,
    /// It does not even read, so that the sockets' buffers fill.
    Everything,
}

/// One connection of two falls silent without closing; the other is none the worse.
#[test]
fn a_half_open_connection_holds_up_nothing_else() {
    let tiny = patient_trace(TINY, 100.0, 1_000);
    let large = patient_trace(IMAGE, 40.0, 1_000);
    let cases = [
        ("tiny, unanswered", (&tiny, Silence::Answers)),
        ("tiny, unread", (&tiny, Silence::Everything)),
        ("large, unanswered", (&large, Silence::Answers)),
        ("large, unread", (&large, Silence::Everything)),
    ];
    check_each(&cases, |(trace, silence)| check_half_open(trace, *silence));
}

fn check_half_open(trace: &[u8], silence: Silence) {
    const TIMEOUT_NS: i64 = 3_000_000_000;
    let fixture = Fixture::with_trace(trace);
    let peer = Peer::start(move |link| match (link.connection, silence) {
        (0, Silence::Answers) => {
            link.serve_some(5);
            link.ignore();
        }
        (0, Silence::Everything) => {
            link.serve_some(5);
            link.hold();
        }
        _ => link.serve(),
    });
    let flags = ["--connections", "2", "--timeout", "3000"];
    let run = fixture.outcomes_at(peer.address, &flags);
    run.check_honest(&fixture, &peer);
    run.check_ends(&[OK, TIMEOUT, BROKEN]);
    let on_the_other: Vec<_> =
        peer.seen().into_iter().filter(|seen| seen.connection == 1).collect();
    assert!(!on_the_other.is_empty(), "{:?}", run.ends());
    for seen in on_the_other {
        let row = run.row(seen.deadline_unix_ns);
        assert_eq!((row.status, row.code), OK, "{silence:?} {seen:?}");
        // Half a timeout: whoever waited for the silent connection would be later.
        let late_ns = seen.at_unix_ns - run.due_unix_ns(seen.deadline_unix_ns);
        assert!(late_ns < TIMEOUT_NS / 2, "{silence:?}: {late_ns} ns late: {row:?}");
    }
    for row in run.rows.iter().filter(|row| row.status == Status::Timeout) {
        let taken_ns = i64::try_from(row.done.unwrap().saturating_since(row.arrival).as_nanos());
        assert!(taken_ns.unwrap() < 2 * TIMEOUT_NS, "fired late: {row:?}");
    }
}

/// Every connection falls silent, unread, under many large requests: memory stays within bounds,
/// and what does not fit says so.
#[test]
fn a_half_open_scheduler_fills_the_bounds_and_not_the_memory() {
    // 120 MB of requests, of which 8 MiB may be in flight and 8 MiB ready.
    let fixture = Fixture::with_trace(&patient_trace(IMAGE, 200.0, 1_000));
    let peer = Peer::start(|link| {
        link.serve_some(2);
        link.hold();
    });
    let flags = ["--timeout", "3000", "--in-flight-mib", "8", "--ring", "8"];
    let ended = fixture.start(peer.address, &flags).end();
    let run = fixture.outcomes(ended.output);
    run.check_honest(&fixture, &peer);
    run.check_ends(&[OK, TIMEOUT, BROKEN, IN_FLIGHT_LIMIT]);
    assert!(run.count(Status::Unsent) > run.rows.len() / 2, "{:?}", run.ends());
    assert!(ended.memory_peak < 64 << 20, "{} bytes", ended.memory_peak);
}

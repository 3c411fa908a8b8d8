//! Signals: one ends a run in order, two end it at once, and none lasts for ever.

use std::process::Output;
use std::time::Duration;

use outcome::Status;
use rustix::process::Signal;

use crate::support::child::Running;
use crate::support::peer::{Link, Peer};
use crate::support::{Character, Fixture, Replayed, Server, TINY, check_each, patient_trace, text};

/// Longer than a busy machine needs, and shorter than what the flags of these tests allow.
const PROMPT: Duration = Duration::from_secs(30);

/// More than [`PROMPT`], in ms.
const FOR_EVER: &str = "600000";

const SIGNALS: [(&str, Signal); 2] = [("SIGINT", Signal::INT), ("SIGTERM", Signal::TERM)];

/// Ten minutes of requests, at a scheduler that never answers.
#[test]
fn a_signal_keeps_what_is_there_and_marks_it() {
    check_each(&SIGNALS, |signal| {
        let fixture = Fixture::with_trace(&patient_trace(TINY, 50.0, 600_000));
        let server = Server::start(Character::Silent);
        let running = fixture.start(server.address, &["--timeout", FOR_EVER]);
        server.wait_for_a_request();
        running.signal(*signal);
        let output = running.end_within(PROMPT).output;
        assert_eq!(output.status.code(), Some(130), "{}", text(&output));
        let run = Replayed::read(&fixture.path("run.arrow"), output);
        run.check_complete(&fixture);
        assert!(run.info.cut_short);
        assert!(run.count(Status::Cancelled) > 0, "{:?}", run.ends());
        assert_eq!(run.count(Status::Cancelled) + run.count(Status::Unsent), run.rows.len());
        assert!(text(&run.output).contains("CUT SHORT"), "{}", text(&run.output));
    });
}

/// What was answered before the signal stays answered.
#[test]
fn a_signal_loses_no_answer() {
    let fixture = Fixture::with_trace(&patient_trace(TINY, 50.0, 600_000));
    // The tenth and later ones hang.
    let peer = Peer::start(|link| {
        while let Some(call) = link.call() {
            if call.index < 10 {
                link.answer(call);
            }
        }
    });
    let flags = ["--connections", "1", "--timeout", FOR_EVER];
    let running = fixture.start(peer.address, &flags);
    peer.wait_for_requests(20);
    running.signal(Signal::INT);
    let output = running.end_within(PROMPT).output;
    assert_eq!(output.status.code(), Some(130), "{}", text(&output));
    let run = Replayed::read(&fixture.path("run.arrow"), output);
    run.check_honest(&fixture, &peer);
    // The ten were read before the tenth unanswered one was sent: in order, on one connection.
    assert_eq!(run.count(Status::Ok), 10, "{:?}", run.ends());
}

/// Replays at `peer`, sends `signal` once `ready` says so, and gives back how it ended.
fn signalled(fixture: &Fixture, peer: &Peer, signal: Signal, ready: impl FnOnce(&Peer)) -> Output {
    let flags = ["--connections", "1", "--connect-timeout", FOR_EVER, "--metrics-csv", "m.csv"];
    let running = fixture.start(peer.address, &flags);
    ready(peer);
    running.signal(signal);
    running.end_within(PROMPT).output
}

/// Between the connection and the first request lies the warm-up.
#[test]
fn a_signal_before_the_first_request_leaves_no_file() {
    check_each(&SIGNALS, |signal| {
        let fixture = Fixture::brief();
        let peer = Peer::start(Link::serve);
        let output = signalled(&fixture, &peer, *signal, |peer| peer.wait_for_greetings(1));
        check_nothing_happened(&fixture, &peer, &output);
    });
}

fn check_nothing_happened(fixture: &Fixture, peer: &Peer, output: &Output) {
    let said = text(output);
    assert_eq!(output.status.code(), Some(130), "{said}");
    assert!(said.contains("interrupted"), "{said}");
    assert!(peer.seen().is_empty(), "nothing was sent");
    assert!(!fixture.path("run.arrow").exists(), "there was no run: {said}");
}

/// A peer that accepts and never says anything: there is no run yet to be cut short.
#[test]
fn a_signal_while_connecting_ends_it() {
    check_each(&SIGNALS, |signal| {
        let fixture = Fixture::brief();
        let peer = Peer::raw(|link| link.hold());
        let output = signalled(&fixture, &peer, *signal, |peer| peer.wait_for_arrivals(1));
        check_nothing_happened(&fixture, &peer, &output);
    });
}

/// Whatever the first signal waits for, the second one does not.
#[test]
fn a_second_signal_ends_it_at_once() {
    let fixture = Fixture::brief();
    let peer = Peer::raw(|link| link.hold());
    let mut command = fixture.replay();
    let url = peer.address.to_string();
    command.args(["--scheduler-url", &url, "--connect-timeout", FOR_EVER]);
    let running = Running::start(&mut command);
    peer.wait_for_arrivals(1);
    let output = running.end_by(Signal::INT, PROMPT).output;
    assert_eq!(output.status.code(), Some(130), "{}", text(&output));
}

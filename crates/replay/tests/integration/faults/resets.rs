//! Streams that are reset, and connections that say goodbye.

use outcome::{Code, Status};

use crate::support::frame::{
    self, CANCEL, ENHANCE_YOUR_CALM, GOOD_HEADERS, INADEQUATE_SECURITY, INTERNAL_ERROR, NO_ERROR,
    REFUSED_STREAM, data, go_away, headers, message, reset,
};
use crate::support::peer::{Link, Peer};
use crate::support::{BROKEN, End, Fixture, NOT_CONNECTED, OK, TIMEOUT, error};

/// The largest stream id: a goodbye that gives up none.
const LAST: u32 = (1 << 31) - 1;

/// What a reset with this error code means: "HTTP2 Transport Mapping: Errors".
fn ends_of_reset(reason: u32) -> Vec<End> {
    match reason {
        REFUSED_STREAM => vec![BROKEN],
        CANCEL => vec![(Status::Cancelled, Some(Code::Cancelled))],
        ENHANCE_YOUR_CALM => vec![error(Code::ResourceExhausted)],
        INADEQUATE_SECURITY => vec![error(Code::PermissionDenied)],
        0..=4 | 6 | 9 | 10 => vec![error(Code::Internal)],
        // STREAM_CLOSED has no mapping, later and unknown codes are not in the table.
        _ => vec![error(Code::Internal), error(Code::Unknown)],
    }
}

#[test]
fn a_reset_stream_ends_as_its_code_says() {
    const REASONS: [u32; 16] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 99, u32::MAX];
    let fixture = Fixture::patient();
    // Each reason comes once before any answer and once where only the trailers lack.
    let peer = Peer::start(|link| {
        while let Some(call) = link.call() {
            let reset = reset(call.stream, REASONS[call.index / 3 % REASONS.len()]);
            let most = [
                headers(call.stream, GOOD_HEADERS),
                data(call.stream, &message(call.deadline_unix_ns, true)),
            ];
            match call.index % 3 {
                0 => link.write(&reset),
                1 => link.write(&[most.concat(), reset].concat()),
                // The others on the connection are none the worse.
                _ => link.answer(call),
            };
        }
    });
    let run = fixture.outcomes_at(peer.address, &["--timeout", "20000"]);
    run.check_honest(&fixture, &peer);
    let seen = peer.seen();
    assert_eq!(seen.len(), run.rows.len(), "{:?}", run.ends());
    assert!(seen.len() >= 3 * REASONS.len());
    for (index, seen) in seen.iter().enumerate() {
        let row = run.row(seen.deadline_unix_ns);
        let reason = REASONS[index / 3 % REASONS.len()];
        let ends = if index % 3 == 2 { vec![OK] } else { ends_of_reset(reason) };
        assert!(ends.contains(&(row.status, row.code)), "{reason}, {}: {row:?}", index % 3);
    }
}

/// A goodbye gives up what came after a stream; what came before it is still answered.
#[test]
fn a_goodbye_in_the_middle_ends_only_what_it_gives_up() {
    const KEPT: usize = 20;
    let fixture = Fixture::patient();
    let peer = Peer::start(|link| {
        if link.connection > 0 {
            return link.serve();
        }
        let held: Vec<_> = (0..2 * KEPT).map_while(|_| link.call()).collect();
        link.write(&go_away(held[KEPT - 1].stream, NO_ERROR));
        held[..KEPT].iter().all(|call| link.answer(*call));
        link.ignore();
    });
    let flags = ["--connections", "1", "--timeout", "20000"];
    let run = fixture.outcomes_at(peer.address, &flags);
    run.check_honest(&fixture, &peer);
    run.check_ends(&[OK, BROKEN, NOT_CONNECTED]);
    let seen = peer.seen();
    for (index, seen) in seen.iter().enumerate() {
        let row = run.row(seen.deadline_unix_ns);
        // "REFUSED_STREAM: no processing occurred", and so for what a goodbye gives up: UNAVAILABLE.
        let given_up = seen.connection == 0 && index >= KEPT;
        assert_eq!((row.status, row.code), if given_up { BROKEN } else { OK }, "{seen:?}");
    }
    run.check_recovered();
}

/// A server that restarts gently says so, and answers what it has; the next request is for whoever
/// comes after it.
#[test]
fn a_connection_that_drains_takes_nothing_new() {
    let fixture = Fixture::patient();
    let peer = Peer::start(|link| {
        if link.connection > 0 {
            return link.serve();
        }
        link.serve_some(20);
        let Some(held) = link.call() else { return };
        link.write(&go_away(LAST, NO_ERROR));
        // What is in flight here ends only once there is another connection.
        link.wait_for_connections(2);
        link.answer(held);
        link.serve();
    });
    let flags = ["--connections", "1", "--timeout", "5000"];
    let run = fixture.outcomes_at(peer.address, &flags);
    run.check_honest(&fixture, &peer);
    run.check_ends(&[OK, BROKEN, NOT_CONNECTED]);
    let held = run.row(peer.seen()[20].deadline_unix_ns);
    assert_eq!((held.status, held.code), OK);
    run.check_recovered();
}

/// Goodbyes in anger end everything on the connection, and nothing on the next one.
#[test]
fn a_goodbye_with_an_error_ends_what_is_in_flight() {
    const REASONS: [u32; 4] = [NO_ERROR, INTERNAL_ERROR, ENHANCE_YOUR_CALM, u32::MAX];
    let fixture = Fixture::patient();
    let peer = Peer::start(|link: &mut Link| {
        let Some(reason) = REASONS.get(link.connection) else { return link.serve() };
        link.serve_some(10);
        if link.call().is_some() {
            link.write(&go_away(0, *reason));
        }
        // And the socket closes.
    });
    let flags = ["--connections", "1", "--timeout", "20000"];
    let run = fixture.outcomes_at(peer.address, &flags);
    run.check_honest(&fixture, &peer);
    run.check_ends(&[OK, BROKEN, NOT_CONNECTED]);
    assert!(peer.greeted_count() > REASONS.len(), "{:?}", run.ends());
    run.check_recovered();
}

/// A late answer to a request that was given up belongs to nobody; the connection goes on.
#[test]
fn late_answers_hurt_nobody() {
    const LATE: usize = 40;
    let fixture = Fixture::patient();
    let peer = Peer::start(|link| {
        while let Some(frame) = link.frame() {
            // The client resets what it no longer waits for; then comes the answer.
            if frame.kind == frame::RST_STREAM {
                link.write(&frame::good_reply(frame.stream, 0));
            }
            if let Some(call) = link.take_in(frame)
                && call.index >= LATE
            {
                link.answer(call);
            }
        }
    });
    let flags = ["--connections", "1", "--timeout", "1000"];
    let run = fixture.outcomes_at(peer.address, &flags);
    run.check_honest(&fixture, &peer);
    for (index, seen) in peer.seen().iter().enumerate() {
        let row = run.row(seen.deadline_unix_ns);
        assert_eq!((row.status, row.code), if index < LATE { TIMEOUT } else { OK });
    }
    assert_eq!(peer.greeted_count(), 1, "one connection served them all");
}

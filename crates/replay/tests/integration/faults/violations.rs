//! Peers that break HTTP/2, flood it, or fall silent in the middle of it.
//!
//! What one connection did wrong is that connection's end, and no other's: requests on it are
//! `unavailable`, and the next connection serves.

use std::time::Duration;

use outcome::Code;

use crate::support::frame::{
    self, CONTINUATION, DATA, ENABLE_PUSH, END_HEADERS, GOOD_HEADERS, HEADERS, INITIAL_WINDOW_SIZE,
    MAX_FRAME_SIZE, PING, PUSH_PROMISE, SETTINGS, block, data, frame, good_reply, headers, reset,
    settings, window_update,
};
use crate::support::peer::{Call, Link, Peer};
use crate::support::{BROKEN, End, Fixture, NOT_CONNECTED, OK, TIMEOUT, check_each, error};

/// What is done wrong once, when a call has come.
type Wrong = fn(&mut Link, Call);

/// Requests that are served before it.
const BEFORE: usize = 20;

/// Replays at a peer whose first connection does something wrong in the middle.
fn check(wrong: Wrong, allowed: &[End]) {
    let fixture = Fixture::brief();
    let peer = Peer::start(move |link| {
        if link.connection == 0 && link.serve_some(BEFORE) {
            let Some(call) = link.call() else { return };
            wrong(link, call);
        } else {
            link.serve();
        }
    });
    let flags = ["--connections", "1", "--timeout", "20000"];
    let ended = fixture.start(peer.address, &flags).end();
    assert!(ended.memory_peak < MEMORY_MAX, "{} bytes", ended.memory_peak);
    let run = fixture.outcomes(ended.output);
    run.check_honest(&fixture, &peer);
    run.check_ends(allowed);
    run.check_recovered();
}

/// More than any of these runs needs: what is done wrong must not be kept in memory.
const MEMORY_MAX: usize = 100 << 20;

/// Sends bytes that are wrong, and goes on as if they were right.
fn send(link: &mut Link, call: Call, bytes: &[u8]) {
    if link.write(bytes) && link.answer(call) {
        link.serve();
    }
}

#[test]
fn what_breaks_http2_ends_that_connection_alone() {
    let cases: &[(&str, Wrong)] = &[
        ("garbage", |link, call| send(link, call, &[0xa5; 64])),
        ("HTTP/1", |link, call| send(link, call, b"HTTP/1.1 400 Bad Request\r\n\r\n")),
        ("a frame beyond the largest size", |link, call| {
            send(link, call, &data(call.stream, &vec![0; 0x00ff_ffff]));
        }),
        ("data of no stream", |link, call| send(link, call, &data(0, b"x"))),
        ("data of a stream that never was", |link, call| send(link, call, &data(LATER, b"x"))),
        ("headers of no stream", |link, call| send(link, call, &headers(0, GOOD_HEADERS))),
        ("a reply to a request that never was", |link, call| {
            send(link, call, &good_reply(LATER, call.deadline_unix_ns));
        }),
        ("a reply on a stream of the server's", |link, call| {
            send(link, call, &good_reply(2, call.deadline_unix_ns));
        }),
        ("a reset of a stream that never was", |link, call| {
            send(link, call, &reset(LATER, frame::CANCEL));
        }),
        ("a promise that nobody wanted", |link, call| {
            let promise = [&2u32.to_be_bytes()[..], &block(&[(":method", "GET")])].concat();
            send(link, call, &frame(PUSH_PROMISE, END_HEADERS, call.stream, &promise));
        }),
        ("headers cut by another frame", |link, call| {
            let cut = frame(HEADERS, 0, call.stream, &block(GOOD_HEADERS));
            send(link, call, &[cut, frame(PING, 0, 0, &[0; 8])].concat());
        }),
        ("a continuation of nothing", |link, call| {
            send(link, call, &frame(CONTINUATION, END_HEADERS, call.stream, &[]));
        }),
        ("headers that cannot be decoded", |link, call| {
            send(link, call, &frame(HEADERS, END_HEADERS, call.stream, &[0xff; 20]));
        }),
        ("padding longer than the frame", |link, call| {
            send(link, call, &frame(DATA, frame::PADDED, call.stream, &[200, 1, 2]));
        }),
        ("the connection's window beyond the largest", |link, call| {
            send(link, call, &[window_update(0, LARGEST), window_update(0, LARGEST)].concat());
        }),
        ("a window grown by nothing", |link, call| send(link, call, &window_update(0, 0))),
        ("a first window beyond the largest", |link, call| {
            send(link, call, &settings(&[(INITIAL_WINDOW_SIZE, u32::MAX)]));
        }),
        ("frames of no size", |link, call| send(link, call, &settings(&[(MAX_FRAME_SIZE, 1)]))),
        ("a push setting of the server's", |link, call| {
            send(link, call, &settings(&[(ENABLE_PUSH, 1)]));
        }),
        ("settings of a stream", |link, call| send(link, call, &frame(SETTINGS, 0, 1, &[]))),
        ("settings of half a value", |link, call| {
            send(link, call, &frame(SETTINGS, 0, 0, &[0; 3]))
        }),
        ("a ping of seven bytes", |link, call| send(link, call, &frame(PING, 0, 0, &[0; 7]))),
        ("a goodbye of a stream", |link, call| {
            send(link, call, &frame(frame::GOAWAY, 0, 1, &[0; 8]));
        }),
    ];
    // A stream's own error is INTERNAL, as PROTOCOL_ERROR is to gRPC; the rest of it UNAVAILABLE.
    let allowed = [OK, BROKEN, NOT_CONNECTED, error(Code::Internal)];
    check_each(cases, |wrong| check(*wrong, &allowed));
}

/// A stream that the client does not open within these tests.
const LATER: u32 = 999_999;

/// The largest window.
const LARGEST: u32 = (1 << 31) - 1;

/// What is allowed, however much of it comes and however little sense it makes.
#[test]
fn what_is_odd_and_allowed_harms_nothing() {
    let cases: &[(&str, Wrong)] = &[
        ("many pings", |link, call| send(link, call, &frame(PING, 0, 0, &[7; 8]).repeat(2_000))),
        ("many settings", |link, call| send(link, call, &settings(&[]).repeat(2_000))),
        ("pongs that nobody asked for", |link, call| {
            send(link, call, &frame(PING, frame::ACK, 0, &[9; 8]).repeat(100));
        }),
        ("many windows grown by one", |link, call| {
            send(link, call, &window_update(0, 1).repeat(2_000));
        }),
        // RFC 9113, 5.1: window updates and resets may still come for a stream that has closed.
        ("windows of closed streams", |link, call| {
            send(link, call, &window_update(1, 1).repeat(100));
        }),
        ("a reset of a closed stream", |link, call| send(link, call, &reset(1, frame::NO_ERROR))),
        // RFC 9113, 4.1 and 5.3: what is unknown or deprecated is passed over.
        ("frames of unknown kinds", |link, call| {
            send(link, call, &frame(0x7f, 0xff, call.stream, b"what").repeat(100));
        }),
        ("priorities", |link, call| {
            send(link, call, &frame(2, 0, call.stream, &[0, 0, 0, 0, 7]).repeat(100));
        }),
        ("settings of unknown names", |link, call| {
            send(link, call, &settings(&[(0x99, 1), (0xfafa, u32::MAX)]));
        }),
    ];
    check_each(cases, |odd| check(*odd, &[OK]));
}

/// The socket closes wherever it hurts most.
#[test]
fn a_connection_that_closes_ends_what_is_on_it() {
    let cases: &[(&str, Wrong)] = &[
        ("without a word", |_, _| ()),
        ("after the headers", |link, call| {
            link.write(&headers(call.stream, GOOD_HEADERS));
        }),
        ("in the middle of the body", |link, call| {
            let reply = [headers(call.stream, GOOD_HEADERS), data(call.stream, &[0; 3])];
            link.write(&reply.concat());
        }),
        ("before the trailers", |link, call| {
            let reply = good_reply(call.stream, call.deadline_unix_ns);
            let trailers = frame::last_headers(call.stream, frame::GOOD_TRAILERS);
            link.write(&reply[..reply.len() - trailers.len()]);
        }),
        ("in the middle of a frame", |link, call| {
            let reply = good_reply(call.stream, call.deadline_unix_ns);
            link.write(&reply[..reply.len() - 1]);
        }),
        ("in the middle of a frame's head", |link, _| {
            link.write(&[0, 0]);
        }),
        ("after a ping", |link, _| {
            link.write(&frame(PING, 0, 0, &[0; 8]));
        }),
    ];
    check_each(cases, |close| check(*close, &[OK, BROKEN, NOT_CONNECTED]));
}

/// A stream's own fault is that stream's end: the connection goes on.
#[test]
fn a_stream_with_too_wide_a_window_ends_alone() {
    let fixture = Fixture::brief();
    let peer = Peer::start(|link| {
        link.serve_some(BEFORE);
        let Some(call) = link.call() else { return };
        let wide = window_update(call.stream, LARGEST);
        send(link, call, &wide.repeat(2));
    });
    let flags = ["--connections", "1", "--timeout", "20000"];
    let run = fixture.outcomes_at(peer.address, &flags);
    run.check_honest(&fixture, &peer);
    // FLOW_CONTROL_ERROR is INTERNAL, on whichever side it is seen; a client that has sent all may
    // as well pass over what it no longer needs.
    run.check_ends(&[OK, error(Code::Internal)]);
    assert_eq!(peer.greeted_count(), 1, "one connection served them all");
}

/// A header block is refused once it is longer than any reply's; how long that takes is the
/// client's affair, so nothing is said here of the requests after it.
#[test]
fn headers_without_end_are_not_kept() {
    let fixture = Fixture::brief();
    let peer = Peer::start(|link| {
        if link.connection > 0 || !link.serve_some(BEFORE) {
            return link.serve();
        }
        let Some(call) = link.call() else { return };
        link.write(&frame(HEADERS, 0, call.stream, &block(GOOD_HEADERS)));
        let piece = frame(CONTINUATION, 0, call.stream, &block(&[("x", &"y".repeat(16_000))]));
        while link.write(&piece) {}
    });
    let flags = ["--connections", "1", "--timeout", "20000"];
    let ended = fixture.start(peer.address, &flags).end();
    assert!(ended.memory_peak < MEMORY_MAX, "{} bytes", ended.memory_peak);
    let run = fixture.outcomes(ended.output);
    run.check_honest(&fixture, &peer);
    run.check_ends(&[OK, BROKEN, NOT_CONNECTED, error(Code::Internal)]);
}

/// Half a header block keeps a connection from saying anything else; it is not broken, so it is
/// waited for.
#[test]
fn headers_that_never_end_time_out() {
    let fixture = Fixture::brief();
    let peer = Peer::start(|link| {
        link.serve_some(BEFORE);
        let Some(call) = link.call() else { return };
        link.write(&frame(HEADERS, 0, call.stream, &block(GOOD_HEADERS)));
        link.ignore();
    });
    let flags = ["--connections", "1", "--timeout", "1000"];
    let run = fixture.outcomes_at(peer.address, &flags);
    run.check_honest(&fixture, &peer);
    run.check_ends(&[OK, TIMEOUT]);
}

/// One connection gets frames without end. Pings are to be answered, and nobody reads the answers;
/// unknown frames are to be passed over, so that there is always more to read.
#[test]
fn a_flood_drowns_one_connection_at_most() {
    check_flood(frame(PING, 0, 0, &[7; 8]));
    check_flood(frame(0x7f, 0, 0, &[7; 100]));
}

fn check_flood(drop_of_it: Vec<u8>) {
    let fixture = Fixture::brief();
    let peer = Peer::start(move |link| {
        if link.connection > 0 {
            return link.serve();
        }
        link.serve_some(BEFORE / 2);
        let flood = drop_of_it.repeat(1_000);
        while link.write(&flood) {}
    });
    let flags = ["--connections", "2", "--timeout", "2000"];
    // A second of requests and two of patience; the rest is for a busy machine. The flood itself
    // never ends.
    let ended = fixture.start(peer.address, &flags).end_within(Duration::from_secs(30));
    assert!(ended.memory_peak < MEMORY_MAX, "{} bytes", ended.memory_peak);
    let run = fixture.outcomes(ended.output);
    run.check_honest(&fixture, &peer);
    run.check_ends(&[OK, TIMEOUT, BROKEN, NOT_CONNECTED]);
    let seen = peer.seen();
    assert!(seen.iter().any(|seen| seen.connection == 1), "{:?}", run.ends());
    for seen in seen.iter().filter(|seen| seen.connection == 1) {
        let row = run.row(seen.deadline_unix_ns);
        assert_eq!((row.status, row.code), OK, "{:?}", run.ends());
        // Half a timeout: whoever read the flood to its end would be later.
        let late_ns = seen.at_unix_ns - run.due_unix_ns(seen.deadline_unix_ns);
        assert!(late_ns < 1_000_000_000, "{late_ns} ns late: {row:?}");
    }
}

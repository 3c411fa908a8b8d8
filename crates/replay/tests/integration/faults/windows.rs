//! Flow control at its narrowest: firing never waits for a window, and the rows tell.

use std::time::Duration;

use outcome::{Code, Status};

use crate::support::frame::{
    self, DATA, END_STREAM, HEADERS, INITIAL_WINDOW_SIZE, MAX_CONCURRENT_STREAMS, settings,
    window_update,
};
use crate::support::peer::{Frame, Link, Peer};
use crate::support::{
    Fixture, IMAGE, IN_FLIGHT_LIMIT, OK, Replayed, TIMEOUT, TINY, check_each, error, patient_trace,
    text,
};

/// Windows that never open: not a byte of a body may be sent.
const SHUT: &[(u16, u32)] = &[(INITIAL_WINDOW_SIZE, 0)];

/// A window that these tests do not fill.
const WIDE: u32 = 1 << 30;

/// A trace of one second, with tensors of four numbers.
fn short() -> Fixture {
    Fixture::with_trace(&patient_trace(TINY, 100.0, 1_000))
}

/// A few requests whose tensors have 602 KB.
fn large() -> Fixture {
    Fixture::with_trace(&patient_trace(IMAGE, 20.0, 1_000))
}

/// Every row that timed out did so by its own schedule: had its firing waited for the one before
/// it, it would have ended a timeout later.
fn check_each_fired_by_itself(run: &Replayed, timeout: Duration) {
    for row in run.rows.iter().filter(|row| row.status == Status::Timeout) {
        let taken = row.done.unwrap().saturating_since(row.arrival);
        // A request may be fired before its arrival by a little.
        let least = timeout - Duration::from_millis(1);
        assert!(taken >= least, "given up before its time: {row:?}");
        assert!(taken < 2 * timeout, "fired late: {row:?}\n{}", text(&run.output));
    }
}

#[test]
fn windows_that_never_open_time_out() {
    let timeout = Duration::from_millis(1_500);
    check_each(&[("tiny", short()), ("large", large())], |fixture| {
        let peer = Peer::with_settings(SHUT, 0, Link::ignore);
        let run = fixture.outcomes_at(peer.address, &["--timeout", "1500"]);
        run.check_honest(fixture, &peer);
        run.check_ends(&[TIMEOUT]);
        check_each_fired_by_itself(&run, timeout);
    });
}

/// What does not fit into the bound is `unsent` at once, and its row says why.
#[test]
fn what_waits_for_a_window_counts_as_in_flight() {
    let fixture = short();
    let peer = Peer::with_settings(SHUT, 0, Link::ignore);
    let flags = ["--timeout", "1500", "--in-flight-max", "20"];
    let run = fixture.outcomes_at(peer.address, &flags);
    run.check_honest(&fixture, &peer);
    run.check_ends(&[TIMEOUT, IN_FLIGHT_LIMIT]);
    assert!(run.count(Status::Timeout) >= 20, "{:?}", run.ends());
    assert!(run.count(Status::Unsent) > 0, "{:?}", run.ends());
    check_each_fired_by_itself(&run, Duration::from_millis(1_500));
}

/// A peer that is slow to let requests in and lets them all in: what is sent, how it greets, and
/// what it does.
struct Narrow {
    trace: fn() -> Fixture,
    settings: &'static [(u16, u32)],
    window: u32,
    script: fn(&mut Link),
}

#[test]
fn however_narrow_a_way_in_every_request_gets_through() {
    let cases = [
        (
            "a byte at a time",
            Narrow { trace: short, settings: SHUT, window: 0, script: byte_by_byte },
        ),
        // The windows that RFC 9113 begins with: ten round trips a body.
        ("refilled", Narrow { trace: large, settings: &[], window: 0, script: refill }),
        (
            "shut for a while",
            Narrow { trace: large, settings: &[], window: 0, script: shut_a_while },
        ),
        (
            "shut at first",
            Narrow { trace: short, settings: SHUT, window: WIDE, script: shut_at_first },
        ),
        (
            "one stream at a time",
            Narrow {
                trace: short,
                settings: &[(INITIAL_WINDOW_SIZE, WIDE), (MAX_CONCURRENT_STREAMS, 1)],
                window: WIDE,
                script: Link::serve,
            },
        ),
    ];
    check_each(&cases, |Narrow { trace, settings, window, script }| {
        let fixture = trace();
        let peer = Peer::with_settings(settings, *window, *script);
        let flags = ["--connections", "1", "--timeout", "60000"];
        let run = fixture.outcomes_at(peer.address, &flags);
        run.check_honest(&fixture, &peer);
        run.check_ends(&[OK]);
    });
}

/// Opens the windows by a byte for each byte that comes.
fn byte_by_byte(link: &mut Link) {
    while let Some(frame) = link.frame() {
        // A stream gets its first byte with its headers, and each further one for the one before.
        let more = match frame.kind {
            HEADERS => true,
            DATA => frame.flags & END_STREAM == 0,
            _ => false,
        };
        if more {
            widen(link, frame.stream, 1);
        }
        serve_what_completes(link, frame);
    }
}

/// Opens the windows by what comes.
fn refill(link: &mut Link) {
    while let Some(frame) = link.frame() {
        let len = u32::try_from(frame.payload.len()).unwrap();
        if frame.kind == DATA && len > 0 {
            widen(link, frame.stream, len);
        }
        serve_what_completes(link, frame);
    }
}

/// Shuts the windows by a setting while a body is on its way, and opens them wide once the client
/// knows that its window is below nothing.
fn shut_a_while(link: &mut Link) {
    let (mut shut, mut opened) = (false, false);
    while let Some(frame) = link.frame() {
        let is_ack = frame.kind == frame::SETTINGS && frame.flags & frame::ACK != 0;
        if frame.kind == DATA && !shut {
            shut = true;
            link.write(&settings(SHUT));
        } else if is_ack && shut && !opened {
            opened = true;
            let wide = settings(&[(INITIAL_WINDOW_SIZE, WIDE)]);
            link.write(&[wide, window_update(0, WIDE)].concat());
        }
        serve_what_completes(link, frame);
    }
}

/// Opens the windows once fifty requests have shown their headers: none waits for another's window.
fn shut_at_first(link: &mut Link) {
    let mut count = 0;
    while let Some(frame) = link.frame() {
        count += usize::from(frame.kind == HEADERS);
        if frame.kind == HEADERS && count == 50 {
            link.write(&settings(&[(INITIAL_WINDOW_SIZE, WIDE)]));
        }
        serve_what_completes(link, frame);
    }
}

fn widen(link: &Link, stream: u32, len: u32) {
    link.write(&[window_update(stream, len), window_update(0, len)].concat());
}

fn serve_what_completes(link: &mut Link, frame: Frame) {
    if let Some(call) = link.take_in(frame) {
        link.answer(call);
    }
}

/// A stream whose window overflows while its body waits ends alone.
#[test]
fn a_window_that_overflows_ends_its_stream() {
    let fixture = short();
    let peer = Peer::with_settings(SHUT, WIDE, |link| {
        while let Some(frame) = link.frame() {
            if frame.kind == HEADERS {
                link.write(&window_update(frame.stream, (1 << 31) - 1).repeat(2));
            }
            serve_what_completes(link, frame);
        }
    });
    let run = fixture.outcomes_at(peer.address, &["--timeout", "20000"]);
    run.check_honest(&fixture, &peer);
    // FLOW_CONTROL_ERROR is INTERNAL; a body that was quicker than the second update is answered.
    run.check_ends(&[OK, error(Code::Internal)]);
}

/// A peer that allows no stream, or one and never ends it.
#[test]
fn requests_that_find_no_stream_time_out() {
    check_each(&[("none", 0), ("one", 1)], |count| {
        let fixture = short();
        let few = [(INITIAL_WINDOW_SIZE, WIDE), (MAX_CONCURRENT_STREAMS, *count)];
        let peer = Peer::with_settings(&few, WIDE, Link::ignore);
        let flags = ["--connections", "1", "--timeout", "1500"];
        let run = fixture.outcomes_at(peer.address, &flags);
        run.check_honest(&fixture, &peer);
        run.check_ends(&[TIMEOUT]);
        check_each_fired_by_itself(&run, Duration::from_millis(1_500));
    });
}

/// One connection of two is shut; what goes by the other is on time and answered.
#[test]
fn a_shut_connection_does_not_hold_up_another() {
    let fixture = short();
    let peer = Peer::raw(|link| {
        if link.connection == 0 {
            link.greet(SHUT, 0);
            link.ignore();
        } else {
            link.greet(&[(INITIAL_WINDOW_SIZE, WIDE)], WIDE);
            link.serve();
        }
    });
    let flags = ["--connections", "2", "--timeout", "3000"];
    let run = fixture.outcomes_at(peer.address, &flags);
    run.check_honest(&fixture, &peer);
    run.check_ends(&[OK, TIMEOUT]);
    check_each_fired_by_itself(&run, Duration::from_secs(3));
    let seen = peer.seen();
    assert!(!seen.is_empty(), "{:?}", run.ends());
    for seen in seen {
        let row = run.row(seen.deadline_unix_ns);
        assert_eq!((row.status, row.code), OK, "{seen:?}");
        // Half a timeout: whoever waited for the shut connection would be later.
        let late_ns = seen.at_unix_ns - run.due_unix_ns(seen.deadline_unix_ns);
        assert!(late_ns < 1_500_000_000, "{late_ns} ns late: {row:?}");
    }
}

/// A request whose last byte never left has no time of sending, however long it was tried.
#[test]
fn what_never_left_was_never_sent() {
    let fixture = short();
    let peer = Peer::with_settings(SHUT, 0, Link::ignore);
    let run = fixture.outcomes_at(peer.address, &["--timeout", "300"]);
    run.check_honest(&fixture, &peer);
    let sent = run.rows.iter().find(|row| row.sent.is_some());
    assert!(sent.is_none(), "no body may leave, and this one says it did: {sent:?}");
}

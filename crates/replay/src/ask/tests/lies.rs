//! Servers that answer badly: each question ends, and says what was wrong.

use super::liar::Link;
use super::liar::frame::{
    self, GOOD_HEADERS, GOOD_TRAILERS, data, go_away, headers, last_headers, prefixed, reply_of,
    reset,
};
use super::*;

/// The bytes that answer the call on a stream, and whether the connection closes after them.
type Lie = (fn(u32) -> Vec<u8>, bool);

const STAYS: bool = false;
const CLOSES: bool = true;

fn connect(liar: &Liar) -> Asker<'static> {
    Asker::connect(&dialler(liar.address, PATIENT), &Metadata::default(), &never).unwrap()
}

/// What a call comes to that is answered with a lie.
fn told((lie, closes): Lie, timeout: Duration) -> Result<Vec<u8>, Refusal> {
    let liar = Liar::start(move |link| {
        if link.greet()
            && let Some(stream) = link.call()
        {
            link.write(&lie(stream));
            if !closes {
                link.listen();
            }
        }
    });
    let mut asker = connect(&liar);
    asker.timeout = timeout;
    asker.call("/a.B/C", b"what")
}

#[test]
fn what_is_no_answer_says_what_it_is() {
    let cases: &[(Lie, &str)] = &[
        ((|_| Vec::new(), CLOSES), "the connection broke before the answer was whole"),
        ((|s| headers(s, GOOD_HEADERS), CLOSES), "the connection broke before"),
        ((|s| cut(s, 2), CLOSES), "the connection broke before"),
        ((|s| cut(s, 7), CLOSES), "the connection broke before"),
        ((|s| [cut(s, 2), end(s)].concat(), STAYS), "the reply is OK and has no message"),
        ((|s| [cut(s, 7), end(s)].concat(), STAYS), "ends after 7 of 10 bytes, in the middle of"),
        ((|s| last_headers(s, &[GOOD_HEADERS, GOOD_TRAILERS].concat()), STAYS), "has no message"),
        (
            (|s| html(s, "404"), STAYS),
            "not answer with gRPC, but with HTTP 404 Not Found (text/html",
        ),
        ((|s| html(s, "200"), STAYS), "with HTTP 200 OK (text/html; charset=utf-8)"),
        ((|s| last_headers(s, &[(":status", "503")]), STAYS), "Unavailable (no content type)"),
        ((compressed, STAYS), "the reply is compressed (gzip)"),
        ((|s| body(s, &[9; 20]), STAYS), "the reply begins with 9"),
        ((|s| body(s, &[0, 4, 0, 0, 1]), STAYS), "has 67108865 bytes, and replay reads 64 MiB"),
        (
            (|s| [body(s, &[0; 5]), last_headers(s, &[])].concat(), STAYS),
            "ends without a gRPC status",
        ),
        (
            (|s| reset(s, frame::REFUSED_STREAM), STAYS),
            "the server reset the call (REFUSED_STREAM)",
        ),
        ((|_| go_away(0, frame::NO_ERROR), STAYS), "goodbye (GOAWAY NO_ERROR)"),
        ((|_| go_away(0, frame::ENHANCE_YOUR_CALM), STAYS), "goodbye (GOAWAY ENHANCE_YOUR_CALM)"),
        ((|_| vec![0xa5; 64], STAYS), "what the server sent is not HTTP/2"),
        ((|s| data(s, b"no headers"), STAYS), "what the server sent is not HTTP/2"),
    ];
    for (index, (lie, expected)) in cases.iter().enumerate() {
        match told(*lie, PATIENT) {
            Err(Refusal::NoAnswer(words)) if words.contains(expected) => {}
            other => panic!("case {index}, which should say '{expected}': {other:?}"),
        }
    }
}

/// Headers and data of a reply.
fn body(stream: u32, bytes: &[u8]) -> Vec<u8> {
    [headers(stream, GOOD_HEADERS), data(stream, bytes)].concat()
}

/// Some bytes of a reply that would have ten.
fn cut(stream: u32, count: usize) -> Vec<u8> {
    body(stream, &prefixed(b"12345")[..count])
}

fn end(stream: u32) -> Vec<u8> {
    last_headers(stream, GOOD_TRAILERS)
}

fn html(stream: u32, status: &str) -> Vec<u8> {
    let fields = [(":status", status), ("content-type", "text/html; charset=utf-8")];
    [headers(stream, &fields), data(stream, b"<p>hello"), end(stream)].concat()
}

fn compressed(stream: u32) -> Vec<u8> {
    let fields = [GOOD_HEADERS, &[("grpc-encoding", "gzip")]].concat();
    [headers(stream, &fields), data(stream, &[1, 0, 0, 0, 1, 7])].concat()
}

/// What is said of a question that [`HASTY`] was too short for.
fn unanswered() -> String {
    format!("no whole answer within {HASTY:?} (--connect-timeout gives it longer)")
}

#[test]
fn who_says_too_little_or_too_much_has_a_time() {
    let cases: &[Lie] = &[
        (|_| Vec::new(), STAYS),
        (|s| headers(s, GOOD_HEADERS), STAYS),
        (|s| cut(s, 7), STAYS),
        (|_| frame::frame(0x7f, 0, 0, &[7; 100]), STAYS),
    ];
    for lie in cases {
        let words = told(*lie, HASTY).unwrap_err().to_string();
        assert_eq!(words, unanswered());
    }
}

/// What it says is never an answer, and never ends.
#[test]
fn a_flood_has_a_time() {
    let flood = Liar::start(|link| {
        if link.greet() && link.call().is_some() {
            let drops = frame::frame(0x7f, 0, 0, &[7; 100]).repeat(1_000);
            while link.write(&drops) {}
        }
    });
    let mut asker = connect(&flood);
    asker.timeout = HASTY;
    let words = asker.call("/a.B/C", &[]).unwrap_err().to_string();
    assert_eq!(words, unanswered());
}

#[test]
fn a_status_counts_for_more_than_the_message_before_it() {
    let failed: Lie = (
        |s| {
            let fields = [("grpc-status", "5"), ("grpc-message", "no%20such%25")];
            [body(s, &prefixed(b"well")), last_headers(s, &fields)].concat()
        },
        STAYS,
    );
    let message = "no such%".to_owned();
    assert_eq!(told(failed, PATIENT), Err(Refusal::Status { code: 5, message }));
}

#[test]
fn the_first_message_of_a_stream_is_the_answer() {
    let cases: &[(Lie, Duration)] = &[
        ((|s| reply_of(s, &two()), STAYS), PATIENT),
        // One that stays open: as soon as another message begins, or else when its time is up.
        ((|s| body(s, &two()[..11]), STAYS), PATIENT),
        ((|s| body(s, &prefixed(b"first")), STAYS), HASTY),
        ((byte_by_byte, STAYS), PATIENT),
    ];
    for (lie, timeout) in cases {
        assert_eq!(told(*lie, *timeout).unwrap(), b"first");
    }
    assert_eq!(told((|s| reply_of(s, &prefixed(b"")), STAYS), PATIENT).unwrap(), b"");
}

fn byte_by_byte(stream: u32) -> Vec<u8> {
    let pieces = two().into_iter().flat_map(|byte| data(stream, &[byte]));
    headers(stream, GOOD_HEADERS).into_iter().chain(pieces).collect()
}

/// Two messages.
fn two() -> Vec<u8> {
    [prefixed(b"first"), prefixed(b"second")].concat()
}

/// A question that came to nothing does not keep the next from being asked; one that the server
/// will not have does.
#[test]
fn a_connection_outlives_a_bad_answer_and_not_a_goodbye() {
    let good = |stream: u32| reply_of(stream, &prefixed(b"good"));
    let liar = Liar::start(move |link: &mut Link| {
        link.greet();
        for lie in [html(1, "404"), reset(3, frame::CANCEL), good(5)] {
            link.call();
            link.write(&lie);
        }
        link.call();
        link.write(&[go_away(7, frame::NO_ERROR), good(7)].concat());
        link.listen();
    });
    let mut asker = connect(&liar);
    let mut ask = || asker.call("/a.B/C", b"what").map_err(|refusal| refusal.to_string());
    assert!(ask().unwrap_err().contains("HTTP 404"));
    assert!(ask().unwrap_err().contains("CANCEL"));
    assert_eq!(ask().unwrap(), b"good");
    assert_eq!(ask().unwrap(), b"good", "it was asked before the goodbye");
    let words = ask().unwrap_err();
    assert!(words.contains("goodbye") || words.contains("closed the connection"), "{words}");
}

//! Replies of every form: whole ones in pieces, and pieces that are no whole.

use outcome::{Code, Status};

use crate::support::frame::{
    self, CONTINUATION, DATA, END_HEADERS, END_STREAM, GOOD_HEADERS, GOOD_TRAILERS, HEADERS,
    NO_ERROR, PADDED, block, data, frame, headers, last_headers, message, prefixed, reply_of,
};
use crate::support::peer::{Call, Peer};
use crate::support::{BAD_REPLY, BROKEN, End, Fixture, IMAGE, OK, error, patient_trace, text};

/// What is sent for a call, and how it may then end.
struct Reply {
    name: String,
    bytes: Box<dyn Fn(Call) -> Vec<u8> + Send + Sync>,
    ends: Vec<End>,
}

fn reply(
    name: impl Into<String>,
    ends: &[End],
    bytes: impl Fn(Call) -> Vec<u8> + Send + Sync + 'static,
) -> Reply {
    Reply { name: name.into(), bytes: Box::new(bytes), ends: ends.to_vec() }
}

/// Replays at a peer that gives each of `replies` in turn, and holds each row against its own.
fn check(replies: Vec<Reply>) {
    let fixture = Fixture::brief();
    let replies = std::sync::Arc::new(replies);
    let given = std::sync::Arc::clone(&replies);
    let peer = Peer::start(move |link| {
        while let Some(call) = link.call() {
            let reply = &given[call.index % given.len()];
            let bytes = (reply.bytes)(call);
            if reply.ends.contains(&OK) {
                link.answer_with(call, &bytes)
            } else {
                link.write(&bytes)
            };
        }
    });
    let run = fixture.outcomes_at(peer.address, &["--timeout", "20000"]);
    run.check_honest(&fixture, &peer);
    let seen = peer.seen();
    assert_eq!(seen.len(), run.rows.len(), "every request arrives: {:?}", run.ends());
    assert!(seen.len() >= 2 * replies.len(), "too few requests for so many replies");
    for (index, seen) in seen.iter().enumerate() {
        let Reply { name, ends, .. } = &replies[index % replies.len()];
        let row = run.row(seen.deadline_unix_ns);
        let end = (row.status, row.code);
        assert!(ends.contains(&end), "{name}: {end:?} is none of {ends:?}");
    }
}

/// The reply to a call that says yes.
fn yes(call: Call) -> Vec<u8> {
    message(call.deadline_unix_ns, true)
}

#[test]
fn a_whole_reply_is_ok_however_it_is_cut() {
    check(vec![
        reply("plain", &[OK], |call| reply_of(call.stream, &yes(call))),
        reply("a byte a frame", &[OK], |call| {
            let pieces = yes(call).chunks(1).flat_map(|byte| data(call.stream, byte)).collect();
            [headers(call.stream, GOOD_HEADERS), pieces, last_headers(call.stream, GOOD_TRAILERS)]
                .concat()
        }),
        reply("frames without bytes", &[OK], |call| {
            let empty = data(call.stream, &[]);
            let body = [empty.clone(), data(call.stream, &yes(call)), empty].concat();
            [headers(call.stream, GOOD_HEADERS), body, last_headers(call.stream, GOOD_TRAILERS)]
                .concat()
        }),
        reply("padded", &[OK], |call| {
            let padded = [&[3], &yes(call)[..], &[0; 3]].concat();
            let body = frame(DATA, PADDED, call.stream, &padded);
            [headers(call.stream, GOOD_HEADERS), body, last_headers(call.stream, GOOD_TRAILERS)]
                .concat()
        }),
        reply("an empty last frame after the trailers' place", &[BAD_REPLY], |call| {
            let body = [data(call.stream, &yes(call)), frame(DATA, END_STREAM, call.stream, &[])];
            [headers(call.stream, GOOD_HEADERS), body.concat()].concat()
        }),
        reply("headers in pieces", &[OK], |call| {
            let block = block(GOOD_HEADERS);
            let (first, rest) = block.split_at(5);
            let mut bytes = frame(HEADERS, 0, call.stream, first);
            for piece in rest.chunks(3) {
                bytes.extend(frame(CONTINUATION, 0, call.stream, piece));
            }
            bytes.extend(frame(CONTINUATION, END_HEADERS, call.stream, &[]));
            bytes.extend(data(call.stream, &yes(call)));
            [bytes, last_headers(call.stream, GOOD_TRAILERS)].concat()
        }),
        // RFC 9110, 15.2: any number of 1xx may come before the answer.
        reply("informational headers first", &[OK], |call| {
            let early = [":status", "103"].map(str::to_owned);
            let hints = headers(call.stream, &[(&early[0], &early[1]), ("link", "</a>")]);
            let wait = headers(call.stream, &[(":status", "100")]);
            [wait, hints, reply_of(call.stream, &yes(call))].concat()
        }),
        reply("long headers", &[OK, error(Code::Internal)], |call| {
            let long = "x".repeat(12_000);
            let first = [GOOD_HEADERS, &[("x-long", &long)]].concat();
            let trailers = [GOOD_TRAILERS, &[("x-long", &long)]].concat();
            let body = data(call.stream, &yes(call));
            [headers(call.stream, &first), body, last_headers(call.stream, &trailers)].concat()
        }),
        // RFC 9113, 8.1: a server that needs no more of the request says so after its answer.
        reply("reset without error after the end", &[OK], |call| {
            [reply_of(call.stream, &yes(call)), frame::reset(call.stream, NO_ERROR)].concat()
        }),
        // Field 9 is of a newer contract.
        reply("a field that nobody knows", &[OK], |call| {
            let body = yes(call);
            reply_of(
                call.stream,
                &prefixed(&[&body[wire::FRAME_PREFIX_LEN..], &[0x48, 1]].concat()),
            )
        }),
        // Schedulers that echo nothing are let pass.
        reply("no echo", &[OK], |call| reply_of(call.stream, &message(0, true))),
        reply("no success", &[(Status::Rejected, None)], |call| {
            reply_of(call.stream, &message(call.deadline_unix_ns, false))
        }),
    ]);
}

#[test]
fn what_is_no_whole_reply_is_a_bad_one() {
    let trailers = |name, trailers: &'static [(&str, &str)]| {
        reply(name, &[BAD_REPLY], move |call| {
            let body = data(call.stream, &yes(call));
            [headers(call.stream, GOOD_HEADERS), body, last_headers(call.stream, trailers)].concat()
        })
    };
    let body = |name, body: fn(Call) -> Vec<u8>| {
        reply(name, &[BAD_REPLY], move |call| reply_of(call.stream, &body(call)))
    };
    check(vec![
        reply("no trailers", &[BAD_REPLY], |call| {
            let body = frame(DATA, END_STREAM, call.stream, &yes(call));
            [headers(call.stream, GOOD_HEADERS), body].concat()
        }),
        reply("headers alone", &[BAD_REPLY], |call| last_headers(call.stream, GOOD_HEADERS)),
        reply("OK without a message", &[BAD_REPLY], |call| {
            last_headers(call.stream, &[GOOD_HEADERS, GOOD_TRAILERS].concat())
        }),
        trailers("trailers without a status", &[("x-other", "0")]),
        body("an empty body", |_| Vec::new()),
        body("half a prefix", |_| vec![0, 0, 0]),
        body("a message cut short", |call| {
            let mut body = yes(call);
            body.pop();
            body
        }),
        body("two replies", |call| yes(call).repeat(2)),
        body("a length without end", |_| vec![0, 0xff, 0xff, 0xff, 0xff, 1, 2, 3]),
        body("compressed, though nobody asked", |call| {
            let mut body = yes(call);
            body[0] = 1;
            body
        }),
        body("no gRPC", |_| b"<html>".to_vec()),
        body("no protobuf", |_| prefixed(&[0xff; 12])),
        // Only the request that it was meant for could be answered by it.
        body("another's deadline", |call| message(call.deadline_unix_ns - 1, true)),
        body("a deadline before time", |_| message(-1, true)),
        // RFC 9113, 8.1.1: more or fewer bytes than announced is malformed, which gRPC knows as
        // PROTOCOL_ERROR, and so INTERNAL.
        reply("fewer bytes than announced", &[BAD_REPLY, error(Code::Internal)], |call| {
            let first = [GOOD_HEADERS, &[("content-length", "1000")]].concat();
            let body = data(call.stream, &yes(call));
            [headers(call.stream, &first), body, last_headers(call.stream, GOOD_TRAILERS)].concat()
        }),
    ]);
}

#[test]
fn each_grpc_status_has_its_name() {
    let mut replies = Vec::new();
    for number in 1..=16 {
        let code = Code::from_grpc(number).unwrap();
        let end = match code {
            Code::Cancelled => (Status::Cancelled, Some(code)),
            Code::DeadlineExceeded => (Status::Expired, Some(code)),
            Code::Unavailable => BROKEN,
            code => error(code),
        };
        let text = number.to_string();
        let alone = text.clone();
        replies.push(reply(format!("headers alone, {code}"), &[end], move |call| {
            last_headers(call.stream, &[GOOD_HEADERS, &[("grpc-status", &alone)]].concat())
        }));
        // A message does not make good what the status says.
        replies.push(reply(format!("after a message, {code}"), &[end], move |call| {
            let body = data(call.stream, &yes(call));
            let trailers = last_headers(call.stream, &[("grpc-status", &text)]);
            [headers(call.stream, GOOD_HEADERS), body, trailers].concat()
        }));
    }
    // gRPC, statuscodes.md: numbers out of range, and what is no number, are UNKNOWN.
    for text in ["17", "99", "-1", "", "zero", "99999999999999999999"] {
        let name = format!("status '{text}'");
        replies.push(reply(name, &[error(Code::Unknown)], move |call| {
            last_headers(call.stream, &[GOOD_HEADERS, &[("grpc-status", text)]].concat())
        }));
    }
    check(replies);
}

#[test]
fn each_http_status_has_grpcs_name() {
    let cases = [
        ("400", error(Code::Internal)),
        ("401", error(Code::Unauthenticated)),
        ("403", error(Code::PermissionDenied)),
        ("404", error(Code::Unimplemented)),
        ("429", BROKEN),
        ("502", BROKEN),
        ("503", BROKEN),
        ("504", BROKEN),
        ("204", error(Code::Unknown)),
        ("301", error(Code::Unknown)),
        ("418", error(Code::Unknown)),
        ("500", error(Code::Unknown)),
    ];
    let mut replies = Vec::new();
    for (status, end) in cases {
        replies.push(reply(format!("{status} alone"), &[end], move |call| {
            last_headers(call.stream, &[(":status", status)])
        }));
        replies.push(reply(format!("{status} and a page"), &[end], move |call| {
            let page = frame(DATA, END_STREAM, call.stream, b"<html>sorry</html>");
            let first = [(":status", status), ("content-type", "text/html")];
            [headers(call.stream, &first), page].concat()
        }));
    }
    // 200 from something that is not gRPC is UNKNOWN to gRPC, and no understandable answer to us.
    replies.push(reply("200 and a page", &[BAD_REPLY, error(Code::Unknown)], |call| {
        let page = frame(DATA, END_STREAM, call.stream, b"<html>hello</html>");
        [headers(call.stream, &[(":status", "200"), ("content-type", "text/html")]), page].concat()
    }));
    check(replies);
}

/// Answers come last one first, ten at a time, all on one connection.
#[test]
fn answers_out_of_order_find_their_requests() {
    const BATCH: usize = 10;
    let fixture = Fixture::brief();
    let count = fixture.ids().len();
    let peer = Peer::start(move |link| {
        let mut held = Vec::new();
        while let Some(call) = link.call() {
            held.push(call);
            if held.len() == BATCH || call.index + 1 == count {
                held.drain(..).rev().all(|call| link.answer(call));
            }
        }
    });
    let flags = ["--connections", "1", "--timeout", "20000"];
    let run = fixture.outcomes_at(peer.address, &flags);
    run.check_honest(&fixture, &peer);
    run.check_ends(&[OK]);
    for batch in peer.seen().chunks(BATCH) {
        let done = |deadline| run.row(deadline).done.unwrap();
        let (first, last) = (batch[0].deadline_unix_ns, batch[batch.len() - 1].deadline_unix_ns);
        assert!(done(last) <= done(first), "{}", text(&run.output));
    }
}

/// A server may know its answer before it has read the request. RFC 9113, 8.1: it then answers in
/// whole, and may reset the stream without error, or leave it to the client.
#[test]
fn an_answer_that_comes_before_the_body_is_read_counts() {
    let fixture = Fixture::with_trace(&patient_trace(IMAGE, 40.0, 1_000));
    // No byte of a body may be sent.
    let shut = [(frame::INITIAL_WINDOW_SIZE, 0)];
    let peer = Peer::with_settings(&shut, 0, |link| {
        while let Some(frame) = link.frame() {
            if frame.kind == HEADERS {
                let no = last_headers(frame.stream, &[GOOD_HEADERS, TOO_MUCH].concat());
                let yes = frame::good_reply(frame.stream, 0);
                let done = frame::reset(frame.stream, NO_ERROR);
                match frame.stream % 8 {
                    1 => link.write(&no),
                    3 => link.write(&[no, done].concat()),
                    5 => link.write(&yes),
                    _ => link.write(&[yes, done].concat()),
                };
            }
        }
    });
    let flags = ["--connections", "1", "--timeout", "20000"];
    let run = fixture.outcomes_at(peer.address, &flags);
    run.check_complete(&fixture);
    run.check_ends(&[OK, error(Code::ResourceExhausted)]);
    let half = run.rows.len() / 2;
    assert!(run.count(Status::Ok).abs_diff(half) <= 1, "{:?}", run.ends());
}

/// What a server says that has no room.
const TOO_MUCH: &[(&str, &str)] = &[("grpc-status", "8")];

/// A server that was busy answers many requests at once; no reply is too many, however it comes.
#[test]
fn a_burst_of_replies_is_read_whole() {
    let fixture = Fixture::brief();
    let count = fixture.ids().len();
    let peer = Peer::start(move |link| {
        let mut burst = Vec::new();
        while let Some(call) = link.call() {
            burst.extend(frame::good_reply(call.stream, call.deadline_unix_ns));
            // The last one releases them all.
            if call.index + 1 == count {
                link.answer_all_with(&burst);
            }
        }
    });
    let flags = ["--connections", "1", "--timeout", "20000"];
    let run = fixture.outcomes_at(peer.address, &flags);
    run.check_honest(&fixture, &peer);
    run.check_ends(&[OK]);
}

/// The mapping "is to be used only for clients that received a response that did not include
/// grpc-status. If grpc-status was provided, it must be used."
#[test]
fn a_grpc_status_goes_before_the_http_status() {
    // A status of OK makes no answer of a page, whichever of the two is believed.
    let cases: [(_, _, &[End]); 3] = [
        ("503", "8", &[error(Code::ResourceExhausted)]),
        ("404", "14", &[BROKEN]),
        ("502", "0", &[BROKEN, BAD_REPLY]),
    ];
    let replies = cases.map(|(status, grpc, ends)| {
        reply(format!("{status} and {grpc}"), ends, move |call| {
            last_headers(call.stream, &[(":status", status), ("grpc-status", grpc)])
        })
    });
    check(replies.into());
}

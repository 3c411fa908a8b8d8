//! What passes is what was sent, in both directions.

use bytes::Bytes;
use h2::Reason;
use http::HeaderMap;

use crate::support::{
    Character, Client, Recorder, Scheduler, answer, body, poll_until, runtime, within,
};

#[test]
fn every_byte_header_and_trailer_passes_both_ways() {
    let scheduler = Scheduler::start(Character::Echo);
    let recorder = Recorder::start(scheduler.address, &[]);
    // Larger than a frame, a buffer and the window that a client begins with.
    let whole: Bytes = (0..3_000_000_u32).map(|index| ((index * 31) >> 3) as u8).collect();
    let answer = runtime().block_on(async {
        let client = Client::connect(recorder.address).await;
        let request = client
            .request("/any.Service/Method")
            .header("x-text", "a b; c")
            .header("x-data-bin", "//79")
            .header("x-twice", "1")
            .header("x-twice", "2")
            .header("grpc-timeout", "9S");
        let (response, mut stream) = client.start(request).await;
        stream.send_data(whole.clone(), false).unwrap();
        let trailers: HeaderMap =
            [("x-last".parse().unwrap(), "3".parse().unwrap())].into_iter().collect();
        stream.send_trailers(trailers).unwrap();
        within(answer(response)).await.unwrap()
    });

    let seen = scheduler.seen().pop().unwrap();
    assert!(seen.body == whole, "the scheduler got {} of {}", seen.body.len(), whole.len());
    assert_eq!(seen.head.uri.to_string(), "http://service.example:1/any.Service/Method");
    assert_eq!(seen.trailers.unwrap()["x-last"], "3");
    let headers = &seen.head.headers;
    let expected = [
        ("te", "trailers"),
        ("content-type", "application/grpc"),
        ("x-text", "a b; c"),
        ("x-data-bin", "//79"),
        ("grpc-timeout", "9S"),
    ];
    for (name, value) in expected {
        assert_eq!(headers[name], value, "{name}");
    }
    assert!(headers.get_all("x-twice").iter().eq(["1", "2"]));
    assert_eq!(headers.len(), expected.len() + 2, "nothing is added: {headers:?}");

    assert!(answer.body == whole, "the client got {} of {}", answer.body.len(), whole.len());
    assert_eq!(answer.head.headers["content-type"], "application/grpc+proto");
    assert!(answer.head.headers.get_all("x-twice").iter().eq(["1", "2"]));
    assert_eq!(answer.head.headers.len(), 3);
    assert_eq!(answer.trailers.unwrap()["x-end-bin"], "AAEC");
}

/// Each piece is sent only after the one before it has come back.
#[test]
fn streams_pass_piece_by_piece() {
    let scheduler = Scheduler::start(Character::Echo);
    let recorder = Recorder::start(scheduler.address, &["--threads", "2"]);
    runtime().block_on(async {
        let client = Client::connect(recorder.address).await;
        let (response, mut stream) = client.start(client.request("/any.Service/Stream")).await;
        let mut back = within(response).await.unwrap().into_body();
        for piece in [&b"one"[..], b"two", b"three"] {
            stream.send_data(Bytes::from_static(piece), false).unwrap();
            assert_eq!(within(back.data()).await.unwrap().unwrap(), piece);
        }
        stream.send_data(Bytes::new(), true).unwrap();
        assert!(within(back.data()).await.is_none());
        assert_eq!(within(back.trailers()).await.unwrap().unwrap()["grpc-status"], "0");
    });
}

#[test]
fn a_status_alone_passes() {
    let scheduler = Scheduler::start(Character::Refusing);
    let recorder = Recorder::start(scheduler.address, &[]);
    let answer = runtime().block_on(async {
        Client::connect(recorder.address).await.infer(1, body("m", &[4], 0)).await
    });
    assert_eq!(answer.grpc_status(), "7");
    assert_eq!(answer.head.headers["grpc-message"], "not%20you");
    assert_eq!((answer.body.len(), answer.trailers), (0, None));
    let (_, rows) = recorder.stop().trace();
    assert_eq!(rows.len(), 1, "it arrived, whatever was answered");
}

#[test]
fn a_reset_passes_with_its_reason() {
    for reason in [Reason::REFUSED_STREAM, Reason::ENHANCE_YOUR_CALM] {
        let scheduler = Scheduler::start(Character::Resetting(reason));
        let recorder = Recorder::start(scheduler.address, &[]);
        let error = runtime().block_on(async {
            let client = Client::connect(recorder.address).await;
            client.call(client.request(wire::INFER_PATH), body("m", &[4], 0)).await.unwrap_err()
        });
        assert_eq!(error.reason(), Some(reason), "{error}");
    }
}

#[test]
fn a_client_that_gives_up_is_given_up_at_the_scheduler_too() {
    let scheduler = Scheduler::start(Character::Silent);
    let recorder = Recorder::start(scheduler.address, &[]);
    let runtime = runtime();
    let client = runtime.block_on(Client::connect(recorder.address));
    let (response, mut stream) = runtime.block_on(client.start(client.request(wire::INFER_PATH)));
    stream.send_data(body("m", &[4], 0), true).unwrap();
    poll_until(|| scheduler.seen().len() == 1, "the request");
    drop((response, stream));
    poll_until(|| scheduler.resets() == [Reason::CANCEL], "the reset");
    let (_, rows) = recorder.stop().trace();
    assert_eq!(rows.len(), 1);
}

#[test]
fn a_scheduler_that_is_gone_is_unavailable_and_requests_are_recorded() {
    let scheduler = Scheduler::start(Character::Echo);
    let address = scheduler.address;
    let recorder = Recorder::start(address, &["--json"]);
    let runtime = runtime();
    let client = runtime.block_on(Client::connect(recorder.address));
    assert_eq!(runtime.block_on(client.infer(1, body("m", &[4], 0))).grpc_status(), "0");
    drop(scheduler);
    for id in 2..5 {
        let answer = runtime.block_on(client.infer(id, body("m", &[4], 0)));
        assert_eq!(answer.grpc_status(), "14");
        let headers = &answer.head.headers;
        assert!(headers["grpc-message"].to_str().unwrap().starts_with("trace-record"));
        assert_eq!(headers["content-type"], "application/grpc");
    }
    // The same client goes on when it is back.
    let _scheduler = Scheduler::start_at(address, Character::Echo);
    let mut id = 5;
    poll_until(
        || {
            id += 1;
            runtime.block_on(client.infer(id, body("m", &[4], 0))).grpc_status() == "0"
        },
        "an answer",
    );
    let ended = recorder.stop();
    let (_, rows) = ended.trace();
    assert_eq!(rows.len(), id as usize - 1);
    assert!(ended.json()["unavailable"].as_u64().unwrap() >= 3);
}

/// A call that has its answer's headers when the scheduler dies ends in trailers that say so.
#[test]
fn a_scheduler_that_dies_in_mid_answer_is_unavailable() {
    let scheduler = Scheduler::start(Character::Echo);
    let recorder = Recorder::start(scheduler.address, &[]);
    runtime().block_on(async {
        let client = Client::connect(recorder.address).await;
        let (response, _stream) = client.start(client.request("/any.Service/Stream")).await;
        let mut back = within(response).await.unwrap().into_body();
        drop(scheduler);
        assert!(within(back.data()).await.is_none());
        assert_eq!(within(back.trailers()).await.unwrap().unwrap()["grpc-status"], "14");
    });
}

#[test]
fn who_does_not_speak_http2_harms_nobody() {
    use std::io::{Read, Write};

    let scheduler = Scheduler::start(Character::Echo);
    let recorder = Recorder::start(scheduler.address, &[]);
    for bytes in [&b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"[..], &[0xff; 100], b""] {
        let mut socket = std::net::TcpStream::connect(recorder.address).unwrap();
        socket.write_all(bytes).unwrap();
        socket.shutdown(std::net::Shutdown::Write).unwrap();
        // Closed by the proxy, with or without a word.
        let _ = socket.read_to_end(&mut Vec::new());
    }
    let answer = runtime().block_on(async {
        Client::connect(recorder.address).await.infer(1, body("m", &[4], 0)).await
    });
    assert_eq!(answer.grpc_status(), "0");
}

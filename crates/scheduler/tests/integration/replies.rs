//! What a request is answered, one case each.

use std::time::Duration;

use scheduler::Config;
use tonic::metadata::MetadataValue;
use tonic::{Code, Request};
use wire::{InferRequest, REQUEST_ID_HEADER};

use crate::support::{Answer, Fixture, ago, config, in_future, request};

const MINUTE: Duration = Duration::from_secs(60);

/// Asserts that the answer is this refusal, for a reason that has all these words.
fn assert_refused(answer: &Answer, code: Code, words: &[&str]) {
    let status = answer.as_ref().expect_err("the request should have been refused");
    assert_eq!(status.code(), code, "{status}");
    for word in words {
        assert!(status.message().contains(word), "{word:?} is missing: {status}");
    }
}

#[test]
fn a_served_request_echoes_its_deadline() {
    let fixture = Fixture::new(config());
    let deadline_ns = in_future(MINUTE);
    let reply = fixture.ask(InferRequest { deadline_ns, ..request(1, "quick") }).unwrap();
    assert_eq!((reply.success, reply.deadline_ns), (true, deadline_ns));
    assert_eq!(reply.message, "");
}

#[test]
fn no_deadline_is_never_too_late() {
    let fixture = Fixture::new(Config { policy: "edf:late=drop".into(), ..config() });
    let reply = fixture.ask(request(3, "quick")).unwrap();
    assert_eq!((reply.success, reply.deadline_ns), (true, 0));
}

#[test]
fn a_request_that_comes_after_its_deadline_has_expired() {
    // Whatever the policy: there is nothing to decide any more.
    for policy in ["edf", "edf:late=drop"] {
        let fixture = Fixture::new(Config { policy: policy.into(), ..config() });
        for deadline_ns in [ago(MINUTE), 1, -1, i64::MIN] {
            let answer = fixture.ask(InferRequest { deadline_ns, ..request(1, "quick") });
            assert_refused(&answer, Code::DeadlineExceeded, &["expired", "after its deadline"]);
        }
    }
}

#[test]
fn a_request_that_waits_past_its_deadline_expires_where_the_policy_drops() {
    let fixture = Fixture::new(Config { policy: "edf:late=drop".into(), ..config() });
    fixture.runtime.block_on(async {
        // The second's deadline is the first's start and a little; the first runs for 250 ms.
        let soon = in_future(Duration::from_millis(120));
        let first = fixture.client.send(InferRequest { deadline_ns: 0, ..request(1, "slow") });
        fixture.client.ask(Request::new(request(9, "quick"))).await.unwrap_err();
        let second = fixture.client.send(InferRequest { deadline_ns: soon, ..request(1, "quick") });
        assert!(first.await.unwrap().unwrap().success);
        assert_refused(&second.await.unwrap(), Code::DeadlineExceeded, &["expired"]);
    });
}

#[test]
fn what_is_no_tier_is_refused() {
    let fixture = Fixture::new(config());
    for tier in [9, 0, -1, 4, i32::MAX, i32::MIN] {
        let answer = fixture.ask(request(tier, "quick"));
        assert_refused(&answer, Code::InvalidArgument, &[&tier.to_string(), "1, 2 or 3"]);
    }
}

#[test]
fn a_tensor_must_fill_its_shape() {
    let fixture = Fixture::new(config());
    for shape in [vec![1, 5], vec![3], vec![0], vec![-1, -4], vec![i32::MAX; 9]] {
        let words = format!("{shape:?}");
        let answer = fixture.ask(InferRequest { input_shape: shape, ..request(1, "quick") });
        assert_refused(&answer, Code::InvalidArgument, &["has 4 numbers", &words]);
    }
    let answer = fixture.ask(InferRequest { input_shape: Vec::new(), ..request(1, "quick") });
    assert!(answer.unwrap().success, "no shape is any shape");
}

#[test]
fn an_unknown_model_is_not_found_and_the_known_ones_are_named() {
    let answer = Fixture::new(config()).ask(request(1, "gpt"));
    assert_refused(&answer, Code::NotFound, &["no model 'gpt'", "quick, slow, stuck"]);
}

#[test]
fn a_request_id_is_a_decimal_integer() {
    let fixture = Fixture::new(config());
    let ask = |id: MetadataValue<_>| {
        let mut request = Request::new(request(1, "quick"));
        request.metadata_mut().insert(REQUEST_ID_HEADER, id);
        fixture.ask(request)
    };
    for id in ["", "x", "1.5", "0x1f", "9223372036854775808"] {
        let answer = ask(id.parse().unwrap());
        assert_refused(&answer, Code::InvalidArgument, &[REQUEST_ID_HEADER, "decimal integer"]);
    }
    let bytes = MetadataValue::try_from(&b"\xfftext"[..]).unwrap();
    assert_refused(&ask(bytes), Code::InvalidArgument, &[REQUEST_ID_HEADER]);
    for id in ["0", "-7", "9223372036854775807"] {
        assert!(ask(id.parse().unwrap()).unwrap().success, "{id}");
    }
}

#[test]
fn requests_beyond_the_limit_in_flight_are_turned_away() {
    // One permit is held by `stuck` until the server ends. Until it has come, `quick` is served.
    let fixture = Fixture::new(Config {
        in_flight_max: 1,
        worker_count: 2,
        grace: Duration::ZERO,
        ..config()
    });
    let deadline_ns = in_future(MINUTE);
    let refusal = fixture.runtime.block_on(async {
        let _stuck = fixture.client.send(request(1, "stuck"));
        // A connection takes no more streams than the limit; another one has its own.
        let other = crate::support::Client::connect(&fixture.server.address().to_string()).await;
        loop {
            let request = InferRequest { deadline_ns, ..request(1, "quick") };
            let reply = other.ask(Request::new(request)).await.unwrap();
            if !reply.success {
                break reply;
            }
        }
    });
    assert_eq!(refusal.message, "1 requests are in flight already");
    assert_eq!(refusal.deadline_ns, deadline_ns, "a refusal echoes the deadline too");
}

#[test]
fn a_message_over_the_limit_is_out_of_range() {
    let fixture = Fixture::new(Config { message_size_max: 1_000, ..config() });
    let sized = |floats: usize| InferRequest {
        input_tensor: vec![0; floats * 4].into(),
        input_shape: vec![i32::try_from(floats).unwrap()],
        ..request(1, "quick")
    };
    assert_refused(&fixture.ask(sized(1_000)), Code::OutOfRange, &["1000 bytes"]);
    assert!(fixture.ask(sized(200)).unwrap().success, "the next one is served all the same");
}

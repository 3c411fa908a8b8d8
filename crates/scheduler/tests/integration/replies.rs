//! What a request is answered, one case each.

use std::time::Duration;

use scheduler::Config;
use tonic::metadata::MetadataValue;
use tonic::{Code, Request};
use wire::{InferRequest, REQUEST_ID_HEADER};

use crate::support::{
    Answer, Client, Fixture, ago, config, in_future, one_worker, profile, request,
};

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
    let profile = profile(&[("m", 1_500)]);
    let fixture = Fixture::new(Config {
        policy: "edf:late=drop".into(),
        emulation: one_worker(profile),
        ..config()
    });
    // One of them runs at once, past the deadline of all.
    let deadline_ns = in_future(Duration::from_millis(1_200));
    let answers = fixture.runtime.block_on(async {
        let send = |tier| fixture.client.send(InferRequest { deadline_ns, ..request(tier, "m") });
        let mut answers = Vec::new();
        for sent in [1, 2, 3].map(send) {
            answers.push(sent.await.unwrap());
        }
        answers
    });
    let (served, expired): (Vec<_>, Vec<_>) = answers.into_iter().partition(Result::is_ok);
    assert_eq!((served.len(), expired.len()), (1, 2), "{expired:?}");
    for answer in &expired {
        assert_refused(answer, Code::DeadlineExceeded, &["expired", "while it waited"]);
    }
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
    let fixture = Fixture::new(Config { in_flight_max: 2, ..config() });
    let deadline_ns = in_future(MINUTE);
    let refusal = fixture.runtime.block_on(async {
        let _in_flight = [1, 2].map(|tier| fixture.client.send(request(tier, "stuck")));
        fixture.wait_full().await;
        // A connection takes no more streams than the limit; another one has its own.
        let other = Client::connect(&fixture.address()).await;
        let request = InferRequest { deadline_ns, ..request(1, "quick") };
        other.ask(Request::new(request)).await.unwrap()
    });
    assert!(!refusal.success);
    assert_eq!(refusal.message, "2 requests are in flight already");
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

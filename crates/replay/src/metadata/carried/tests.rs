//! What a map's headers are let do, next to those of the user.

use request::Tier;
use targets::{Ask, Map, ModelShape, Refusal, Target, Traffic};

use super::*;
use crate::metadata::BearerToken;

/// Is asked nothing.
struct Nobody;

impl Ask for Nobody {
    fn call(&mut self, path: &str, _: &[u8]) -> Result<Vec<u8>, Refusal> {
        panic!("{path} was asked");
    }
}

const FACTS: Facts = Facts {
    id: 7,
    tier: Tier::Premium,
    slo: 0,
    model: 0,
    tensor_seed: 1,
    arrival_ns: 1_000,
    deadline_ns: 2_000,
    now_ns: 1_500,
};

/// With these headers, KEY=TEMPLATE.
fn protocol<T: AsRef<str>>(headers: &[T]) -> Protocol {
    let mut map = Map::default();
    for header in headers {
        let (key, template) = header.as_ref().split_once('=').unwrap();
        map.add_header(key, template).unwrap();
    }
    let model = ModelShape { name: "m".to_owned(), shape: vec![1], used: true };
    let traffic = Traffic { models: vec![model], slos: vec!["slow".to_owned()], slo_ns_max: 1_000 };
    Target::scheduler(map).bind(&traffic, &mut Nobody).unwrap()
}

fn metadata(headers: &[&str]) -> Metadata {
    Metadata::new(headers, None).unwrap()
}

fn applied(headers: &[&str]) -> HeaderMap {
    let protocol = protocol(headers);
    let carried = Carried::new(&protocol, &Metadata::default()).unwrap();
    carried.check(&protocol, &FACTS).unwrap();
    let mut call = HeaderMap::new();
    carried.apply(&protocol, &FACTS, &mut call);
    call
}

#[test]
fn values_are_of_the_request_and_travel_as_their_keys_want_it() {
    let call = applied(&["x-id=r{request_id}", "x-id-bin=r{request_id}"]);
    assert_eq!(
        (&call["x-id"], &call["x-id-bin"]),
        (&"r7".parse().unwrap(), &"cjc".parse().unwrap())
    );
}

#[test]
fn credentials_are_marked_as_those_of_the_user_are() {
    for key in ["Authorization", "proxy-authorization", "cookie"] {
        let headers = [&*format!("{key}=hush-{{tier}}"), "x-tier={tier}"];
        let call = applied(&headers);
        assert!(call[key].is_sensitive() && !call["x-tier"].is_sensitive(), "{key}");
        let carried = Carried::new(&protocol(&headers), &Metadata::default()).unwrap();
        assert!(carried.has_credentials(), "{key}");
    }
    let carried = Carried::new(&protocol(&["x-tier={tier}"]), &metadata(&["cookie=x"])).unwrap();
    assert!(!carried.has_credentials(), "the user's are not its own");
}

#[test]
fn who_sends_is_said_once() {
    let protocol = protocol(&["authorization=hush-{slo}"]);
    let token = BearerToken::new(b"hush", "here").unwrap();
    for other in [metadata(&["authorization=hush"]), Metadata::new(&[""; 0], Some(&token)).unwrap()]
    {
        let error = Carried::new(&protocol, &other).unwrap_err();
        assert_eq!(error, CarriedError::TwoTokens);
        assert!(!format!("{error} {error:?}").contains("hush"));
    }
    assert!(Carried::new(&protocol, &metadata(&["cookie=x"])).is_ok());
}

#[test]
fn headers_of_all_kinds_are_counted_together() {
    let keys = |count| (0..count).map(|index| format!("x-{index}=1")).collect::<Vec<_>>();
    let user = metadata(&["a=1"; 40]);
    let rest = HEADER_COUNT_MAX - 40;
    assert!(Carried::new(&protocol(&keys(rest)), &user).is_ok());
    let error = Carried::new(&protocol(&keys(rest + 1)), &user).unwrap_err();
    assert_eq!(error, CarriedError::Count { count: HEADER_COUNT_MAX + 1 });
}

#[test]
fn no_value_is_none_under_any_key() {
    for key in ["x-empty", "x-empty-bin"] {
        let protocol = protocol(&[format!("{key}=")]);
        let carried = Carried::new(&protocol, &Metadata::default()).unwrap();
        let error = carried.check(&protocol, &FACTS).unwrap_err().to_string();
        assert!(error.contains(&format!("{key} has no value")), "{error}");
    }
}

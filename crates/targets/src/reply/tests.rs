use proptest::prelude::*;
use prost::Message;
use prost_reflect::{DynamicMessage, Value};

use super::*;
use crate::facts::EXAMPLE;
use crate::testing::message;

const PROTO: &str = r#"
    syntax = "proto3";
    package t;
    enum State { UNKNOWN = 0; DONE = 1; LATE = -2; }
    message Status { State state = 2; string word = 16; Problem problem = 3; bytes raw = 4; }
    message Problem {}
    message Reply {
      bool success = 1;
      Status status = 2;
      sint64 code = 3;
      fixed32 short = 4;
      sfixed64 long = 5;
      uint64 seed = 6;
      string id = 7;
      repeated int32 many = 8;
      float share = 9;
      int64 deadline = 10;
    }
"#;

fn reply(map: &str) -> Result<Reply, String> {
    let map = Map::parse(map, "m.toml").unwrap();
    Reply::new(&message(PROTO, "t.Reply"), &map).map_err(|error| error.to_string())
}

/// The body of a reply whose fields are these, in protobuf's text format.
fn body(text: &str) -> Vec<u8> {
    let message = DynamicMessage::parse_text_format(message(PROTO, "t.Reply"), text).unwrap();
    framed(&message.encode_to_vec())
}

fn framed(message: &[u8]) -> Vec<u8> {
    [&wire::frame_prefix(message.len()).unwrap()[..], message].concat()
}

#[test]
fn a_field_of_any_kind_says_how_it_went() {
    let ok = (Status::Ok, None);
    let rejected = (Status::Rejected, None);
    let expired = (Status::Expired, None);
    for (map, text, expected) in [
        ("", "", ok),
        ("field = 'success'", "success: true", ok),
        ("field = 'success'", "", rejected),
        ("field = 'success'\notherwise = 'expired'", "", expired),
        ("field = 'success'\nvalues = { false = 'ok' }", "", ok),
        ("field = 'status.state'\nvalues = { DONE = 'ok' }", "status { state: DONE }", ok),
        (
            "field = 'status.state'\nvalues = { DONE = 'ok', -2 = 'expired' }",
            "status { state: LATE }",
            expired,
        ),
        ("field = 'status.state'\nvalues = { UNKNOWN = 'ok' }", "", ok),
        ("field = 'status.word'\nvalues = { fine = 'ok' }", "status { word: 'fine' }", ok),
        ("field = 'status.word'\nvalues = { '' = 'ok' }", "status {}", ok),
        ("field = 'status.word'\nvalues = { '' = 'ok' }", "status { word: 'x' }", rejected),
        ("field = 'status.raw'\nvalues = { x = 'ok' }", "status { raw: 'x' }", ok),
        ("field = 'status.problem'\nvalues = { unset = 'ok' }", "status {}", ok),
        ("field = 'status.problem'\nvalues = { unset = 'ok' }", "status { problem {} }", rejected),
        ("field = 'code'\nvalues = { -3 = 'ok' }", "code: -3", ok),
        ("field = 'code'\nvalues = { 0 = 'ok' }", "code: 1", rejected),
        ("field = 'code'\nvalues = { 1 = 'expired' }\notherwise = 'ok'", "code: 1", expired),
        ("field = 'code'\nvalues = { 1 = 'expired' }\notherwise = 'ok'", "", ok),
        ("field = 'short'\nvalues = { 4294967295 = 'ok' }", "short: 4294967295", ok),
        ("field = 'long'\nvalues = { -1 = 'ok' }", "long: -1", ok),
    ] {
        let read = reply(&format!("[reply]\n{map}")).unwrap();
        assert_eq!(read.end(0, "", &body(text), 0), expected, "{map}: {text}");
    }
}

#[test]
fn a_reply_that_echoes_something_else_answers_another_request() {
    let end = |echo: &str, facts: &Facts, text: &str| {
        let reply = reply(&format!("[reply]\necho = {echo}")).unwrap();
        reply.end(0, "", &body(text), reply.echo(facts))
    };
    let ok = (Status::Ok, None);
    let id = "{ field = 'id', value = '{request_id}' }";
    assert_eq!(end(id, &EXAMPLE, "id: '7'"), ok);
    assert_eq!(end(id, &EXAMPLE, ""), ok);
    assert_eq!(end(id, &EXAMPLE, "id: '8'"), BAD_REPLY);
    assert_eq!(end(id, &EXAMPLE, "id: 'x'"), BAD_REPLY);
    let deadline = "{ field = 'deadline', value = '{deadline_ns}' }";
    assert_eq!(end(deadline, &EXAMPLE, "deadline: 1700000000623456789"), ok);
    assert_eq!(end(deadline, &EXAMPLE, "deadline: 1700000000623456788"), BAD_REPLY);
    let seed = "{ field = 'seed', value = '{tensor_seed}' }";
    assert_eq!(end(seed, &EXAMPLE, "seed: 18446744073709551615"), ok);
    assert_eq!(end(seed, &EXAMPLE, "seed: 5"), BAD_REPLY);
    let text = "{ field = 'id', value = '{tensor_seed}' }";
    assert_eq!(end(text, &EXAMPLE, "id: '18446744073709551615'"), ok);
}

#[test]
fn each_grpc_status_has_its_own_meaning_until_the_map_gives_another() {
    let usual = reply("").unwrap();
    let end = |status| usual.end(status, "", &[], 0);
    assert_eq!(end(1), (Status::Cancelled, Some(Code::Cancelled)));
    assert_eq!(end(4), (Status::Expired, Some(Code::DeadlineExceeded)));
    assert_eq!(end(10), (Status::Error, Some(Code::Aborted)));
    assert_eq!(end(14), (Status::Unavailable, Some(Code::Unavailable)));
    assert_eq!(end(99), (Status::Error, Some(Code::Unknown)));

    let mapped = reply(
        "[[ending]]\ngrpc = 'UNAVAILABLE'\nmessage = 'timeout expired'\nstatus = 'expired'\n\
         [[ending]]\ngrpc = 'DEADLINE_EXCEEDED'\nstatus = 'timeout'",
    );
    let mapped = mapped.unwrap();
    let unavailable = Some(Code::Unavailable);
    let end = |message| mapped.end(14, message, &[], 0);
    assert_eq!(end("Request timeout expired"), (Status::Expired, unavailable));
    assert_eq!(end("shutting down"), (Status::Unavailable, unavailable));
    assert_eq!(mapped.end(4, "", &[], 0), (Status::Timeout, Some(Code::DeadlineExceeded)));
}

/// The table has no code for what ended well.
#[test]
fn a_status_of_grpc_can_be_ok() {
    let mapped = reply("[[ending]]\ngrpc = 'ALREADY_EXISTS'\nstatus = 'ok'").unwrap();
    assert_eq!(mapped.end(6, "", &[], 0), (Status::Ok, None));
}

#[test]
fn a_field_that_is_not_there_has_the_default_of_its_proto() {
    let proto = "syntax = 'proto2'; enum E { A = 3; B = 4; } message R { \
                 optional bool yes = 1 [default = true]; optional E e = 2; \
                 optional string s = 3 [default = 'fine']; }";
    for map in [
        "field = 'yes'",
        "field = 'e'\nvalues = { A = 'ok' }",
        "field = 's'\nvalues = { fine = 'ok' }",
    ] {
        let map = Map::parse(&format!("[reply]\n{map}"), "m.toml").unwrap();
        let read = Reply::new(&message(proto, "R"), &map).unwrap();
        assert_eq!(read.end(0, "", &framed(&[]), 0), (Status::Ok, None), "{map:?}");
    }
}

#[test]
fn the_last_member_of_a_oneof_clears_the_others() {
    let proto = "syntax = 'proto3'; message R { oneof r { S ok = 1; string error = 2; } } \
                 message S { bool yes = 1; }";
    for (map, bytes, expected) in [
        ("field = 'ok'\nvalues = { set = 'ok' }", &b"\x0a\x00"[..], Status::Ok),
        ("field = 'ok'\nvalues = { set = 'ok' }", b"\x0a\x00\x12\x01x", Status::Rejected),
        ("field = 'ok'\nvalues = { set = 'ok' }", b"\x12\x01x\x0a\x00", Status::Ok),
        ("field = 'ok.yes'", b"\x0a\x02\x08\x01", Status::Ok),
        ("field = 'ok.yes'", b"\x0a\x02\x08\x01\x12\x00", Status::Rejected),
    ] {
        let map = Map::parse(&format!("[reply]\n{map}"), "m.toml").unwrap();
        let read = Reply::new(&message(proto, "R"), &map).unwrap();
        assert_eq!(read.end(0, "", &framed(bytes), 0), (expected, None), "{bytes:?}");
    }
}

#[test]
fn what_is_no_reply_is_an_error() {
    let read = reply("[reply]\nfield = 'status.state'\nvalues = { DONE = 'ok' }").unwrap();
    for message in [
        &b"\x12"[..],        // a field that ends after its key
        b"\x12\x05\x10\x01", // a message longer than the reply
        b"\x10\x01",         // a number where the message belongs
        b"\x12\x02\x12\x00", // a text where the enum belongs
        b"\x12\x02\x10\x80", // a number that does not end
        b"\x00\x01",         // no field has the number 0
        b"\x0b",             // a group that does not end
    ] {
        assert_eq!(read.end(0, "", &framed(message), 0), BAD_REPLY, "{message:?}");
    }
    assert_eq!(read.end(0, "", &[], 0), BAD_REPLY);
    assert_eq!(read.end(0, "", &[1, 2, 3], 0), BAD_REPLY);
}

#[test]
fn a_map_that_does_not_fit_says_why() {
    for (map, words) in [
        ("field = 'x'", "m.toml: [reply] field: t.Reply has no field x; it has success, status"),
        ("field = 'code'", "none of its values means ok"),
        ("field = 'code'\nvalues = { x = 'ok' }", "it is a whole number, which x is not"),
        ("field = 'success'\nvalues = { yes = 'ok' }", "it is bool, which has no yes"),
        (
            "field = 'status.state'\nvalues = { GOOD = 'ok' }",
            "t.State has no GOOD; there are LATE, UNKN",
        ),
        ("field = 'status.problem'\nvalues = { x = 'ok' }", "which is set or unset, not x"),
        ("field = 'many'\nvalues = { 1 = 'ok' }", "many has many values"),
        ("field = 'share'\nvalues = { 1 = 'ok' }", "share is a float"),
        ("field = 'code.x'\nvalues = { 1 = 'ok' }", "code is sint64, which has no fields"),
        (
            "echo = { field = 'status', value = '{request_id}' }",
            "[reply] echo: status holds neither",
        ),
    ] {
        let error = reply(&format!("[reply]\n{map}")).unwrap_err();
        assert!(error.contains(words), "{map}:\n  {error}");
    }
}

proptest! {
    #[test]
    fn no_bytes_are_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
        let read = reply("[reply]\nfield = 'status.word'\nvalues = { x = 'ok' }").unwrap();
        read.end(0, "", &bytes, 0);
        read.end(0, "", &framed(&bytes), 0);
    }

    /// Whatever prost reads, this reads alike.
    #[test]
    fn a_number_is_what_prost_reads(code in any::<i64>(), deadline in any::<i64>()) {
        let map = "[reply]\nfield = 'code'\nvalues = { 0 = 'ok' }\n\
                   echo = { field = 'deadline', value = '{deadline_ns}' }";
        let read = reply(map).unwrap();
        let mut message = DynamicMessage::new(message(PROTO, "t.Reply"));
        message.set_field_by_name("code", Value::I64(code));
        message.set_field_by_name("deadline", Value::I64(deadline));
        let expected = if code == 0 { Status::Ok } else { Status::Rejected };
        let end = read.end(0, "", &framed(&message.encode_to_vec()), deadline);
        prop_assert_eq!(end, (expected, None));
    }
}

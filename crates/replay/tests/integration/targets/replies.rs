//! Replies that are not what the map was written for: a bad reply each, and never the end of us.

use std::fs;
use std::sync::Arc;

use outcome::Status;
use prost::encoding::{WireType, encode_key, encode_varint};

use super::server::{Answer, Server};
use super::words;
use crate::support::{BAD_REPLY, End, Fixture, OK};

/// A contract that says in each way how it went.
const PROTO: &str = r#"
syntax = "proto3";
package depot;

message Order { int64 id = 1; bytes tensor = 2; }

message Receipt {
  enum State { NEW = 0; DONE = 1; REFUSED = 2; LATE = 3; }
  message Stamp { State state = 1; sint64 number = 2; string word = 3; fixed32 order = 4; }
  message Fault { string why = 1; }
  oneof result { Stamp stamp = 1; Fault fault = 2; }
  string id = 15;
}

service Depot { rpc Take(Order) returns (Receipt); }
"#;

const FLAGS: &str = "--target proto --proto depot.proto --method depot.Depot/Take \
                     --map depot.toml --timeout 60000";

/// What is answered to a request, by its id, and how it then ends.
type Case = (&'static str, Box<dyn Fn(i64) -> Vec<u8> + Send + Sync>, End);

fn case(
    name: &'static str,
    message: impl Fn(i64) -> Vec<u8> + Send + Sync + 'static,
    end: End,
) -> Case {
    (name, Box::new(message), end)
}

/// A folder with the contract, and a map that has this for a reply.
fn fixture(reply: &str) -> Fixture {
    let fixture = Fixture::brief();
    fs::write(fixture.path("depot.proto"), PROTO).unwrap();
    let request = "[request]\nid = \"{request_id}\"\ntensor = \"{tensor}\"\n";
    fs::write(fixture.path("depot.toml"), format!("{request}\n[reply]\n{reply}\n")).unwrap();
    fixture
}

/// Replays at a server that gives each of the replies in turn.
fn check(reply: &str, cases: Vec<Case>) {
    let fixture = fixture(reply);
    let cases = Arc::new(cases);
    let given = Arc::clone(&cases);
    let server = Server::start(move |call| {
        let (_, message, _) = case_of(&given, call.id());
        Answer::Message(message(call.id()))
    });
    let run = fixture.outcomes_at(server.address, &words(FLAGS));
    run.check_complete(&fixture);
    assert!(run.rows.len() >= 2 * cases.len(), "too few requests for so many replies");
    for row in &run.rows {
        let (name, _, end) = case_of(&cases, row.request_id.0);
        assert_eq!((row.status, row.code), *end, "{name}: {row:?}");
    }
    assert_eq!(server.calls_to("/depot.Depot/Take").len(), run.rows.len());
}

fn case_of(cases: &[Case], id: i64) -> &Case {
    &cases[usize::try_from(id).unwrap() % cases.len()]
}

/// A field of a number.
fn number(field: u32, value: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    encode_key(field, WireType::Varint, &mut bytes);
    encode_varint(value, &mut bytes);
    bytes
}

/// A field of bytes, which a text or a message may be.
fn delimited(field: u32, value: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    encode_key(field, WireType::LengthDelimited, &mut bytes);
    encode_varint(value.len() as u64, &mut bytes);
    bytes.extend(value);
    bytes
}

fn fixed32(field: u32, value: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    encode_key(field, WireType::ThirtyTwoBit, &mut bytes);
    bytes.extend(value.to_le_bytes());
    bytes
}

/// A receipt with this stamp.
fn stamped(stamp: &[u8]) -> Vec<u8> {
    delimited(1, stamp)
}

const REJECTED: End = (Status::Rejected, None);
const EXPIRED: End = (Status::Expired, None);

#[test]
fn an_enum_below_says_how_it_went() {
    const REPLY: &str = r#"
        field = "stamp.state"
        values = { DONE = "ok", REFUSED = "rejected", LATE = "expired" }
        otherwise = "error"
        echo = { field = "id", value = "{request_id}" }
    "#;
    let failed: End = (Status::Error, None);
    let state = |state| move |_| stamped(&number(1, state));
    let long = |len: usize| move |_| [stamped(&number(1, 1)), delimited(9, &vec![7; len])].concat();
    let with_id = |text: fn(i64) -> String| {
        move |id| [stamped(&number(1, 1)), delimited(15, text(id).as_bytes())].concat()
    };
    check(
        REPLY,
        vec![
            case("done", state(1), OK),
            case("refused", state(2), REJECTED),
            case("late", state(3), EXPIRED),
            case("new", state(0), failed),
            case("a state of a later proto", state(77), failed),
            case("no message", |_| Vec::new(), failed),
            case("the other of the two", |_| delimited(2, &delimited(1, b"no")), failed),
            case("the last of two counts", |_| stamped(&[number(1, 2), number(1, 1)].concat()), OK),
            case("half a stamp and the other", move |_| [state(2)(0), state(1)(0)].concat(), OK),
            case("the stamp as a number", |_| number(1, 5), BAD_REPLY),
            case("the stamp as fixed32", |_| fixed32(1, 5), BAD_REPLY),
            case("the state as a text", |_| stamped(&delimited(1, b"DONE")), BAD_REPLY),
            case("the state as fixed32", |_| stamped(&fixed32(1, 1)), BAD_REPLY),
            case("a stamp longer than the reply", |_| vec![0x0a, 0x7f, 8, 1], BAD_REPLY),
            case("a stamp of no length", |_| vec![0x0a], BAD_REPLY),
            case("a stamp of all lengths", |_| [&[0x0a][..], &[0xff; 10]].concat(), BAD_REPLY),
            case("field 0", |_| vec![0, 0], BAD_REPLY),
            case("wire type 7", |_| vec![0x0f, 1], BAD_REPLY),
            case("the end of a group that never began", |_| vec![0x0c], BAD_REPLY),
            case("groups without end", |_| vec![0x4b; 100_000], BAD_REPLY),
            case("JSON", |_| br#"{"stamp":{"state":"DONE"}}"#.to_vec(), BAD_REPLY),
            case("its id", with_id(|id| id.to_string()), OK),
            case("another's id", with_id(|id| (id + 1).to_string()), BAD_REPLY),
            case("an id of words", with_id(|_| "first".to_owned()), BAD_REPLY),
            case("the id as a number", |id| number(15, id.cast_unsigned()), BAD_REPLY),
            case("half a MB", long(500_000), OK),
        ],
    );
}

#[test]
fn a_member_of_a_oneof_says_how_it_went() {
    const REPLY: &str = "field = \"fault\"\nvalues = { unset = \"ok\", set = \"rejected\" }";
    check(
        REPLY,
        vec![
            case("a stamp", |_| stamped(&number(1, 1)), OK),
            case("nothing", |_| Vec::new(), OK),
            case("a fault", |_| delimited(2, &delimited(1, b"no")), REJECTED),
            case("an empty fault", |_| delimited(2, &[]), REJECTED),
            case("a fault that is a number", |_| number(2, 1), BAD_REPLY),
        ],
    );
}

#[test]
fn numbers_and_texts_say_how_it_went() {
    let cases = |yes: Vec<u8>, no: Vec<u8>, wrong: Vec<u8>| {
        vec![
            case("yes", move |_| stamped(&yes), OK),
            case("no", move |_| stamped(&no), REJECTED),
            case("nothing", |_| Vec::new(), REJECTED),
            case("another type", move |_| stamped(&wrong), BAD_REPLY),
        ]
    };
    let map =
        |field: &str, yes: &str| format!("field = \"{field}\"\nvalues = {{ {yes} = \"ok\" }}");
    // As sint64, 3 is -2.
    check(&map("stamp.number", "-2"), cases(number(2, 3), number(2, 4), delimited(2, b"3")));
    check(
        &map("stamp.word", "fine"),
        cases(delimited(3, b"fine"), delimited(3, &[0xff, 0xfe]), number(3, 1)),
    );
    check(&map("stamp.order", "7"), cases(fixed32(4, 7), fixed32(4, 8), number(4, 7)));
}

/// What a model gives back may be large; what has no end is no reply.
#[test]
fn a_reply_may_have_megabytes_and_not_any_number() {
    let fixture = fixture("");
    let ends = |answer: fn() -> Answer, end: End| {
        let server = Server::start(move |_| answer());
        let flags = [&words(FLAGS)[..], &["--limit", "4"]].concat();
        let run = fixture.outcomes_at(server.address, &flags);
        run.check_ends(&[end]);
    };
    ends(|| Answer::Message(delimited(9, &vec![7; 2_000_000])), OK);
    ends(|| Answer::Endless, BAD_REPLY);
}

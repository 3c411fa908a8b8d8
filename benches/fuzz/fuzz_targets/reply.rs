//! Answers to requests: a byte for how they are read, one for gRPC's status, the body. Whatever is a
//! message means what the generated code would make of it.
#![no_main]

use std::sync::LazyLock;

use fuzz::requests::{Answers, KINDS, Nobody, traffic};
use libfuzzer_sys::fuzz_target;
use outcome::{Code, Status};
use prost::Message;
use targets::{End, Map, Protocol, Target};

/// What replies are to echo; it has as many digits as a text of 4 bytes.
const ECHO: i64 = 1_234;

/// Ways to read a reply of `kinds.proto`.
const MAPS: [&str; 8] = [
    "field = 'success'",
    "field = 'status.urgency'\nvalues = { HIGH = 'ok', -2 = 'expired' }\notherwise = 'error'",
    "field = 'code'\nvalues = { 0 = 'ok', -1 = 'rejected' }",
    "field = 'short'\nvalues = { 7 = 'ok' }\necho = { field = 'seed', value = '{tensor_seed}' }",
    "field = 'status.raw'\nvalues = { 'yes' = 'ok' }",
    "field = 'status'\nvalues = { set = 'rejected', unset = 'ok' }",
    "field = 'inner.inner.id'\nvalues = { '' = 'ok' }",
    "echo = { field = 'inner.id', value = '{request_id}' }",
];

static OF_KINDS: LazyLock<Vec<Protocol>> = LazyLock::new(|| {
    let bind = |reply: &str| {
        let map = Map::parse(&format!("[reply]\n{reply}"), "m.toml").expect("it is a map");
        Target::proto(KINDS.clone(), map).bind(&traffic(), &mut Nobody).expect("it fits")
    };
    MAPS.map(bind).into()
});

static SCHEDULER: LazyLock<Protocol> =
    LazyLock::new(|| Target::default().bind(&traffic(), &mut Nobody).expect("it is built in"));

static TRITON: LazyLock<Protocol> = LazyLock::new(|| {
    let input = Map::parse("[request]\n'inputs[0].name' = 'x'", "m.toml").expect("it is a map");
    let map = input.over(targets::preset("triton").expect("it is built in"));
    // It answers no question, and need not.
    let mut server = Answers(&[12, 0, 0].repeat(7));
    Target::kserve(map).bind(&traffic(), &mut server).expect("the map names the input")
});

fuzz_target!(|data: &[u8]| {
    let [way, status, body @ ..] = data else { return };
    let status = i32::from(*status % 20);
    let message = String::from_utf8_lossy(body);
    // As it is, and as the message of an answer that is sound up to there.
    let framed = wire::frame_prefix(body.len()).expect("it is short");
    let framed = [&framed[..], body].concat();
    match usize::from(*way) % (MAPS.len() + 2) {
        0 => {
            let _ = SCHEDULER.end(status, &message, body, ECHO);
            of_scheduler(SCHEDULER.end(0, "", &framed, ECHO), body);
        }
        1 => {
            let _ = TRITON.end(status, &message, body, ECHO);
            of_triton(TRITON.end(0, "", &framed, ECHO), body);
        }
        way => {
            let protocol = &OF_KINDS[way - 2];
            let _ = protocol.end(status, &message, body, ECHO);
            let _ = protocol.end(0, "", &framed, ECHO);
        }
    }
});

const BAD_REPLY: End = (Status::Error, Some(Code::BadReply));

fn of_scheduler(end: End, message: &[u8]) {
    let Ok(reply) = wire::InferResponse::decode(message) else { return };
    let expected = match (reply.deadline_ns, reply.success) {
        (0 | ECHO, true) => (Status::Ok, None),
        (0 | ECHO, false) => (Status::Rejected, None),
        _ => BAD_REPLY,
    };
    assert_eq!(end, expected, "{reply:?}");
}

fn of_triton(end: End, message: &[u8]) {
    let Ok(reply) = wire::inference::ModelInferResponse::decode(message) else { return };
    let is_it = reply.id.is_empty()
        || reply.id.parse() == Ok(ECHO)
        || reply.id.parse() == Ok(ECHO.cast_unsigned());
    assert_eq!(end, if is_it { (Status::Ok, None) } else { BAD_REPLY }, "{reply:?}");
}

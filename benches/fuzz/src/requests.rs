//! What is asked of a map that fits, and of a method that was found.

use std::path::Path;
use std::sync::LazyLock;

use prost_reflect::{DynamicMessage, MessageDescriptor};
use request::Tier;
use targets::{Ask, Facts, Method, ModelShape, Protocol, Refusal, Traffic};

/// A method with each kind of field.
pub static KINDS: LazyLock<Method> = LazyLock::new(|| {
    let proto = Path::new(env!("CARGO_MANIFEST_DIR")).join("kinds.proto");
    Method::from_files(&[proto], &[], "kinds.Kinds/Call").expect("it compiles")
});

/// Nobody is there to be asked.
#[derive(Debug)]
pub struct Nobody;

impl Ask for Nobody {
    fn call(&mut self, path: &str, _: &[u8]) -> Result<Vec<u8>, Refusal> {
        panic!("{path} is asked, and there is nothing to be known")
    }
}

/// A server that has these answers, in their order: a gRPC status, the length in two bytes, and the
/// message of a reply or, with another status than 0, words about it.
#[derive(Debug)]
pub struct Answers<'a>(pub &'a [u8]);

impl Ask for Answers<'_> {
    fn call(&mut self, _: &str, _: &[u8]) -> Result<Vec<u8>, Refusal> {
        let [code, low, high, rest @ ..] = self.0 else {
            return Err(Refusal::NoAnswer("that was all".to_owned()));
        };
        let len = usize::from(u16::from_le_bytes([*low, *high])).min(rest.len());
        let (answer, rest) = rest.split_at(len);
        self.0 = rest;
        match code {
            0 => Ok(answer.to_vec()),
            code => Err(Refusal::Status {
                code: i32::from(*code),
                message: String::from_utf8_lossy(answer).into_owned(),
            }),
        }
    }
}

/// One answer as [`Answers`] takes it.
#[must_use]
pub fn answer(code: u8, message: &[u8]) -> Vec<u8> {
    let len = u16::try_from(message.len()).expect("an answer is short").to_le_bytes();
    [&[code][..], &len, message].concat()
}

/// Two models and three SLO classes.
#[must_use]
pub fn traffic() -> Traffic {
    let model = |name: &str, shape: &[i32]| ModelShape {
        name: name.to_owned(),
        shape: shape.to_vec(),
        used: true,
    };
    Traffic {
        models: vec![model("a", &[1, 4]), model("b", &[2, 3, 40])],
        slos: ["urgent", "normal", "relaxed"].map(str::to_owned).to_vec(),
        slo_ns_max: 500_000_000,
    }
}

/// Requests at the ends of what there may be, and one between.
const REQUESTS: [Facts; 4] = [
    Facts {
        id: 7,
        tier: Tier::Premium,
        slo: 1,
        model: 0,
        tensor_seed: 5,
        arrival_ns: 1_700_000_000_123_456_789,
        deadline_ns: 1_700_000_000_623_456_789,
        now_ns: 1_700_000_000_123_999_999,
    },
    Facts {
        id: i64::MAX,
        tier: Tier::Free,
        slo: 2,
        model: 1,
        tensor_seed: u64::MAX,
        arrival_ns: i64::MIN,
        deadline_ns: i64::MAX,
        now_ns: i64::MIN,
    },
    Facts {
        id: i64::MIN,
        tier: Tier::Vip,
        slo: 0,
        model: 1,
        tensor_seed: 0,
        arrival_ns: i64::MAX,
        deadline_ns: i64::MIN,
        now_ns: i64::MAX,
    },
    Facts {
        id: 0,
        tier: Tier::Vip,
        slo: 0,
        model: 0,
        tensor_seed: 0,
        arrival_ns: 0,
        deadline_ns: 0,
        now_ns: 0,
    },
];

/// Makes requests of a protocol: each is one message, and another implementation reads it.
pub fn check(protocol: &Protocol, message: &MessageDescriptor) {
    for facts in &REQUESTS {
        if protocol.check(facts).map_err(crate::sound::show).is_err() {
            continue;
        }
        let mut tail = vec![7; protocol.tail_len(facts.model)];
        if !tail.is_empty() {
            protocol.tail(facts.model, &mut tail).fill(1);
        }
        let body = [&protocol.head(facts)[..], &tail].concat();
        let sent = wire::reply_message(&body).expect("the prefix tells the length");
        DynamicMessage::decode(message.clone(), sent).expect("it is such a message");
        for (index, name) in protocol.header_names().enumerate() {
            let mut value = Vec::new();
            protocol.put_header(index, facts, &mut value);
            assert!(str::from_utf8(&value).is_ok(), "header {name} is text");
        }
        let _ = protocol.end(0, "", &body, protocol.echo(facts));
    }
}

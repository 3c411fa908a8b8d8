//! What a table tells of the target that it was made with, and what it keeps to itself.

use std::fs;

use prost::Message;
use wire::{InferRequest, InferResponse};

use super::server::{Answer, Server};
use super::{INFER, SCHEDULER_PROTO, words};
use crate::support::{Fixture, OK, text};

const MAP: &str = r#"
[request]
deadline_ns = "{deadline_ns}"

[headers]
x-key = "HUSH-{tier}"
"#;

/// Headers may hold secrets, whoever gives them.
const FLAGS: &str = "--header authorization=HUSH --header-template x-id=HUSH-{request_id} \
                     --header-template x-tier=HUSH-{tier} --timeout 60000 --limit 20";

#[test]
fn a_table_tells_target_map_and_method_and_no_value_of_a_header() {
    let fixture = Fixture::brief();
    fs::write(fixture.path("m.toml"), MAP).unwrap();
    fs::write(fixture.path("empty.toml"), "").unwrap();
    let proto = format!("--target proto --method {INFER} --map m.toml --map empty.toml --proto");
    let proto = [&words(&proto)[..], &[SCHEDULER_PROTO]].concat();
    let known = [("target", "proto"), ("map", "m.toml, empty.toml"), ("method", INFER)];
    check(&fixture, &proto, &known);
    check(&fixture, &["--map", "m.toml"], &[("map", "m.toml")]);
    check(&fixture, &[], &[]);
}

/// Of target, map and method, a run with these flags tells this and no more.
fn check(fixture: &Fixture, flags: &[&str], known: &[(&str, &str)]) {
    let server = Server::start(|call| {
        let InferRequest { deadline_ns, .. } = InferRequest::decode(&call.message[..]).unwrap();
        let reply = InferResponse { deadline_ns, success: true, message: String::new() };
        Answer::Message(reply.encode_to_vec())
    });
    let run = fixture.outcomes_at(server.address, &[&words(FLAGS), flags].concat());
    run.check_ends(&[OK]);
    for name in ["target", "map", "method"] {
        let value = known.iter().find(|(known, _)| *known == name).map(|(_, value)| *value);
        assert_eq!(run.info.parameters.get(name).map(String::as_str), value, "{name}");
    }
    assert_eq!(run.info.parameters["headers"], "authorization");
    assert_eq!(run.info.parameters["header_template"], "x-id, x-tier");
    for call in server.calls() {
        assert_eq!(call.header("x-id"), format!("HUSH-{}", call.id()));
    }

    // Neither in a file nor on the terminal.
    let has = |bytes: &[u8], text: &str| bytes.windows(text.len()).any(|at| at == text.as_bytes());
    let table = fs::read(fixture.path("run.arrow")).unwrap();
    assert!(has(&table, "x-id, x-tier"), "what the table tells can be found in its bytes");
    let metrics = fs::read(fixture.path("result/metrics.csv")).unwrap();
    for bytes in [&table, &metrics, &run.output.stdout, &run.output.stderr] {
        assert!(!has(bytes, "HUSH"), "{}", text(&run.output));
    }
}

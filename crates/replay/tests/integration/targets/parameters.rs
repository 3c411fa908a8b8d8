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

/// The map, and that of an empty file, as `sha256sum` tells them.
const DIGEST: &str = "m.toml (sha256 ea33cde263eb)";
const DIGESTS: &str = "m.toml (sha256 ea33cde263eb), empty.toml (sha256 e3b0c44298fc)";

/// What a table tells of its target.
const TOLD: [&str; 5] = ["target", "map", "method", "proto", "reflection"];

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
    let known =
        [("target", "proto"), ("map", DIGESTS), ("method", INFER), ("proto", SCHEDULER_PROTO)];
    check(&fixture, &proto, &known);
    check(&fixture, &["--map", "m.toml"], &[("map", DIGEST)]);
    check(&fixture, &[], &[]);
}

/// Of its target, a run with these flags tells this and no more.
fn check(fixture: &Fixture, flags: &[&str], known: &[(&str, &str)]) {
    let server = Server::start(|call| {
        let InferRequest { deadline_ns, .. } = InferRequest::decode(&call.message[..]).unwrap();
        let reply = InferResponse { deadline_ns, success: true, message: String::new() };
        Answer::Message(reply.encode_to_vec())
    });
    let run = fixture.outcomes_at(server.address, &[&words(FLAGS), flags].concat());
    run.check_ends(&[OK]);
    for name in TOLD {
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

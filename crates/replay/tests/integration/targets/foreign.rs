//! A proto that is nothing like ours, at a server of gRPC's own Python: each field and each header
//! arrives as the map says, whether the proto came as a file or from the server.

use std::fs;
use std::time::Duration;

use outcome::Status;
use request::{Seed, Tier};
use serde_json::{Value, json};
use trace::{Header, Tensor, TraceReader, TraceRow, Workload, generate_to};

use crate::foreign::{Peer, hexadecimal, python};
use crate::support::{Fixture, Replayed, text};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/foreign");
const SERVER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/foreign/cook.py");
const PROTO: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/foreign/order.proto");
const MAP: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/foreign/order.toml");

#[test]
fn a_foreign_proto_arrives_field_by_field() {
    check(&["--proto", PROTO]);
}

#[test]
fn a_server_that_describes_itself_needs_no_proto() {
    check(&["--reflection"]);
}

/// Another file over the map says how a reply is read.
#[test]
fn a_member_of_a_oneof_says_how_it_went() {
    const BY_ONEOF: &str = "[reply]\nfield = \"served\"\nvalues = { set = \"ok\" }\n";
    let fixture = fixture();
    fs::write(fixture.path("by_oneof.toml"), BY_ONEOF).unwrap();
    let Some((_, run)) = replay(&fixture, &["--reflection", "--map", "by_oneof.toml"]) else {
        return;
    };
    for row in &run.rows {
        let status = if row.request_id.0 % 4 == 0 { Status::Ok } else { Status::Rejected };
        assert_eq!((row.status, row.code), (status, None), "{row:?}");
    }
}

fn fixture() -> Fixture {
    let mut workload = Workload::built_in("balanced").unwrap();
    workload.total_qps = 100.0;
    workload.duration = Duration::from_secs(1);
    for (model, width) in workload.models.iter_mut().zip(4..) {
        model.shape = vec![1, 2, width];
    }
    Fixture::with_trace(&generate_to(Vec::new(), &workload, Seed(7), 1, |_, _| {}).unwrap().out)
}

/// Replays at the kitchen; `None` where there is no Python for it.
fn replay(fixture: &Fixture, flags: &[&str]) -> Option<(Vec<Value>, Replayed)> {
    let python = python()?;
    let protos = [(FOLDER, "order.proto"), (FOLDER, "kitchen/common.proto")];
    let peer = Peer::start(python, fixture.folder.path(), SERVER, &protos);
    let common = [
        &["--target", "proto", "--method", "kitchen.v1.Kitchen/Cook", "--map", MAP][..],
        // Patient, because Python on a busy machine is slow.
        &["--header-template", "X-From-Flag={slo}/{tier}", "--timeout", "60000"],
    ];
    let run = fixture.outcomes_at(peer.address, &[&common.concat(), flags].concat());
    run.check_complete(fixture);
    let mut seen = peer.records();
    seen.sort_by_key(|record| record["number"].as_i64());
    Some((seen, run))
}

fn check(flags: &[&str]) {
    let fixture = fixture();
    let Some((seen, run)) = replay(&fixture, flags) else { return };
    let reader = TraceReader::open(&fixture.trace()).unwrap();
    let rows: Vec<TraceRow> = reader.rows().map(Result::unwrap).collect();
    assert_eq!(seen.len(), rows.len(), "each request arrives exactly once: {}", text(&run.output));
    let epoch_unix_ns = run.info.epoch_unix_ns.unwrap();
    for (seen, row) in seen.iter().zip(&rows) {
        let expected = order(reader.header(), row, epoch_unix_ns);
        for (field, value) in expected.as_object().unwrap() {
            assert_eq!(seen[field], *value, "{field} of {}", row.request.id.0);
        }
        assert_eq!(seen.as_object().unwrap().len(), expected.as_object().unwrap().len());
    }
    let ends = [Status::Ok, Status::Rejected, Status::Expired, Status::Error];
    for row in &run.rows {
        let status = ends[usize::try_from(row.request_id.0 % 4).unwrap()];
        assert_eq!((row.status, row.code), (status, None), "{row:?}");
    }
}

/// What the kitchen should write down.
fn order(header: &Header, row: &TraceRow, epoch_unix_ns: i64) -> Value {
    let request = &row.request;
    let model = &header.models[usize::from(request.model.0)];
    let slo = &header.slos[usize::from(row.slo)];
    let (id, tier) = (request.id.0, request.tier.number());
    let deadline_ns = epoch_unix_ns + request.deadline.as_nanos();
    let element_count: i32 = model.shape.iter().product();
    let mut tensor = vec![0; usize::try_from(element_count).unwrap() * size_of::<f32>()];
    Tensor::fill(row.tensor_seed, &mut tensor);
    let (urgency, priority) = match request.tier {
        Tier::Vip => (30, "100"),
        Tier::Premium => (20, "50"),
        Tier::Free => (10, "0"),
    };
    let arrival_ms = (epoch_unix_ns + request.arrival.as_nanos()) / 1_000_000;
    json!({
        "headers": {
            "request-id": [id.to_string()],
            "x-priority": [priority],
            "x-deadline-ms": [(deadline_ns / 1_000_000).to_string()],
            "x-order-bin": [format!("ünlike {id}")],
            "x-from-flag": [format!("{slo}/{tier}")],
        },
        "number": id,
        "guest": {
            "name": format!("guest of {slo}, {{tier {tier}}}"),
            "urgency": urgency,
            "weight": 5 - 10 * i32::from(tier),
            "is_regular": true,
        },
        "serve_by": deadline_ns,
        "patience": request.deadline.as_nanos() - request.arrival.as_nanos(),
        "labels": { "model": model.name, "from": "reprise" },
        "notes": { "-3": [arrival_ms, format!("sown with {}", row.tensor_seed.0)] },
        "dishes": [
            ["starter", "", [], 0.0],
            [model.name, hexadecimal(&tensor), model.shape, 0.25],
        ],
        "table": ["table_number", tier],
        "steps": ["wash", "cook"],
    })
}

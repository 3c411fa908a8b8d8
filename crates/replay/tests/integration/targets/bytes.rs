//! A proto at run time gives the bytes that the built-in one gives, head and tail.

use std::collections::BTreeMap;
use std::fs;
use std::time::Duration;

use http::HeaderMap;
use outcome::Status;
use prost::Message;
use request::Seed;
use trace::{Workload, generate_to};
use wire::{InferRequest, InferResponse};

use super::server::{Answer, Call, Server};
use super::{INFER, SCHEDULER_PROTO};
use crate::support::{Fixture, Replayed, text};

/// What a user would write who knows the proto alone.
const MAP: &str = r#"
[request]
tier = "{tier}"
deadline_ns = "{deadline_ns}"
model_name = "{model}"
input_tensor = "{tensor}"
input_shape = "{shape}"

[reply]
field = "success"
echo = { field = "deadline_ns", value = "{deadline_ns}" }
"#;

/// Models of one to four dimensions, all tiers and SLO classes.
fn fixture() -> Fixture {
    let mut workload = Workload::built_in("balanced").unwrap();
    workload.total_qps = 200.0;
    workload.duration = Duration::from_secs(1);
    let shapes: [&[i32]; 4] = [&[3], &[1, 4], &[1, 3, 40, 40], &[2, 2, 5]];
    for (model, shape) in workload.models.iter_mut().zip(shapes.into_iter().cycle()) {
        model.shape = shape.to_vec();
    }
    workload.slos.iter_mut().for_each(|slo| slo.target *= 20);
    Fixture::with_trace(&generate_to(Vec::new(), &workload, Seed(7), 1, |_, _| {}).unwrap().out)
}

#[test]
fn the_predecessors_proto_gives_the_same_bytes_as_the_built_in_target() {
    let fixture = fixture();
    fs::write(fixture.path("scheduler.toml"), MAP).unwrap();
    fs::write(fixture.path("scheduler.binpb"), wire::FILE_DESCRIPTOR_SET).unwrap();
    let built_in = requests(&fixture, &["--target", "scheduler"]);
    for proto in [SCHEDULER_PROTO, "scheduler.binpb"] {
        let flags = ["--target", "proto", "--proto", proto, "--method", INFER];
        let flags = [&flags[..], &["--map", "scheduler.toml"]].concat();
        let by_proto = requests(&fixture, &flags);
        for (id, request) in &built_in {
            assert_eq!(by_proto.get(id), Some(request), "request {id} by {proto}");
        }
        assert_eq!(by_proto.len(), built_in.len());
    }

    let all: Vec<_> = built_in.values().map(|request| decode(&request.message)).collect();
    check_variety("tiers", 3, all.iter().map(|request| request.tier));
    check_variety("shapes", 2, all.iter().map(|request| request.input_shape.clone()));
    check_variety("names", 2, all.iter().map(|request| request.model_name.clone()));
}

/// Too little of it would prove nothing.
fn check_variety<T: Ord>(what: &str, least: usize, values: impl Iterator<Item = T>) {
    let count = values.collect::<std::collections::BTreeSet<_>>().len();
    assert!(count >= least, "only {count} {what}");
}

/// All that a server sees of a request.
#[derive(Debug, PartialEq)]
struct Request {
    path: String,
    headers: HeaderMap,
    /// With the deadline from the run's epoch instead of 1970, since that alone tells two runs
    /// apart.
    message: Vec<u8>,
}

/// What a run with these flags sends, by id.
fn requests(fixture: &Fixture, flags: &[&str]) -> BTreeMap<i64, Request> {
    let server = Server::start(|call| {
        let InferRequest { deadline_ns, .. } = decode(&call.message);
        let reply = InferResponse { deadline_ns, success: true, message: String::new() };
        Answer::Message(reply.encode_to_vec())
    });
    let flags = [&["--timeout", "60000"], flags].concat();
    let run = fixture.outcomes_at(server.address, &flags);
    assert_eq!(run.count(Status::Ok), run.rows.len(), "{:?} {}", run.ends(), text(&run.output));
    let calls = server.calls();
    assert_eq!(calls.len(), run.rows.len(), "each request arrives exactly once");
    calls.into_iter().map(|call| (call.id(), request(&run, call))).collect()
}

fn request(run: &Replayed, Call { path, headers, message }: Call) -> Request {
    let mut decoded = decode(&message);
    // So nothing stands in the message but what was decoded of it, and in one order.
    assert_eq!(decoded.encode_to_vec(), message);
    let row = run.row(decoded.deadline_ns);
    let id: i64 = headers[wire::REQUEST_ID_HEADER].to_str().unwrap().parse().unwrap();
    assert_eq!(row.request_id.0, id, "the deadline is that of the request");
    decoded.deadline_ns -= run.info.epoch_unix_ns.unwrap();
    Request { path, headers, message: decoded.encode_to_vec() }
}

fn decode(message: &[u8]) -> InferRequest {
    InferRequest::decode(message).unwrap()
}

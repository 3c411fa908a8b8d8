//! What Triton noted of each request, and when: the files that it writes.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use request::RequestId;
use serde::Deserialize;

/// When Triton did what with a request, ns of the monotonic clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Seen {
    /// Its message was read and is understood.
    pub(crate) request_start: i64,
    pub(crate) queue_start: Option<i64>,
    /// `None` of one that was refused or has waited too long.
    pub(crate) compute_start: Option<i64>,
    pub(crate) compute_end: Option<i64>,
    /// `None` of one that the full queue refused.
    pub(crate) request_end: Option<i64>,
}

/// What is told of the requests for each model.
pub(crate) type TraceLog = BTreeMap<String, BTreeMap<RequestId, Seen>>;

/// One of the many entries of a request, which share its number.
#[derive(Deserialize)]
struct Entry {
    /// Triton's number.
    id: u64,
    model_name: Option<String>,
    /// The client's.
    request_id: Option<String>,
    #[serde(default)]
    timestamps: Vec<Timestamp>,
}

/// The entries of a request, put together.
#[derive(Default)]
struct Request {
    model_name: Option<String>,
    id: Option<String>,
    stamps: BTreeMap<String, i64>,
}

#[derive(Deserialize)]
struct Timestamp {
    name: String,
    ns: i64,
}

/// Reads all files of a folder.
pub(crate) fn read(folder: &Path) -> TraceLog {
    let files = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    of_entries(files.flat_map(|file| {
        let text = fs::read(&file).unwrap();
        let entries: Vec<Entry> = serde_json::from_slice(&text)
            .unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        entries
    }))
}

fn of_entries(entries: impl IntoIterator<Item = Entry>) -> TraceLog {
    let mut requests: BTreeMap<u64, Request> = BTreeMap::new();
    for entry in entries {
        let request = requests.entry(entry.id).or_default();
        request.model_name = entry.model_name.or(request.model_name.take());
        request.id = entry.request_id.or(request.id.take());
        request.stamps.extend(entry.timestamps.into_iter().map(|stamp| (stamp.name, stamp.ns)));
    }
    let mut log = TraceLog::new();
    for request in requests.into_values() {
        let at = |name: &str| request.stamps.get(name).copied();
        let seen = Seen {
            request_start: at("REQUEST_START").expect("every request starts"),
            queue_start: at("QUEUE_START"),
            compute_start: at("COMPUTE_START"),
            compute_end: at("COMPUTE_END"),
            request_end: at("REQUEST_END"),
        };
        let id = request.id.expect("replay names every request");
        let id = RequestId(id.parse().expect("replay's names are numbers"));
        let of_model = log.entry(request.model_name.expect("every request is for a model"));
        let of_model = of_model.or_default();
        assert_eq!(of_model.insert(id, seen), None, "Triton has seen request {} twice", id.0);
    }
    log
}

#[test]
fn entries_of_one_request_are_put_together() {
    let text = r#"[
        {"id":7,"model_name":"a","model_version":1,"request_id":"40"},
        {"id":7,"timestamps":[{"name":"REQUEST_START","ns":10}]},
        {"id":8,"model_name":"b","model_version":1,"request_id":"40"},
        {"id":7,"timestamps":[{"name":"QUEUE_START","ns":11}]},
        {"id":8,"timestamps":[{"name":"REQUEST_START","ns":12},{"name":"COMPUTE_START","ns":15}]},
        {"id":7,"timestamps":[{"name":"REQUEST_END","ns":19},{"name":"GRPC_SEND_END","ns":21}]}
    ]"#;
    let log = of_entries(serde_json::from_str::<Vec<Entry>>(text).unwrap());
    let expired = Seen {
        request_start: 10,
        queue_start: Some(11),
        compute_start: None,
        compute_end: None,
        request_end: Some(19),
    };
    let running = Seen {
        request_start: 12,
        queue_start: None,
        compute_start: Some(15),
        request_end: None,
        ..expired
    };
    assert_eq!(log["a"], BTreeMap::from([(RequestId(40), expired)]));
    assert_eq!(log["b"], BTreeMap::from([(RequestId(40), running)]));
}

//! A replay as README has it, seen from both sides.

use std::collections::BTreeMap;
use std::fs;

use outcome::{Outcome, RunInfo};
use serde_json::Value;
use trace::{Header, Tensor, TraceRow};

use super::TRAFFIC;
use super::readme::{REPOSITORY, Walk};
use crate::foreign::{ForeignServer, PROTO_FOLDER, make_stubs, python};
use crate::programs::{outcomes, trace};

const SERVER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/together/targets/server.py");

/// The first requests of a replay, and what a server made of grpcio has seen of them.
pub(crate) struct Seen {
    header: Header,
    info: RunInfo,
    requests: Vec<(TraceRow, Value, Outcome)>,
}

impl Seen {
    /// Runs the commands below a heading, which replay `TRACE.arrow` at `url`, to `TABLE.arrow`.
    /// `None` where there can be no such server.
    pub(crate) fn of(heading: &str, url: &str, trace_name: &str, table: &str) -> Option<Self> {
        let python = python()?;
        let walk = Walk::new();
        let folder = walk.folder();
        make_stubs(python, folder, PROTO_FOLDER, "open_inference.proto");
        let examples = format!("{REPOSITORY}/examples/targets");
        make_stubs(python, folder, &examples, "inference.proto");
        let server = ForeignServer::start(python, SERVER, folder);
        walk.run(TRAFFIC, &["trace"], &[]);
        // Patient, because Python on a busy machine is slow.
        let replay = ("replay ", "replay --timeout 60000 --limit 100 ");
        walk.run(heading, &["trace", "replay"], &[replay, (url, &server.address)]);

        let (header, rows) = trace(&folder.join(trace_name).with_extension("arrow"));
        let (info, mut outcomes) = outcomes(&folder.join(table).with_extension("arrow"));
        outcomes.sort_by_key(|outcome| outcome.request_id);
        let records = fs::read_to_string(folder.join("records.jsonl")).unwrap();
        let records = records.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        let mut records: BTreeMap<i64, Value> = records
            .map(|record| (record["request_id"].as_str().unwrap().parse().unwrap(), record))
            .collect();
        assert_eq!((outcomes.len(), records.len()), (100, 100), "each once");
        let of = |(row, outcome): (TraceRow, Outcome)| {
            assert_eq!(row.request.id, outcome.request_id);
            let seen = records.remove(&row.request.id.0).expect("all were seen");
            (row, seen, outcome)
        };
        let requests = rows.into_iter().zip(outcomes).map(of).collect();
        Some(Self { header, info, requests })
    }

    /// Each request, what the server saw of it, and how it ended.
    pub(crate) fn requests(&self) -> impl Iterator<Item = &(TraceRow, Value, Outcome)> {
        self.requests.iter()
    }

    /// Its SLO class and what that allows, in ms.
    pub(crate) fn slo(&self, row: &TraceRow) -> (&str, i64) {
        let slo_ns = row.request.deadline.as_nanos() - row.request.arrival.as_nanos();
        (&self.header.slos[usize::from(row.slo)], slo_ns / 1_000_000)
    }

    /// Its deadline in Unix time.
    pub(crate) fn deadline_ns(&self, row: &TraceRow) -> i64 {
        self.info.epoch_unix_ns.unwrap() + row.request.deadline.as_nanos()
    }

    /// The bytes of its tensor, in hexadecimal.
    pub(crate) fn tensor(&self, row: &TraceRow) -> String {
        let shape = &self.header.models[usize::from(row.request.model.0)].shape;
        let elements: i64 = shape.iter().map(|&size| i64::from(size)).product();
        let mut bytes = vec![0; 4 * usize::try_from(elements).unwrap()];
        Tensor::fill(row.tensor_seed, &mut bytes);
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

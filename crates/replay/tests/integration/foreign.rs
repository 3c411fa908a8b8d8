//! What leaves the binary is what gRPC's own Python reads, to the bit.
//!
//! Elsewhere both ends of a call are our code and could share a mistake. Here the stubs come from
//! grpcio-tools and the server from grpcio, in a virtual environment that the first test makes.
//! Without Python or a network the tests are skipped, and say so; where `CI` is set they fail.

use std::env;
use std::fmt::Write as _;
use std::fs;
use std::io::{self, BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::Duration;

use outcome::Status;
use request::Seed;
use serde_json::{Value, json};
use trace::{Header, Tensor, TraceReader, TraceRow, Workload, generate_to};

use crate::support::{Fixture, text};

/// Version of grpcio and what belongs to it.
const GRPCIO: &str = "1.85.1";
const PACKAGES: [&str; 3] = ["grpcio", "grpcio-tools", "grpcio-reflection"];

const SERVER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/foreign/server.py");
const PROTO_FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../proto");

/// Each model has a shape of its own, so that a mix-up of shapes would show.
#[test]
fn a_foreign_server_reads_what_the_trace_says() {
    let mut workload = Workload::built_in("balanced").unwrap();
    workload.total_qps = 100.0;
    workload.duration = Duration::from_secs(1);
    for (model, width) in workload.models.iter_mut().zip(4..) {
        model.shape = vec![1, width];
    }
    let Some(seen) = check(&workload, usize::MAX) else { return };
    for (field, kinds) in [("tier", 3), ("model_name", 2), ("input_shape", 2)] {
        let mut values: Vec<String> = seen.iter().map(|record| record[field].to_string()).collect();
        values.sort_unstable();
        values.dedup();
        assert!(values.len() >= kinds, "too little variety to prove anything: {field} {values:?}");
    }
}

#[test]
fn a_foreign_server_reads_whole_images() {
    let mut workload = Workload::built_in("balanced").unwrap().with_tensor_shape(&[1, 3, 224, 224]);
    workload.total_qps = 20.0;
    workload.duration = Duration::from_secs(1);
    check(&workload, 5);
}

/// Replays the first `limit` requests and compares what arrived with what the trace says.
///
/// Gives back what arrived; `None` where the test is skipped.
fn check(workload: &Workload, limit: usize) -> Option<Vec<Value>> {
    let python = python()?;
    let fixture = Fixture::new();
    let trace = generate_to(Vec::new(), workload, Seed(7), 1, |_, _| {}).unwrap().out;
    fs::write(fixture.trace(), trace).unwrap();
    let protos = [(PROTO_FOLDER, "scheduler.proto")];
    let peer = Peer::start(python, fixture.folder.path(), SERVER, &protos);

    // Patient, because Python on a busy machine is slow, and speed is not what this is about.
    let flags = ["--limit", &limit.to_string(), "--timeout", "60000"];
    let run = fixture.outcomes_at(peer.address, &flags);
    let sent = requests_of(&fixture.trace(), limit, run.info.epoch_unix_ns.unwrap());
    assert_eq!(run.rows.len(), sent.len());
    assert_eq!(run.count(Status::Ok), sent.len(), "{}", text(&run.output));

    let seen = sorted(peer.records());
    assert_eq!(ids(&seen), ids(&sent), "each request arrives exactly once");
    for (seen, sent) in seen.iter().zip(&sent) {
        for (field, value) in sent.as_object().unwrap() {
            let (id, seen) = (&sent["request_id"], &seen[field]);
            assert!(seen == value, "{field} of {id}: {}, not {}", start(seen), start(value));
        }
    }
    Some(seen)
}

/// What should arrive, as the server writes it, sorted by id.
fn requests_of(trace: &Path, limit: usize, epoch_unix_ns: i64) -> Vec<Value> {
    let reader = TraceReader::open(trace).unwrap();
    let rows = reader.rows().take(limit);
    sorted(rows.map(|row| record(reader.header(), &row.unwrap(), epoch_unix_ns)).collect())
}

fn record(header: &Header, row: &TraceRow, epoch_unix_ns: i64) -> Value {
    let model = &header.models[usize::from(row.request.model.0)];
    let element_count: i32 = model.shape.iter().product();
    let mut tensor = vec![0; usize::try_from(element_count).unwrap() * size_of::<f32>()];
    Tensor::fill(row.tensor_seed, &mut tensor);
    json!({
        "request_id": [row.request.id.0.to_string()],
        "tier": row.request.tier.number(),
        "deadline_ns": epoch_unix_ns + row.request.deadline.as_nanos(),
        "model_name": model.name,
        "input_shape": model.shape,
        "input_tensor": hexadecimal(&tensor),
    })
}

pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

fn sorted(mut records: Vec<Value>) -> Vec<Value> {
    records.sort_by_key(|record| record["request_id"].to_string());
    records
}

fn ids(records: &[Value]) -> Vec<&Value> {
    records.iter().map(|record| &record["request_id"]).collect()
}

/// Enough of a value to be recognised: a tensor has a million digits.
fn start(value: &Value) -> String {
    value.to_string().chars().take(80).collect()
}

/// The foreign server; it dies with this, and with the test, since its stdin then closes.
pub(crate) struct Peer {
    process: Child,
    pub(crate) address: SocketAddr,
    records: PathBuf,
}

impl Peer {
    /// Makes the stubs of `protos`, each a folder and a path in it, in `folder`, and starts the
    /// server there.
    pub(crate) fn start(
        python: &Path,
        folder: &Path,
        server: &str,
        protos: &[(&str, &str)],
    ) -> Self {
        for (root, proto) in protos {
            let mut protoc = Command::new(python);
            protoc.current_dir(folder).args(["-m", "grpc_tools.protoc", "-I", root]);
            complete(protoc.args(["--python_out=.", "--grpc_python_out=.", proto])).unwrap();
        }
        let records = folder.join("records.jsonl");
        let mut process = Command::new(python)
            .arg(server)
            .arg(&records)
            .env("PYTHONPATH", folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut port = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut port).unwrap();
        let port: u16 = port.trim().parse().expect("the server says its port, or why not above");
        Self { process, address: SocketAddr::from(([127, 0, 0, 1], port)), records }
    }

    /// What arrived. It is written before the reply, so a finished run has it all.
    pub(crate) fn records(&self) -> Vec<Value> {
        let lines = fs::read_to_string(&self.records).unwrap();
        lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        // Both fail only where it is gone already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The Python that has grpcio, or `None` where there can be none.
pub(crate) fn python() -> Option<&'static Path> {
    static PYTHON: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    match PYTHON.get_or_init(environment) {
        Ok(python) => Some(python),
        Err(why) => {
            assert!(env::var_os("CI").is_none(), "CI needs the foreign server: {why}");
            // Not `eprintln`, which the test harness hides where a test passes.
            let line = format!("SKIPPED: no foreign server: {why}\n");
            io::stderr().write_all(line.as_bytes()).unwrap();
            None
        }
    }
}

/// Makes the virtual environment where it is not there yet, and gives back its Python.
fn environment() -> Result<PathBuf, String> {
    let parent = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let folder = parent.join(format!("python-peer-{GRPCIO}-reflection"));
    let python = folder.join("bin/python");
    if python.exists() {
        return Ok(python);
    }
    // Made under another name, so that the name stands for a whole environment.
    let draft = tempfile::tempdir_in(parent).map_err(|error| error.to_string())?;
    complete(Command::new("python3").args(["-m", "venv"]).arg(draft.path()))?;
    complete(
        Command::new(draft.path().join("bin/python"))
            .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"])
            .args(["--retries", "2", "--only-binary", ":all:"])
            .args(PACKAGES.map(|package| format!("{package}=={GRPCIO}"))),
    )?;
    match fs::rename(draft.path(), &folder) {
        // Another process that was quicker has made the same.
        Err(error) if !python.exists() => {
            Err(format!("cannot make {}: {error}; delete what is there", folder.display()))
        }
        _ => Ok(python),
    }
}

/// Runs a command to its end; the error says which, and why.
fn complete(command: &mut Command) -> Result<(), String> {
    let output = command.output().map_err(|error| format!("cannot run {command:?}: {error}"))?;
    if output.status.success() { Ok(()) } else { Err(format!("{command:?}: {}", text(&output))) }
}

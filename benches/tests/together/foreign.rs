//! Peers of gRPC's own Python: a client before the proxy, a server behind it.
//!
//! The stubs come from grpcio-tools, in a virtual environment that the first test makes and that
//! the tests of `replay` share. Without Python or a network the tests are skipped, and say so;
//! where `CI` is set they fail.

use std::env;
use std::fs;
use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::programs::{Server, program, replay, run, text, trace};

/// Version of grpcio and grpcio-tools; that of the tests of `replay`.
const GRPCIO: &str = "1.85.1";

const CLIENT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/together/client.py");
const SERVER: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/../crates/replay/tests/foreign/server.py");
pub(crate) const PROTO_FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../proto");

#[test]
fn a_foreign_client_sees_the_scheduler_and_not_the_proxy() {
    let Some(python) = python() else { return };
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    make_stubs(python, folder, PROTO_FOLDER, "scheduler.proto");
    let scheduler = Server::scheduler(folder, &["--workers", "64"]);
    let recorder = Server::recorder(folder, &scheduler.address, &[]);
    let see = |address: &str| -> Value {
        let mut client = Command::new(python);
        let output = run(client.arg(CLIENT).arg(address).env("PYTHONPATH", folder), &[0]);
        serde_json::from_slice(&output.stdout).unwrap()
    };
    let seen = see(&recorder.address);
    assert_eq!(seen, see(&scheduler.address));
    // What both see is something.
    assert_eq!(seen["ok"], json!([true, true]));
    assert_eq!(seen["refused"][0], "INVALID_ARGUMENT");
    assert_eq!(seen["unknown"][0], "UNIMPLEMENTED");
    assert_eq!((&seen["health"], &seen["watch"]), (&json!("0801"), &json!("0801")));

    let output = recorder.stop();
    let (header, rows) = trace(&folder.join("recorded.arrow"));
    let ids: Vec<i64> = rows.iter().map(|row| row.request.id.0).collect();
    assert_eq!(ids, [41, 42], "{}", text(&output));
    assert_eq!(header.models[0].shape, [1, 3, 224, 224]);
    let tensor: Vec<u8> = (0..150_528).flat_map(|_| 0.25_f32.to_le_bytes()).collect();
    assert!(rows.iter().all(|row| row.tensor_seed.0 == seed_of(&tensor)));
    assert_eq!(header.provenance[0].parameters["unrecorded.bad_tier"], "1");
}

/// The digests in the trace are those of what the foreign server has decoded.
#[test]
fn a_foreign_server_decodes_what_was_recorded() {
    let Some(python) = python() else { return };
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    make_stubs(python, folder, PROTO_FOLDER, "scheduler.proto");
    let server = ForeignServer::start(python, SERVER, folder);
    let recorder = Server::recorder(folder, &server.address, &[]);
    let mut generate = program("trace", folder);
    generate.args(["gen", "--workload", "balanced", "--duration-ms", "1000"]);
    run(generate.args(["--tensor-shape", "1x9", "-o", "t.arrow"]), &[0]);
    let mut replay = replay(folder, "t.arrow", &recorder.address);
    // Patient, because Python on a busy machine is slow.
    run(replay.args(["--timeout", "60000", "--limit", "40"]), &[0, 3]);
    let output = recorder.stop();

    let (header, rows) = trace(&folder.join("recorded.arrow"));
    let lines = fs::read_to_string(folder.join("records.jsonl")).unwrap();
    let mut seen: Vec<Value> =
        lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let id = |record: &Value| -> i64 { record["request_id"][0].as_str().unwrap().parse().unwrap() };
    seen.sort_by_key(id);
    let mut rows = rows;
    rows.sort_by_key(|row| row.request.id);
    assert_eq!((rows.len(), seen.len()), (40, 40), "{}", text(&output));
    let first_ns: i64 = header.provenance[0].parameters["first_arrival_ns"].parse().unwrap();
    let started_ns: i64 = header.provenance[0].parameters["started_unix_ns"].parse().unwrap();
    for (row, seen) in rows.iter().zip(&seen) {
        assert_eq!(row.request.id.0, id(seen));
        assert_eq!(u64::from(row.request.tier.number()), seen["tier"].as_u64().unwrap());
        let deadline_ns = started_ns + first_ns + row.request.deadline.as_nanos();
        assert_eq!(deadline_ns, seen["deadline_ns"].as_i64().unwrap());
        assert_eq!(header.models[usize::from(row.request.model.0)].name, seen["model_name"]);
        assert_eq!(row.tensor_seed.0, seed_of(&bytes(seen["input_tensor"].as_str().unwrap())));
    }
}

fn seed_of(tensor: &[u8]) -> u64 {
    u64::from_be_bytes(Sha256::digest(tensor)[..8].try_into().unwrap())
}

fn bytes(hexadecimal: &str) -> Vec<u8> {
    let digits: Vec<u8> =
        hexadecimal.chars().map(|digit| digit.to_digit(16).unwrap() as u8).collect();
    digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()
}

/// A server made of grpcio; it dies with this, and with the test, since its stdin then closes.
pub(crate) struct ForeignServer {
    pub(crate) address: String,
    process: Child,
}

impl ForeignServer {
    /// Starts the server that a script is; it writes `records.jsonl` in this folder, where the
    /// stubs are.
    pub(crate) fn start(python: &Path, script: &str, folder: &Path) -> Self {
        let mut process = Command::new(python)
            .arg(script)
            .arg(folder.join("records.jsonl"))
            .env("PYTHONPATH", folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut port = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut port).unwrap();
        Self { address: format!("127.0.0.1:{}", port.trim()), process }
    }
}

impl Drop for ForeignServer {
    fn drop(&mut self) {
        // Both fail only where it is gone already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Makes the stubs of a proto, which lies in the folder `protos`.
pub(crate) fn make_stubs(python: &Path, folder: &Path, protos: &str, proto: &str) {
    let mut protoc = Command::new(python);
    protoc.current_dir(folder).args(["-m", "grpc_tools.protoc", "-I", protos]);
    complete(protoc.args(["--python_out=.", "--grpc_python_out=.", proto])).unwrap();
}

/// The Python that has grpcio, or `None` where there can be none.
pub(crate) fn python() -> Option<&'static Path> {
    static PYTHON: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    match PYTHON.get_or_init(environment) {
        Ok(python) => Some(python),
        Err(why) => {
            assert!(env::var_os("CI").is_none(), "CI needs the foreign peers: {why}");
            // Not `eprintln`, which the test harness hides where a test passes.
            let line = format!("SKIPPED: no foreign peer: {why}\n");
            io::stderr().write_all(line.as_bytes()).unwrap();
            None
        }
    }
}

/// Makes the virtual environment where it is not there yet, and gives back its Python.
fn environment() -> Result<PathBuf, String> {
    let parent = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let folder = parent.join(format!("python-peer-{GRPCIO}"));
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
            .args([format!("grpcio=={GRPCIO}"), format!("grpcio-tools=={GRPCIO}")]),
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
pub(crate) fn complete(command: &mut Command) -> Result<(), String> {
    let output = command.output().map_err(|error| format!("cannot run {command:?}: {error}"))?;
    if output.status.success() { Ok(()) } else { Err(format!("{command:?}: {}", text(&output))) }
}

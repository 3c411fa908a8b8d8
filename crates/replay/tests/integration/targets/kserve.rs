//! `--target kserve`: what is asked before a run, what is sent, and what the answers mean.

mod asks;
mod fake;

use std::collections::BTreeSet;

use outcome::{Code, Status};
use prost::Message;
use request::Seed;
use trace::{Tensor, TraceReader, TraceRow};
use wire::inference::infer_parameter::ParameterChoice;
use wire::inference::model_infer_request::InferInputTensor;
use wire::inference::{
    InferParameter, MODEL_CONFIG_PATH, MODEL_INFER_PATH, MODEL_METADATA_PATH, MODEL_READY_PATH,
    ModelInferRequest, ModelInferResponse, ModelMetadataRequest,
};

use super::server::{Answer, Call};
use crate::support::{BAD_REPLY, BROKEN, End, Fixture, OK, Replayed, error, text};
use fake::Fake;

const TRITON: [&str; 6] = ["--target", "kserve", "--map", "triton", "--timeout", "60000"];

/// The request that a call asks with, by the id that it has in the message itself.
fn decode(call: &Call) -> (i64, ModelInferRequest) {
    let request = ModelInferRequest::decode(&call.message[..]).unwrap();
    (request.id.parse().unwrap(), request)
}

/// What a Triton may say to the request of an id, and how that then ends.
type Case = (&'static str, fn(i64) -> Answer, End);

const ANSWERS: [Case; 10] = [
    ("its id", |id| reply(&id.to_string()), OK),
    ("no id", |_| reply(""), OK),
    ("another's id", |id| reply(&(id + 1).to_string()), BAD_REPLY),
    ("what is no id", |_| reply("abc"), BAD_REPLY),
    ("what is no message", |_| Answer::Message(vec![0xff; 12]), BAD_REPLY),
    (
        "the queue's timeout",
        |_| Answer::Status(14, "[request id: 6] Request timeout expired"),
        (Status::Expired, Some(Code::Unavailable)),
    ),
    (
        "the queue's length",
        |_| Answer::Status(14, "[request id: 6] Exceeds maximum queue size"),
        (Status::Rejected, Some(Code::Unavailable)),
    ),
    ("not there", |_| Answer::Status(14, "Request for unknown model: 'x' is not found"), BROKEN),
    (
        "gRPC's deadline",
        |_| Answer::Status(4, "Deadline Exceeded"),
        (Status::Timeout, Some(Code::DeadlineExceeded)),
    ),
    (
        "a shape",
        |_| Answer::Status(3, "unexpected shape for input 'x'"),
        error(Code::InvalidArgument),
    ),
];

fn reply(id: &str) -> Answer {
    Answer::Message(ModelInferResponse { id: id.into(), ..Default::default() }.encode_to_vec())
}

/// Which of the answers a request gets.
fn answer_to(id: i64) -> Case {
    ANSWERS[usize::try_from(id).unwrap() % ANSWERS.len()]
}

#[test]
fn each_answer_of_a_triton_has_its_status() {
    let fixture = Fixture::brief();
    let server = Fake::new()
        .infers(|call| {
            let (id, _) = decode(call);
            let (_, answer, _) = answer_to(id);
            answer(id)
        })
        .start();
    let run = fixture.outcomes_at(server.address, &TRITON);
    run.check_complete(&fixture);
    for row in &run.rows {
        let (name, _, end) = answer_to(row.request_id.0);
        assert_eq!((row.status, row.code), end, "{name}: {row:?}");
    }
    let ends: BTreeSet<_> = ANSWERS.map(|(_, _, end)| end).into();
    assert_eq!(run.ends().len(), ends.len(), "each end is there: {:?}", run.ends());
}

#[test]
fn a_request_carries_priority_timeout_and_its_tensor_raw() {
    let fixture = Fixture::brief();
    let server = Fake::new().start();
    let run = fixture.outcomes_at(server.address, &TRITON);
    run.check_ends(&[OK]);
    let reader = TraceReader::open(&fixture.trace()).unwrap();
    let calls = server.calls_to(MODEL_INFER_PATH);
    assert_eq!(calls.len(), run.rows.len(), "each request arrives exactly once");
    let mut calls: Vec<_> = calls.iter().map(|call| (call.id(), decode(call))).collect();
    calls.sort_unstable_by_key(|(id, _)| *id);
    for ((header, (id, request)), row) in calls.into_iter().zip(reader.rows()) {
        let row = row.unwrap();
        assert_eq!((header, id), (row.request.id.0, row.request.id.0));
        let name = &reader.header().models[usize::from(row.request.model.0)].name;
        check_request(request, name, &row, &run);
    }
}

fn check_request(mut request: ModelInferRequest, name: &str, row: &TraceRow, run: &Replayed) {
    let mut parameter = |name| match request.parameters.remove(name) {
        Some(InferParameter { parameter_choice: Some(ParameterChoice::Int64Param(value)) }) => {
            value
        }
        other => panic!("{name}: {other:?}"),
    };
    let (priority, timeout_us) = (parameter("priority"), parameter("timeout"));
    assert_eq!(priority, i64::from(row.request.tier.number()));
    // What is left to the deadline: no more than from the arrival, no less than when it had gone.
    let outcome = run.rows.iter().find(|outcome| outcome.request_id == row.request.id).unwrap();
    let most = (outcome.deadline - outcome.arrival).as_micros();
    let least = outcome.deadline.saturating_since(outcome.sent.unwrap()).as_micros();
    let timeout_us = u128::try_from(timeout_us).unwrap();
    assert!((least.max(1)..=most).contains(&timeout_us), "{timeout_us}: {least} to {most}");

    let mut tensor = vec![0; 4 * size_of::<f32>()];
    Tensor::fill(Seed(row.tensor_seed.0), &mut tensor);
    let input = InferInputTensor {
        name: "x".into(),
        datatype: "FP32".into(),
        shape: vec![1, 4],
        ..Default::default()
    };
    let expected = ModelInferRequest {
        model_name: name.into(),
        id: row.request.id.0.to_string(),
        inputs: vec![input],
        raw_input_contents: vec![tensor.into()],
        ..Default::default()
    };
    assert_eq!(request, expected, "and nothing else");
}

#[test]
fn without_a_map_no_priority_travels_and_the_user_is_told() {
    let fixture = Fixture::brief();
    let server = Fake::new().start();
    let run = fixture.outcomes_at(server.address, &["--target", "kserve", "--timeout", "60000"]);
    run.check_ends(&[OK]);
    for call in server.calls_to(MODEL_INFER_PATH) {
        assert!(decode(&call).1.parameters.is_empty());
    }
    let said = text(&run.output);
    assert!(
        said.contains("note: no --map: requests carry neither priority nor deadline"),
        "{said}"
    );
}

/// The server knows the models by other names, and one of them in another version.
#[test]
fn models_go_by_the_names_that_the_server_has() {
    const MAP: &str = "[models]\nresnet50 = \"densenet_onnx\"\n[request]\n\
        model_version = { of = \"model\", values = { resnet50 = \"3\" }, otherwise = \"\" }\n";
    let fixture = Fixture::brief();
    std::fs::write(fixture.path("names.toml"), MAP).unwrap();
    let server = Fake::new().start();
    let flags = [&TRITON[..], &["--map", "names.toml"]].concat();
    let run = fixture.outcomes_at(server.address, &flags);
    run.check_ends(&[OK]);
    let expected = BTreeSet::from([("densenet_onnx", "3"), ("vit", "")])
        .into_iter()
        .map(|(name, version)| (name.to_owned(), version.to_owned()))
        .collect();
    let asked = |call: &Call| {
        let asked = ModelMetadataRequest::decode(&call.message[..]).unwrap();
        (asked.name, asked.version)
    };
    for question in [MODEL_METADATA_PATH, MODEL_READY_PATH, MODEL_CONFIG_PATH] {
        let calls = server.calls_to(question);
        assert_eq!(calls.iter().map(asked).collect::<BTreeSet<_>>(), expected, "{question}");
        assert_eq!(calls.len(), 2, "each is asked once");
    }
    let calls = server.calls_to(MODEL_INFER_PATH);
    let sent =
        calls.iter().map(decode).map(|(_, request)| (request.model_name, request.model_version));
    assert_eq!(sent.collect::<BTreeSet<_>>(), expected);
}

/// Each of two servers is asked, and gets what it said: their inputs have other names.
#[test]
fn two_servers_are_each_asked_for_themselves() {
    let fixture = Fixture::brief();
    let a = Fake::new().takes(&[("x", "FP32", &[-1, 4])]).start();
    let b = Fake::new().takes(&[("image", "FP32", &[1, -1])]).start();
    let (url, versus) = (a.url(), b.url());
    let flags = ["--scheduler-url", &url, "--versus", &versus, "-o", "run.arrow"];
    let output = fixture.replay().args(flags).args(TRITON).output().unwrap();
    for (file, server, input) in [("run.a.arrow", &a, "x"), ("run.b.arrow", &b, "image")] {
        assert!(matches!(output.status.code(), Some(0 | 3)), "{}", text(&output));
        let run = Replayed::read(&fixture.path(file), output.clone());
        run.check_complete(&fixture);
        run.check_ends(&[OK]);
        assert_eq!(run.info.parameters["target"], "kserve");
        let calls = server.calls_to(MODEL_INFER_PATH);
        assert_eq!(calls.len(), run.rows.len());
        for call in &calls {
            assert_eq!(decode(call).1.inputs[0].name, input);
        }
    }
}

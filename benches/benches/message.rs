//! Messages of each kind of target: what the head of a request and the reading of its reply cost the
//! thread that keeps time. The tail of a request is its tensor, which `tensor` measures.

use std::hint::black_box;
use std::path::Path;

use bytes::Bytes;
use criterion::{BenchmarkId, Criterion, Throughput};
use prost::Message;
use request::Tier;
use targets::{Ask, Facts, Map, Method, ModelShape, Protocol, Refusal, Target, Traffic};
use wire::inference::model_infer_response::InferOutputTensor;
use wire::inference::model_metadata_response::TensorMetadata;
use wire::inference::{
    MODEL_METADATA_PATH, MODEL_READY_PATH, ModelInferResponse, ModelMetadataResponse,
    ModelReadyResponse, SERVER_READY_PATH, ServerReadyResponse,
};
use wire::{InferResponse, framed};

use crate::traffic::SEED;

const MODEL: &str = "resnet50";

const SHAPE: [i32; 4] = [1, 3, 224, 224];

/// What a classifier answers: a score for each of 1,000 classes.
const SCORES: Bytes = Bytes::from_static(&[0; 4_000]);

const FACTS: Facts = Facts {
    id: 12_345,
    tier: Tier::Premium,
    slo: 1,
    model: 0,
    tensor_seed: SEED.0,
    arrival_ns: 1_700_000_000_000_000_000,
    deadline_ns: 1_700_000_000_500_000_000,
    now_ns: 1_700_000_000_000_050_000,
};

pub(crate) fn bench(criterion: &mut Criterion) {
    let subjects = [
        ("scheduler", scheduler(), scheduler_reply()),
        ("kserve", kserve(), kserve_reply()),
        ("proto", nested(), nested_reply()),
    ];
    let mut group = criterion.benchmark_group("message");
    group.throughput(Throughput::Elements(1));
    for (name, protocol, reply) in &subjects {
        group.bench_function(BenchmarkId::new("head", name), |bencher| {
            bencher.iter(|| protocol.head(black_box(&FACTS)));
        });
        let echo = protocol.echo(&FACTS);
        assert_eq!(protocol.end(0, "", reply, echo), (outcome::Status::Ok, None), "{name}");
        group.bench_function(BenchmarkId::new("reply", name), |bencher| {
            bencher.iter(|| protocol.end(0, "", black_box(reply), black_box(echo)));
        });
    }
    group.finish();
}

fn bind(target: &Target) -> Protocol {
    let model = ModelShape { name: MODEL.to_owned(), shape: SHAPE.to_vec(), used: true };
    let slos = ["urgent", "normal", "relaxed"].map(str::to_owned).to_vec();
    let traffic = Traffic { models: vec![model], slos, slo_ns_max: 0 };
    target.bind(&traffic, &mut Server).expect("map, proto and answers fit each other")
}

fn scheduler() -> Protocol {
    bind(&Target::scheduler(Map::default()))
}

fn kserve() -> Protocol {
    bind(&Target::kserve(targets::preset("triton").expect("it is built in")))
}

fn nested() -> Protocol {
    let proto = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/message/nested.proto");
    let method = Method::from_files(&[proto], &[], "gateway.Gateway/Submit");
    let map = Map::parse(include_str!("message/nested.toml"), "nested.toml");
    bind(&Target::proto(method.expect("the proto compiles"), map.expect("the map is one")))
}

/// A server of the Open Inference Protocol that takes the tensor and is no Triton.
struct Server;

impl Ask for Server {
    fn call(&mut self, path: &str, _: &[u8]) -> Result<Vec<u8>, Refusal> {
        match path {
            SERVER_READY_PATH => Ok(ServerReadyResponse { ready: true }.encode_to_vec()),
            MODEL_READY_PATH => Ok(ModelReadyResponse { ready: true }.encode_to_vec()),
            MODEL_METADATA_PATH => {
                let input = TensorMetadata {
                    name: "data_0".to_owned(),
                    datatype: "FP32".to_owned(),
                    shape: SHAPE.map(i64::from).to_vec(),
                };
                let metadata = ModelMetadataResponse { inputs: vec![input], ..Default::default() };
                Ok(metadata.encode_to_vec())
            }
            _ => Err(Refusal::Status { code: 12, message: String::new() }),
        }
    }
}

fn scheduler_reply() -> Bytes {
    let reply =
        InferResponse { deadline_ns: FACTS.deadline_ns, success: true, ..Default::default() };
    framed(&reply).expect("it is short")
}

fn kserve_reply() -> Bytes {
    let output = InferOutputTensor {
        name: "fc6_1".to_owned(),
        datatype: "FP32".to_owned(),
        shape: vec![1, 1_000],
        ..Default::default()
    };
    let reply = ModelInferResponse {
        model_name: MODEL.to_owned(),
        model_version: "1".to_owned(),
        id: FACTS.id.to_string(),
        outputs: vec![output],
        raw_output_contents: vec![SCORES],
        ..Default::default()
    };
    framed(&reply).expect("it is short")
}

/// `Receipt` of `message/nested.proto`, as a server would generate it.
#[derive(Clone, PartialEq, Message)]
struct Receipt {
    #[prost(message, optional, tag = "1")]
    ticket: Option<Ticket>,
    #[prost(bytes = "bytes", tag = "2")]
    content: Bytes,
}

#[derive(Clone, PartialEq, Message)]
struct Ticket {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(int32, tag = "2")]
    state: i32,
    #[prost(string, tag = "3")]
    job: String,
}

fn nested_reply() -> Bytes {
    let ticket = Ticket { name: "normal-12345".to_owned(), state: 1, job: FACTS.id.to_string() };
    framed(&Receipt { ticket: Some(ticket), content: SCORES }).expect("it is short")
}

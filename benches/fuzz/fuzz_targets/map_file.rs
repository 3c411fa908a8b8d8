//! Maps, laid over those of each kind of target; and of those that fit, the requests.
#![no_main]

use std::sync::LazyLock;

use fuzz::requests::{Answers, KINDS, Nobody, answer, check, traffic};
use libfuzzer_sys::fuzz_target;
use prost::Message;
use targets::{Ask, Map, Method, Target};
use wire::inference::model_metadata_response::TensorMetadata;
use wire::inference::{
    self, ModelConfigResponse, ModelMetadataResponse, ModelReadyResponse, ServerReadyResponse,
};

static SCHEDULER: LazyLock<Method> =
    LazyLock::new(|| built_in(wire::FILE_DESCRIPTOR_SET, wire::INFER_PATH));

static KSERVE: LazyLock<Method> =
    LazyLock::new(|| built_in(inference::FILE_DESCRIPTOR_SET, inference::MODEL_INFER_PATH));

fn built_in(set: &[u8], path: &str) -> Method {
    Method::from_descriptor_set(set, path).expect("it is built in")
}

/// Of a server that takes both models and schedules by nothing.
static ANSWERS: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let model = |sizes: usize| {
        let input = TensorMetadata {
            name: "x".to_owned(),
            datatype: "FP32".to_owned(),
            shape: vec![-1; sizes],
        };
        let metadata = ModelMetadataResponse { inputs: vec![input], ..Default::default() };
        let (ready, config) = (ModelReadyResponse { ready: true }, ModelConfigResponse::default());
        [metadata.encode_to_vec(), ready.encode_to_vec(), config.encode_to_vec()]
    };
    let server = ServerReadyResponse { ready: true }.encode_to_vec();
    let all = [vec![server], model(2).to_vec(), model(3).to_vec()].concat();
    all.iter().flat_map(|message| answer(0, message)).collect()
});

fuzz_target!(|data: &[u8]| {
    let Ok(text) = str::from_utf8(data) else { return };
    let Ok(map) = Map::parse(text, "m.toml").map_err(fuzz::sound::show) else { return };
    bind(&Target::scheduler(map.clone()), &SCHEDULER, &mut Nobody);
    bind(&Target::proto(KINDS.clone(), map.clone()), &KINDS, &mut Nobody);
    bind(&Target::kserve(map), &KSERVE, &mut Answers(&ANSWERS));
});

fn bind(target: &Target, method: &Method, ask: &mut dyn Ask) {
    if let Ok(protocol) = target.bind(&traffic(), ask).map_err(fuzz::sound::show) {
        check(&protocol, &method.request());
    }
}

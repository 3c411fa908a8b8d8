//! A server of the Open Inference Protocol that serves every model, except as a test has it.

use std::collections::BTreeMap;
use std::sync::Arc;

use prost::Message;
use wire::inference::model_metadata_response::TensorMetadata;
use wire::inference::{
    MODEL_INFER_PATH, MODEL_METADATA_PATH, MODEL_READY_PATH, ModelInferResponse,
    ModelMetadataResponse, ModelReadyResponse, SERVER_READY_PATH, ServerReadyResponse,
};

use super::decode;
use crate::targets::server::{Answer, Call, Server};

/// What it says to the questions, and to requests.
#[derive(Clone)]
pub(super) struct Fake {
    answers: BTreeMap<String, Answer>,
    infer: Arc<dyn Fn(&Call) -> Answer + Send + Sync>,
}

impl Fake {
    /// A server whose models take one input x of any number of rows of four, and which says yes.
    pub(super) fn new() -> Self {
        let infer = |call: &Call| {
            let (id, _) = decode(call);
            message(&ModelInferResponse { id: id.to_string(), ..Default::default() })
        };
        Self { answers: BTreeMap::new(), infer: Arc::new(infer) }
            .says(SERVER_READY_PATH, message(&ServerReadyResponse { ready: true }))
            .says(MODEL_READY_PATH, message(&ModelReadyResponse { ready: true }))
            .takes(&[("x", "FP32", &[-1, 4])])
    }

    /// Answers a question so.
    pub(super) fn says(mut self, path: &str, answer: Answer) -> Self {
        self.answers.insert(path.to_owned(), answer);
        self
    }

    /// Has models with these inputs: name, type, shape.
    pub(super) fn takes(self, inputs: &[(&str, &str, &[i64])]) -> Self {
        let inputs = inputs.iter().map(|(name, datatype, shape)| TensorMetadata {
            name: (*name).into(),
            datatype: (*datatype).into(),
            shape: shape.to_vec(),
        });
        let metadata = ModelMetadataResponse { inputs: inputs.collect(), ..Default::default() };
        self.says(MODEL_METADATA_PATH, message(&metadata))
    }

    /// Answers requests so.
    pub(super) fn infers(
        mut self,
        infer: impl Fn(&Call) -> Answer + Send + Sync + 'static,
    ) -> Self {
        self.infer = Arc::new(infer);
        self
    }

    pub(super) fn start(self) -> Server {
        Server::start(move |call| match self.answers.get(&call.path[..]) {
            Some(answer) => answer.clone(),
            None if call.path == MODEL_INFER_PATH => (self.infer)(call),
            None => Answer::Status(12, ""),
        })
    }
}

pub(super) fn message(message: &impl Message) -> Answer {
    Answer::Message(message.encode_to_vec())
}

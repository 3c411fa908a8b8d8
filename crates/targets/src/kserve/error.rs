//! What keeps a run from a server.

use outcome::Code;

use super::Wanted;
use crate::ask::in_words;
use crate::plain::plain;

/// Why no request of the run could succeed, or be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KserveError {
    /// It serves nothing yet.
    #[error("the server is not ready: {0}; wait until it has loaded its models, or see its log")]
    ServerNotReady(String),
    /// It said nothing.
    #[error("no answer to {method}: {why}; check the address, and that a KServe v2 server listens")]
    NoAnswer {
        /// What was asked.
        method: &'static str,
        /// What happened.
        why: String,
    },
    /// It will not say.
    #[error("the server refuses {method}: {}{}", in_words(*.code, .message), remedy(*.code))]
    Refused {
        /// What was asked.
        method: &'static str,
        /// Its gRPC status.
        code: i32,
        /// Its words.
        message: String,
    },
    /// It said what no such server says.
    #[error("the reply to {method} is not of the Open Inference Protocol")]
    BadReply {
        /// What was asked.
        method: &'static str,
        /// What is wrong with it.
        source: prost::DecodeError,
    },
    /// It has no such model, or has not loaded it.
    #[error(
        "the server does not serve {model}: {said}; load it there, or write the name that it has \
         there into the map: [models] {key:?} = \"NAME\""
    )]
    NotServed {
        /// The model, by its names.
        model: String,
        /// The server's words.
        said: String,
        /// Its name in the trace.
        key: String,
    },
    /// It does not tell what the model takes, and neither does the map.
    #[error(
        "the server does not say what {model} takes: {reason}; write the name of its input into \
         the map: [request] \"inputs[0].name\" = \"NAME\""
    )]
    InputUntold {
        /// The model, by its names.
        model: String,
        /// Why not.
        reason: &'static str,
    },
    /// A trace has one tensor for each request.
    #[error(
        "{model} takes {count} inputs, and a request of the trace has one tensor: {inputs}; if all \
         but one are optional, write that one into the map: [request] \"inputs[0].name\" = \"NAME\""
    )]
    ManyInputs {
        /// The model, by its names.
        model: String,
        /// How many.
        count: usize,
        /// What they are.
        inputs: String,
    },
    /// The map names another input.
    #[error(
        "{model} has no input '{input}', which the map names as \"inputs[0].name\"; it takes \
         {inputs}"
    )]
    NoSuchInput {
        /// The model, by its names.
        model: String,
        /// What the map says.
        input: String,
        /// What there is.
        inputs: String,
    },
    /// Its elements are of another type.
    #[error(
        "input '{input}' of {model} takes {datatype}, and the tensors of a trace are FP32; serve a \
         model that takes FP32"
    )]
    Datatype {
        /// The model, by its names.
        model: String,
        /// The input.
        input: String,
        /// What it takes.
        datatype: String,
    },
    /// Its shape is another.
    #[error(
        "input '{input}' of {model} takes {}, and the tensors of the trace are {given:?}; \
         write into the model's entry of the workload: shape = {}",
        plain(&format!("{shape:?}")), plain(&format!("{proposed:?}"))
    )]
    Shape {
        /// The model, by its names.
        model: String,
        /// The input.
        input: String,
        /// What it takes.
        shape: Vec<i64>,
        /// What the trace has.
        given: Vec<i32>,
        /// What would fit.
        proposed: Vec<i64>,
    },
}

impl KserveError {
    /// The server has no such model, or has not loaded it.
    pub(super) fn not_served(wanted: &Wanted<'_>, said: String) -> Self {
        Self::NotServed { model: wanted.to_string(), said, key: wanted.trace_name.to_owned() }
    }
}

/// What to do about a refusal, where its status tells.
fn remedy(code: i32) -> &'static str {
    match Code::from_grpc(code) {
        Some(Code::Unauthenticated | Code::PermissionDenied) => "; give --token-file or --header",
        _ => "",
    }
}

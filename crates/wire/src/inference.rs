//! The Rust side of `proto/open_inference.proto` and `proto/triton_model_config.proto`: messages of
//! the Open Inference Protocol (KServe v2), its client and server, and how Triton schedules a model.

pub use crate::generated::inference::*;

/// Path of the call that asks whether the server is ready.
pub const SERVER_READY_PATH: &str = "/inference.GRPCInferenceService/ServerReady";

/// Path of the call that asks whether a model is ready.
pub const MODEL_READY_PATH: &str = "/inference.GRPCInferenceService/ModelReady";

/// Path of the call that asks which tensors a model takes and gives.
pub const MODEL_METADATA_PATH: &str = "/inference.GRPCInferenceService/ModelMetadata";

/// Path of the inference call.
pub const MODEL_INFER_PATH: &str = "/inference.GRPCInferenceService/ModelInfer";

/// Path of the call that asks Triton, and no other server, how a model is configured.
pub const MODEL_CONFIG_PATH: &str = "/inference.GRPCInferenceService/ModelConfig";

/// The encoded `FileDescriptorSet` of both proto files.
pub const FILE_DESCRIPTOR_SET: &[u8] = include_bytes!("generated/inference.binpb");

//! The Rust side of `proto/`.
//!
//! Of `proto/scheduler.proto`, our own contract, four things live here:
//!
//! - the generated client and server ([`scheduler_service_client`], [`scheduler_service_server`]),
//!   checked in so that a build needs no generator, and [`FILE_DESCRIPTOR_SET`] for reflection;
//! - [`InferRequest`], written by hand: its tensor stays the bytes that came over the wire, because
//!   no scheduler looks at the 150,528 floats that a `Vec<f32>` would be made of;
//! - the load generator's side: [`PreparedTensor`] and [`encode_head`] make a call's bytes ahead of
//!   time, [`decode_reply`] reads the answer, and [`Frames`] follows a connection's bytes, to tell
//!   when each call's passed;
//! - [`Endpoint`], where a scheduler listens.
//!
//! The protos of others are messages, clients and servers alone: [`inference`].
//!
//! Connections, HTTP/2 and retries are not here: they belong to whoever opens the socket.
//!
//! # Example
//!
//! Protobuf fields may come in any order and a message need not be one buffer, so a call is two
//! pieces: a head of a few bytes that differs for each request, and a tail that holds the tensor.
//!
//! ```
//! use prost::Message;
//! use request::Tier;
//! use wire::{FRAME_PREFIX_LEN, InferRequest, PreparedTensor, encode_head};
//!
//! let tensor = PreparedTensor::build(&[1, 2], |floats| {
//!     floats[..4].copy_from_slice(&0.25f32.to_le_bytes());
//!     floats[4..].copy_from_slice(&0.5f32.to_le_bytes());
//! })?;
//! let head = encode_head(Tier::Vip, 1_700_000_000_000_000_000, "resnet50", tensor.len())?;
//!
//! let body = [&head[..], tensor.as_bytes()].concat(); // sent as two pieces, joined here to be read
//! let request = InferRequest::decode(&body[FRAME_PREFIX_LEN..])?;
//! assert_eq!(request.tier(), Some(Tier::Vip));
//! assert_eq!(request.input_shape, [1, 2]);
//! assert!(request.tensor().eq([0.25, 0.5]));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod endpoint;
mod frame;
mod frames;
mod generated;
mod infer_request;
pub mod inference;
mod prepared;
mod reply;
mod tensor_bytes;

pub use endpoint::{Endpoint, EndpointError};
pub use frame::{FRAME_PREFIX_LEN, MESSAGE_LEN_MAX, frame_prefix};
pub use frames::{FrameEdge, FrameHead, Frames};
pub use generated::{InferResponse, scheduler_service_client, scheduler_service_server};
pub use infer_request::InferRequest;
pub use prepared::{PrepareError, PreparedTensor, encode_head};
pub use reply::{ReplyError, decode_reply, reply_message};

/// Path of the call: what goes into `:path` of the HTTP/2 request.
pub const INFER_PATH: &str = "/scheduler.SchedulerService/Infer";

/// Metadata key under which a client may send the request's id, in decimal.
///
/// The contract has no field for it; schedulers that do not know the key ignore it.
pub const REQUEST_ID_HEADER: &str = "request-id";

/// The encoded `FileDescriptorSet` of `proto/scheduler.proto`, for gRPC reflection.
pub const FILE_DESCRIPTOR_SET: &[u8] = include_bytes!("generated/scheduler.binpb");

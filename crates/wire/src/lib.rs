//! The Rust side of `proto/`, and what gRPC and HTTP/2 put around its messages.
//!
//! - Messages, clients and servers, generated and checked in, so that a build needs no generator: of
//!   our own contract here ([`scheduler_service_client`], [`scheduler_service_server`]), of the Open
//!   Inference Protocol in [`inference`]. Of each there is the descriptor set, for reflection and for
//!   whoever encodes by it.
//! - [`InferRequest`], written by hand: its tensor stays the bytes that came over the wire, because
//!   no scheduler looks at the 150,528 floats that a `Vec<f32>` would be made of.
//! - gRPC's frame around a message: [`framed`] and [`frame_prefix`] write it, [`reply_message`] takes
//!   it off.
//! - [`Frames`] follows the bytes of an HTTP/2 connection, to tell when each call's passed.
//! - [`Endpoint`], where a server listens.
//!
//! What a request of a trace holds is for `targets` to say. Connections, HTTP/2 and retries are not
//! here either: they belong to whoever opens the socket.
//!
//! # Example
//!
//! ```
//! use prost::Message;
//! use request::Tier;
//! use wire::{InferRequest, framed, reply_message};
//!
//! let request = InferRequest {
//!     tier: Tier::Vip.number().into(),
//!     deadline_ns: 1_700_000_000_000_000_000,
//!     model_name: "resnet50".to_owned(),
//!     input_tensor: [0.25f32, 0.5].iter().flat_map(|float| float.to_le_bytes()).collect(),
//!     input_shape: vec![1, 2],
//! };
//! let body = framed(&request).expect("it is short");
//!
//! let read = InferRequest::decode(reply_message(&body)?)?;
//! assert_eq!(read, request);
//! assert!(read.tensor().eq([0.25, 0.5]));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod endpoint;
mod frame;
mod frames;
mod generated;
mod infer_request;
pub mod inference;
mod reply;
mod tensor_bytes;

pub use endpoint::{Endpoint, EndpointError};
pub use frame::{FRAME_PREFIX_LEN, MESSAGE_LEN_MAX, frame_prefix, framed};
pub use frames::{FrameEdge, FrameHead, Frames};
pub use generated::{InferResponse, scheduler_service_client, scheduler_service_server};
pub use infer_request::InferRequest;
pub use reply::{ReplyError, reply_message};

/// Path of the call: what goes into `:path` of the HTTP/2 request.
pub const INFER_PATH: &str = "/scheduler.SchedulerService/Infer";

/// Metadata key under which a client may send the request's id, in decimal.
///
/// The contract has no field for it; schedulers that do not know the key ignore it.
pub const REQUEST_ID_HEADER: &str = "request-id";

/// The encoded `FileDescriptorSet` of `proto/scheduler.proto`, for gRPC reflection.
pub const FILE_DESCRIPTOR_SET: &[u8] = include_bytes!("generated/scheduler.binpb");

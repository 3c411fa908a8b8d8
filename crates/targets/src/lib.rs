//! How a request of a trace becomes a gRPC message, and how a reply becomes a status.

mod ask;

pub use ask::{Ask, Refusal};

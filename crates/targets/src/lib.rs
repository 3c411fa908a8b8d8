//! How a request of a trace becomes a gRPC message, and how a reply becomes a status.

mod ask;
mod facts;
#[cfg_attr(not(test), expect(dead_code, reason = "the target that asks comes with the templates"))]
mod kserve;
mod map;
mod number;
mod protocol;
mod reply;
mod target;
mod template;
mod tensor;
#[cfg(test)]
mod testing;
mod text;
mod traffic;

pub use ask::{Ask, Refusal};
pub use facts::Facts;
pub use map::{Map, MapError};
pub use protocol::{BindError, Protocol};
pub use reply::End;
pub use target::Target;
pub use tensor::TensorError;
pub use traffic::{ModelShape, Traffic};

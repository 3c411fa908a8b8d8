//! How a request of a trace becomes a gRPC message, and how a reply becomes a status.
//!
//! A [`Map`] says what each field of a message holds; a [`Target`] is a kind of server with its
//! method and its map: a scheduler of this project's proto, a KServe v2 server, or any unary method
//! of a proto that is known at run time. Bound to the models of a trace it is a [`Protocol`], which
//! makes the bytes of a request in well under a microsecond and says what an answer means.
//!
//! No socket is opened here and no clock read: what a server must be asked before a run goes through
//! [`Ask`].

mod ask;
mod chosen;
mod facts;
mod kserve;
mod map;
mod number;
mod plain;
mod protocol;
mod reply;
mod schema;
mod target;
mod template;
mod tensor;
#[cfg(test)]
mod testing;
mod text;
mod traffic;

pub use ask::{Ask, Refusal};
pub use facts::Facts;
pub use kserve::KserveError;
pub use kserve::presets::{preset, preset_names};
pub use map::{Map, MapError};
pub use protocol::{BindError, Protocol};
pub use reply::End;
pub use schema::{Method, SchemaError};
pub use target::Target;
pub use tensor::TensorError;
pub use traffic::{ModelShape, Traffic};

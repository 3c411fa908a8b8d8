//! `trace record` between the real `replay` and the real `scheduler`, and between peers of gRPC's
//! own Python.
//!
//! The tests stand here because no crate may use all of the programs that they need.
#![expect(clippy::unwrap_used, reason = "clippy.toml exempts test functions, not their helpers")]

mod foreign;
mod programs;
mod recorded;

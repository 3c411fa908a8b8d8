//! The real programs together: what `trace import` makes goes through `sim` and `replay`, and
//! `trace record` stands between `replay` and `scheduler`, and between peers of gRPC's own Python;
//! a live scheduler decides as its twin in virtual time does, and two versions of it meet the gate.
//!
//! The tests stand here because no crate may use all of the programs that they need.
#![expect(clippy::unwrap_used, reason = "clippy.toml exempts test functions, not their helpers")]

mod foreign;
mod gate;
mod imported;
mod own_policy;
mod programs;
mod recorded;
mod targets;
mod triton;
mod twin;

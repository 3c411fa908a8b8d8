//! Tests that see the crate from outside: against the generator, against prost, against tonic.

#![expect(clippy::unwrap_used, reason = "clippy.toml exempts test functions, not their helpers")]

mod contract;
mod generated;
mod inference;
mod parity;
mod service;

//! Tests that see the crate from outside: against the generator, against prost, against tonic.

mod contract;
mod generated;
mod parity;
mod service;

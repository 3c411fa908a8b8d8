//! The real binary against real servers, honest and otherwise.
#![expect(clippy::unwrap_used, reason = "clippy.toml exempts test functions, not their helpers")]

mod command;
mod faults;
mod foreign;
mod honesty;
mod series;
mod support;
mod targets;
mod tls;

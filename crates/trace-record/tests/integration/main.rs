//! The program between a client and a scheduler of every character.

#![expect(clippy::unwrap_used, reason = "clippy.toml exempts test functions, not their helpers")]

mod command;
mod crash;
mod forwarding;
mod recording;
mod support;

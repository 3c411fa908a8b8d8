//! A real server, asked by tonic's own client; and the real binary.

#![expect(clippy::unwrap_used, reason = "a failed test should panic, in its helpers too")]

mod command;
mod order;
mod replies;
mod services;
mod shutdown;
mod support;

//! The real binary on small traces.

#![expect(clippy::unwrap_used, reason = "a failed test should panic, in its helpers too")]

mod capacity;
mod command;
mod determinism;
mod fit;
mod outcomes;
mod refusals;
mod report;
mod support;
mod sweep;
mod theory;
mod timeline;

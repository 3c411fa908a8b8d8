//! The table as other crates use it.

#![expect(clippy::unwrap_used, reason = "a failed test should panic, in its helpers too")]

mod kept;
mod summary;

//! The program as it is typed, the canonical traces, and the statistics of what is generated.

#![expect(clippy::unwrap_used, reason = "a failed test should panic, in its helpers too")]

mod canonical;
mod check;
mod damage;
mod defects;
mod edit;
mod format_text;
mod formats;
mod import;
mod info;
mod memory;
mod plot;
mod program;
mod statistics;

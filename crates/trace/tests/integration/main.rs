//! The program as it is typed, the canonical traces, and the statistics of what is generated.

#![expect(clippy::unwrap_used, reason = "a failed test should panic, in its helpers too")]

mod canonical;
mod check;
mod defects;
mod format_text;
mod import;
mod info;
mod plot;
mod program;
mod statistics;

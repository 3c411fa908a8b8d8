//! Comparisons and agreements, as a library and as a command.

#![expect(clippy::unwrap_used, reason = "a failed test should panic, in its helpers too")]

mod agreement;
mod calibration;
mod command;
mod figures;
mod golden;
mod naive;
#[cfg(target_os = "linux")]
mod page;
mod refusals;
mod reports;
mod runs;
mod theory;

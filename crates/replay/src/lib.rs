//! Open-loop replay of a trace at a real gRPC scheduler, with a verdict on its own timing.
//!
//! Every request is fired at its scheduled moment, whatever became of the ones before, and ends in
//! exactly one status. Latency and deadline count from the schedule, so a stall on either side
//! shows. Pacing, stopping rule and transport are three things: `pacing` keeps time on a thread of
//! its own, `run` decides when it is over, `transport` moves bytes. What the scheduler is, the
//! engine does not know.
//!
//! ```no_run
//! use std::sync::Arc;
//! use std::sync::atomic::AtomicBool;
//!
//! let trace = trace::TraceReader::open("traces/urgent_heavy.arrow".as_ref())?;
//! let config = replay::Config::at("localhost:50051".parse()?);
//! let run = replay::replay(&trace, &config, &Arc::new(AtomicBool::new(false)), &mut |_| ())?;
//! println!("{} of {} in time", run.outcomes.iter().filter(|o| o.slo_met()).count(), run.outcomes.len());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod check;
pub mod cli;
mod clock;
mod embedded;
mod floor;
mod pacing;
mod plan;
mod progress;
mod report;
mod ring;
mod run;
mod steal;
mod transport;
mod verdict;
mod watch;

pub use progress::{Buckets, Lags, Progress, Rates, TierProgress};
pub use run::{Config, ReplayError, Run, replay};
pub use transport::{ConnectError, Endpoint, EndpointError};

//! Open-loop replay of a trace at a real gRPC scheduler, with a verdict on its own timing.
//!
//! Every request is fired at its scheduled moment, whatever became of the ones before, and ends in
//! exactly one status. Latency and deadline count from the schedule, so a stall on either side
//! shows. One thread, the `line`, keeps time and moves bytes; `run` sets up the threads around it
//! and decides when it is over. What the scheduler is, the engine does not know.
//!
//! ```no_run
//! use std::sync::Arc;
//! use std::sync::atomic::AtomicBool;
//!
//! let trace = trace::TraceReader::open("traces/urgent_heavy.arrow".as_ref())?;
//! let config = replay::Config::at("localhost:50051".parse()?);
//! let run = replay::replay(&trace, &config, &Arc::new(AtomicBool::new(false)), &mut ())?;
//! println!("{} of {} in time", run.outcomes.iter().filter(|o| o.slo_met()).count(), run.outcomes.len());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod ask;
mod bodies;
mod buffers;
mod check;
pub mod cli;
mod clock;
mod collector;
mod embedded;
mod floor;
mod grpc_message;
mod line;
mod metadata;
mod pace;
mod plan;
mod progress;
mod realtime;
mod report;
mod ring;
mod run;
mod series;
mod small_file;
mod steal;
mod tls;
mod verdict;
mod watch;

pub use line::{Assignment, AssignmentWord, ConnectError, Load};
pub use metadata::{
    BearerToken, CarriedError, HeaderFault, Metadata, MetadataError, TokenError, TokenFault,
};
pub use progress::{Buckets, Lags, Progress, Rates, TierProgress};
pub use realtime::{NotPermitted, Realtime, RealtimeWord};
pub use run::{Config, Numbered, Observer, ReplayError, Run, Session, replay};
pub use tls::{FileFault, Tls, TlsError, TlsOptions};
pub use wire::{Endpoint, EndpointError};

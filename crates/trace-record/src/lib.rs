//! A gRPC proxy that writes the requests it forwards as a trace.
//!
//! It stands in front of any scheduler that speaks `proto/scheduler.proto`, passes every call on
//! byte for byte, and notes of each `Infer` when it arrived, its tier, its deadline, its model and
//! the digest of its tensor. The trace that comes of it is replayed, simulated and compared like
//! any other.
//!
//! Traffic comes first. The proxy hands whole requests to the recorder, which has a thread of its
//! own, and never waits for it; what cannot be recorded is counted. A journal holds on disk what
//! was recorded so far, and the trace is made of it, at the end of a recording or after a crash.
//!
//! ```
//! let classes: trace_record::SloClasses = "fast=50ms,slow=2s".parse()?;
//! assert_eq!(classes.to_string(), "fast=50ms,slow=2s");
//! # Ok::<(), trace_record::SloError>(())
//! ```

mod capture;
pub mod cli;
mod clock;
mod finish;
mod journal;
mod message;
mod proxy;
mod record;
mod recorder;
mod report;
mod slo;
mod tally;
mod tensors;

pub use capture::Bounds;
pub use proxy::ConnectError;
pub use record::{Config, RecordError, Recording, record, recover};
pub use slo::{SloClasses, SloError};

//! The reference gRPC scheduler: the policies and the cluster of the simulator, in real time.
//!
//! Its workers are emulated: a request occupies one for a time drawn from the profile, the same
//! time that the simulator draws for it. It is the default target of `replay`, a second judge of
//! `sim`, and an example of a server that speaks `proto/scheduler.proto`. It never sees a trace and
//! never writes an outcome: the measured does not write its own marks.
//!
//! ```
//! let server = scheduler::start(scheduler::Config::default(), "127.0.0.1:0".parse()?)?;
//! println!("serving at {}", server.address());
//! server.stop();
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod cli;
mod clock;
mod core;
mod event_log;
mod serve;
mod service;

pub use serve::{Config, ServeError, Server, serve, start};

//! Virtual time: a trace through the policies and the cluster of the reference scheduler, without
//! a server.
//!
//! [`simulate`] is the engine over bare requests; [`simulate_trace`] runs a trace file and gives
//! the same outcome table that a replay gives. The same trace, policy, profile and seed give the
//! same bytes, on any machine and any number of threads.
//!
//! ```
//! use cluster::{Cluster, Profile};
//! use request::{ModelId, Moment, Request, RequestId, Seed, Tier};
//! use sim::{Fate, simulate};
//!
//! let arrival = Moment::ZERO;
//! let (id, tier, model) = (RequestId(0), Tier::Vip, ModelId(0));
//! let request = Request { id, arrival, deadline: Moment::from_nanos(100_000_000), tier, model };
//! let policy = policy::by_name("edf").expect("edf is built in");
//! let cluster = Cluster::new(policy, Profile::default(), 1, Seed(42));
//! simulate([request], cluster, |row, fate| {
//!     assert_eq!(row, 0);
//!     assert!(matches!(fate, Fate::Served(_)));
//! })?;
//! # Ok::<(), cluster::Violation>(())
//! ```

pub mod cli;
mod engine;
pub mod fit;
mod simulation;

pub use engine::{Fate, simulate};
pub use simulation::{SimError, Simulation, Workers, read_rows, simulate_trace};

//! Virtual time: a trace through the policies and the cluster of the reference scheduler, without
//! a server.
//!
//! [`simulate`] is the engine over bare requests; [`simulate_trace`] runs a trace file, sums it up
//! and hands each outcome to recorders, such as the one that writes the table that a replay gives.
//! The same trace, policy, profile and seed give the same bytes, on any machine and any number of
//! threads.
//!
//! ```
//! use cluster::{Cluster, Emulation, Violation};
//! use request::{ModelId, Moment, Request, RequestId, Tier};
//! use sim::{Fate, Fates, simulate};
//!
//! let arrival = Moment::ZERO;
//! let (id, tier, model) = (RequestId(0), Tier::Vip, ModelId(0));
//! let request = Request { id, arrival, deadline: Moment::from_nanos(100_000_000), tier, model };
//! let policy = policy::by_name("edf").expect("edf is built in");
//! let mut cluster = Cluster::new(policy, &Emulation::default());
//! let arrivals = [Ok::<_, Violation>((request, "mine"))];
//! simulate(arrivals, &mut cluster, &mut Fates(|payload, fate| {
//!     assert_eq!(payload, "mine");
//!     assert!(matches!(fate, Fate::Served(_)));
//! }))?;
//! # Ok::<(), Violation>(())
//! ```

pub mod capacity;
pub mod cli;
mod draft;
mod engine;
mod fate;
mod figures;
pub mod fit;
mod gauges;
pub mod report;
pub mod show;
mod simulation;
pub mod sweep;
mod table;
#[cfg(test)]
mod testing;
pub mod timeline;
mod window;

pub use engine::simulate;
pub use fate::{Fate, Fates};
pub use figures::{ClassFigures, Figures, Scope, ScopeError};
pub use gauges::{Gauges, WorkerGauge};
pub use simulation::{Recorder, Setting, SimError, Simulation, simulate_trace};
pub use table::TableRecorder;

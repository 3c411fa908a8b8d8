//! The emulated workers, and the books that both drivers of a policy keep.
//!
//! A [`Cluster`] holds what waits and what runs, draws service times from a [`Profile`], hands
//! events to a policy and checks every action that comes back. It reads no clock: `sim` drives it
//! in virtual time and `scheduler` in real time, and each learns through an [`Observer`] what became
//! of requests and workers.
//!
//! A service time is a function of (seed, profile, model, batch size, request id) alone. Two
//! policies on one trace therefore meet the same work, whatever their order of dispatch.
//!
//! ```
//! use cluster::Profile;
//! use request::{RequestId, Seed};
//!
//! let profile = Profile::default();
//! let model = profile.model("resnet50").expect("the default profile has resnet50");
//! let law = profile.service_times(Seed(42));
//! let time = law.draw(model, RequestId(7), 1);
//! assert_eq!(time, law.draw(model, RequestId(7), 1), "the same request costs the same, always");
//! ```

mod agenda;
mod books;
mod cluster;
mod emulation;
mod finishes;
mod floor;
pub mod log;
mod memory;
mod observer;
mod profile;
mod service;
mod state;
mod station;
mod violation;
mod workers;

pub use cluster::{Cluster, Queue};
pub use emulation::Emulation;
pub use observer::{Ending, Observer, Served, Span};
pub use profile::{Law, ModelProfile, Profile, ProfileError};
pub use service::ServiceTimes;
pub use violation::{Fault, Violation};
pub use workers::{WORKERS_MAX, Workers, WorkersError};

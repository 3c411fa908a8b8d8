//! One queueing problem, solved by several simulators: workers that never idle while a request
//! waits, in the order of `fifo`, `priority` or `edf`, without preemption.
//!
//! Each engine has a file, is handed the same [`Row`]s, and tells a [`Record`] when each request
//! started and ended. `README.md` says what is equal between them and what is not.

pub mod bare;
pub mod completions;
pub mod engine;
pub mod floor;
pub mod kiefer_wolfowitz;
pub mod nexosim;
pub mod queue;
pub mod record;
pub mod reprise;
pub mod services;
pub mod simcore;
pub mod station;
pub mod summary;
pub mod work;

pub use engine::{Engine, Policy, run};
pub use record::{Record, Waits};
pub use summary::Summary;
pub use work::{Row, Service, Work};

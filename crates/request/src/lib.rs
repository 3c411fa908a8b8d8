//! The nouns every part of Reprise shares, and the units they are told in.
//!
//! Only what a real scheduler could know belongs here: who asks, when it came, how urgent it is,
//! which model it wants and when it is too late. A request's true service time, its future and its
//! fate are not here, so nothing that decides can see them. The crate has no dependencies.
//!
//! ```
//! use request::{ModelId, Moment, Request, RequestId, Tier};
//! use std::time::Duration;
//!
//! let arrival = Moment::from_nanos(1_000);
//! let request = Request {
//!     id: RequestId(0),
//!     arrival,
//!     deadline: arrival + Duration::from_millis(100),
//!     tier: Tier::Vip,
//!     model: ModelId(0),
//! };
//! assert_eq!(request.deadline - request.arrival, Duration::from_millis(100));
//! ```

mod moment;
mod seed;
mod tier;

pub use moment::Moment;
pub use seed::Seed;
pub use tier::Tier;

/// Names a request within a trace; any two runs of the trace join on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestId(pub i64);

/// Position of a model in the list of models that the reader of the request holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ModelId(pub u16);

/// One inference call, as a scheduler sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Request {
    /// Its name.
    pub id: RequestId,
    /// When it arrived; in a trace, when it is scheduled to arrive.
    pub arrival: Moment,
    /// When an answer stops being useful.
    pub deadline: Moment,
    /// Its priority.
    pub tier: Tier,
    /// The model it asks for.
    pub model: ModelId,
}

//! What runs next: scheduling policies as pure state machines.
//!
//! A [`Policy`] has no clock, no I/O, no threads and no random numbers. An [`Event`] goes in with
//! the time and a read-only [`View`] of the cluster; [`Actions`] come out. The simulator and the
//! reference scheduler drive the same object, so a policy that is good in one is the policy that
//! runs in the other. It sees estimates of service times, never the times themselves, and no
//! request before it arrives.
//!
//! To add a policy: one file, one line in `registry.rs`. One that never idles is an [`Order`], which
//! [`Greedy`] makes a policy of; any other implements [`Policy`]. A program adds its own to a
//! [`Registry`].
//!
//! ```
//! let policy = policy::by_name("edf").expect("edf is built in");
//! assert_eq!(policy.name(), "edf");
//!
//! let error = policy::by_name("edff").err().expect("there is no such policy");
//! assert!(error.to_string().starts_with("no policy is called 'edff'; there are: "));
//! ```

mod action;
mod admission;
mod aging;
mod batch_edf;
mod clockwork;
mod crew;
mod dispatcher;
mod drr;
mod edf;
mod estimate;
mod event;
mod fifo;
mod greedy;
mod lanes;
mod late;
mod least_slack;
mod parameter;
mod planner;
mod priority;
#[cfg(test)]
mod properties;
mod registry;
mod shed;
mod sjf;
#[cfg(test)]
mod testing;
mod tier_edf;
mod view;
mod weights;
mod wfq;

pub use action::{Action, Actions, RefusalReason};
pub use event::{Event, Ticket, WorkerId};
pub use greedy::{Greedy, Order, PREEMPT};
pub use late::LATE;
pub use parameter::{ParameterSpec, Parameters, Values};
pub use registry::{PolicyError, PolicySpec, Registry, by_name, names, split_list};
pub use view::View;

use request::Moment;

/// Decides which waiting requests run where, and when.
pub trait Policy: Send {
    /// The name, with its parameters, that [`by_name`] makes it from.
    fn name(&self) -> String;

    /// Learns of `event` at `now` and appends what to do about it to `actions`.
    ///
    /// Events come in order of time; ties in the order finished or preempted, lost or back, arrived,
    /// woke, and within one kind by worker or request. `actions` is empty on entry. An action is
    /// checked by the cluster, and one that breaks the rules ends the run with an error that names
    /// the policy.
    fn on_event(&mut self, now: Moment, event: Event<'_>, view: &dyn View, actions: &mut Actions);
}

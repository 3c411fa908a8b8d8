//! A policy of your own, in the simulator and in the reference scheduler.
//!
//!     cargo run -p own-policy -- sim traces/urgent_heavy.arrow --policy tier-lifo,priority
//!     cargo run -p own-policy -- scheduler --policy tier-lifo:late=drop

use std::cmp::Reverse;
use std::process::ExitCode;

use policy::{Greedy, LATE, Order, PolicySpec, Registry, View};
use request::{Moment, Request, Tier};

/// The most urgent tier first, and within it the *latest* arrival: under overload the newest
/// requests still meet their deadlines, where in order of arrival all would be late.
struct TierLifo;

impl Order for TierLifo {
    /// The smallest key runs next.
    type Key = (Tier, Reverse<Moment>);

    fn key(&mut self, _now: Moment, request: &Request, _view: &dyn View) -> Self::Key {
        (request.tier, Reverse(request.arrival))
    }
}

const TIER_LIFO: PolicySpec = PolicySpec {
    name: "tier-lifo",
    summary: "the most urgent tier, within it the latest arrival",
    parameters: &[LATE],
    make: |parameters| Box::new(Greedy::new(TierLifo, parameters)),
};

fn main() -> ExitCode {
    let registry = Registry::built_in().with(TIER_LIFO);
    let arguments = || std::env::args_os().skip(1);
    match arguments().next().as_ref().and_then(|name| name.to_str()) {
        Some("sim") => sim::cli::main_with(&registry, arguments()),
        Some("scheduler") => scheduler::cli::main_with(registry, arguments()),
        _ => {
            eprintln!("usage: own-policy sim|scheduler ...");
            ExitCode::from(2)
        }
    }
}

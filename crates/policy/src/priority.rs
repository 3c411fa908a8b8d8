//! Strict priority: the most urgent tier runs next, within it the earliest arrival.
//!
//! Non-preemptive by default; its waits are then those of Cobham (1954). Cost: that of
//! [`Greedy`], and O(workers) an arrival with `preempt=on`. A busy tier starves the
//! ones below it: use it where the lower tiers have no promise to be kept.

use request::{Moment, Request, Tier};

use crate::{Greedy, LATE, Order, PREEMPT, PolicySpec, View};

pub(crate) const SPEC: PolicySpec = PolicySpec {
    name: "priority",
    summary: "strict priority: the most urgent tier, within it the earliest arrival",
    parameters: &[LATE, PREEMPT],
    make: |parameters| Box::new(Greedy::new(Priority, parameters)),
};

struct Priority;

impl Order for Priority {
    type Key = Tier;

    fn key(&mut self, _: Moment, request: &Request, _: &dyn View) -> Tier {
        request.tier
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::order;

    #[test]
    fn the_tier_decides_then_the_arrival() {
        let requests = [(3, 1), (2, 9), (1, 9), (3, 1), (1, 5), (2, 2)];
        assert_eq!(order("priority", &requests), [2, 4, 1, 5, 0, 3]);
    }
}

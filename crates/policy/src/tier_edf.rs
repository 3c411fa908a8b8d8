//! Earliest deadline first within the most urgent tier.
//!
//! Strict priority between tiers, [`edf`](crate::edf) within each. Cost: that of [`Greedy`], and
//! O(workers) an arrival with `preempt=on`. A busy tier starves the ones below it, as under
//! `priority`; within a tier, requests of tight SLOs no longer wait behind those of loose ones.

use request::{Moment, Request, Tier};

use crate::{Greedy, LATE, Order, PREEMPT, PolicySpec, View};

pub(crate) const SPEC: PolicySpec = PolicySpec {
    name: "tier-edf",
    summary: "strict priority, within a tier earliest deadline first",
    parameters: &[LATE, PREEMPT],
    make: |parameters| Box::new(Greedy::new(TierEdf, parameters)),
};

pub(crate) struct TierEdf;

impl Order for TierEdf {
    type Key = (Tier, Moment);

    fn key(&mut self, _: Moment, request: &Request, _: &dyn View) -> Self::Key {
        (request.tier, request.deadline)
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::order;

    #[test]
    fn the_tier_decides_then_the_deadline_then_the_arrival() {
        let requests = [(3, 1), (2, 9), (1, 9), (3, 1), (1, 5), (2, 2)];
        assert_eq!(order("tier-edf", &requests), [4, 2, 5, 1, 0, 3]);
    }
}

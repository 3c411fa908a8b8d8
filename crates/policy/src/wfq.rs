//! Weighted fair queueing between the tiers: each gets a share of the workers' time in proportion
//! to its weight, as far as it wants one.
//!
//! The self-clocked form (Golestani 1994). A request's tag is
//! `max(last tag of its tier, virtual time) + estimate / weight of its tier`, computed when it
//! arrives, and the smallest tag runs next. Virtual time is the largest tag that has begun to run.
//! The estimate is the mean service time of the request alone on a worker of speed 1; all of it is
//! in whole ns, rounded up. Batches take requests of one model and any tier in order of their tags.
//!
//! Cost: that of [`Greedy`]. No tier starves and none can be crowded out by the load of another;
//! deadlines count for nothing. Beside `drr` it is fairer over short times.

use std::time::Duration;

use request::{Moment, Request};

use crate::weights::{Weights, position, weights};
use crate::{Greedy, LATE, Order, PolicySpec, View};

const WEIGHTS: [crate::ParameterSpec; 3] = weights(["4", "2", "1"]);

pub(crate) const SPEC: PolicySpec = PolicySpec {
    name: "wfq",
    summary: "weighted fair queueing: tiers share the workers' time by their weights",
    parameters: &[WEIGHTS[0], WEIGHTS[1], WEIGHTS[2], LATE],
    make: |parameters| Box::new(Greedy::new(Wfq::new(Weights::of(parameters)), parameters)),
};

struct Wfq {
    weights: Weights,
    /// The last tag of each tier.
    last: [u64; 3],
    virtual_time: u64,
}

impl Wfq {
    const fn new(weights: Weights) -> Self {
        Self { weights, last: [0; 3], virtual_time: 0 }
    }
}

impl Order for Wfq {
    /// The tag. Saturates after 584 years of service.
    type Key = u64;

    fn key(&mut self, _: Moment, request: &Request, view: &dyn View) -> u64 {
        let length = nanos(view.estimate(request.model, 1));
        let share = length.div_ceil(self.weights.weight(request.tier));
        let last = &mut self.last[position(request.tier)];
        *last = (*last).max(self.virtual_time).saturating_add(share);
        *last
    }

    fn started(&mut self, tag: u64) {
        self.virtual_time = self.virtual_time.max(tag);
    }
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use crate::testing::{Scene, order};

    /// Estimates of 10 ns and weights 4, 2, 1: tags 3, 6, 9, ... and 5, 10, ... and 10, 20, ...
    #[test]
    fn tiers_share_by_weight_while_all_are_busy() {
        let tiers = [3, 2, 1, 3, 2, 1, 3, 2, 1, 2, 1];
        let requests = tiers.map(|tier| (tier, 0));
        assert_eq!(order("wfq", &requests), [2, 1, 5, 8, 0, 4, 10, 7, 3, 9, 6]);
        assert_eq!(order("wfq:w1=1,w2=1", &requests), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    }

    /// A tier that was away has saved up nothing: it begins at the virtual time.
    #[test]
    fn an_idle_tier_saves_up_nothing() {
        let mut rows = vec![(0, 3, 0); 4];
        rows.extend([(25, 1, 0), (25, 1, 0), (25, 1, 0), (25, 3, 0)]);
        let run = Scene::new(1, &rows).run("wfq:w1=1,w2=1");
        // Tags of tier 3: 10, 20, 30, 40, 50. At 25 the third of them runs: tier 1 gets 40, 50, 60.
        assert_eq!(run.order(), [0, 1, 2, 3, 4, 5, 7, 6]);
    }

    #[test]
    fn a_request_that_comes_back_keeps_its_tag() {
        let rows = [(0, 3, 0), (1, 3, 0), (2, 2, 0)];
        let run = Scene::new(1, &rows).outage(0, 5, 6).run("wfq");
        // Tags 10, 20 and, since the first began to run, 15.
        assert_eq!(run.order(), [0, 0, 2, 1]);
    }
}

//! Least slack: the request that must start first runs next.
//!
//! Slack is `deadline - now - estimate`, where the estimate is the mean service time of the request
//! alone on a worker of speed 1. The clock runs equally for all that wait, so the order is that of
//! `deadline - estimate`, the latest start, and never changes while they wait. Running requests do
//! not lose their worker to smaller slack, as they would under least laxity first.
//!
//! Cost: that of [`Greedy`]. It is EDF where all requests take equally long. Where long and short
//! ones mix, it starts the long ones in time, at the expense of the short.

use request::{Moment, Request};

use crate::{Greedy, LATE, Order, PolicySpec, View};

pub(crate) const SPEC: PolicySpec = PolicySpec {
    name: "least-slack",
    summary: "least slack: the smallest deadline less estimated service time",
    parameters: &[LATE],
    make: |parameters| Box::new(Greedy::new(LeastSlack, parameters)),
};

struct LeastSlack;

impl Order for LeastSlack {
    /// The latest start in ns: an i128, because it may lie before the first moment that there is.
    type Key = i128;

    fn key(&mut self, _: Moment, request: &Request, view: &dyn View) -> i128 {
        let estimate = view.estimate(request.model, 1).as_nanos();
        i128::from(request.deadline.as_nanos()) - estimate.cast_signed()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use crate::testing::{Model, Scene, order};

    #[test]
    fn the_longer_of_two_requests_must_start_first() {
        let rows = [(0, 1, 100), (1, 1, 110), (2, 1, 95), (3, 1, 110)];
        let long = Model { each: Duration::from_nanos(30), ..Model::default() };
        let scene = Scene::new(1, &rows).model_of(1, 1).models(vec![Model::default(), long]);
        // Latest starts: 90, 80, 85, 100.
        assert_eq!(scene.outage(0, 0, 9).run("least-slack").order(), [1, 2, 0, 3]);
    }

    #[test]
    fn equal_estimates_make_it_edf() {
        assert_eq!(order("least-slack", &[(1, 900), (3, 100), (2, 500), (1, 100)]), [1, 3, 2, 0]);
        assert_eq!(order("least-slack", &[(1, i64::MAX), (3, i64::MIN), (1, 3)]), [1, 2, 0]);
    }
}

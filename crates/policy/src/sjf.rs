//! Shortest job first, by the mean estimate of the request alone.
//!
//! On one worker, with all requests there from the start, it minimises the mean completion time;
//! with weights, where the smallest `estimate / weight of the tier` runs next, the weighted mean
//! (Smith 1956). Without weights of their own all tiers weigh 1.
//!
//! Cost: that of [`Greedy`]. It makes the mean latency small and deadlines nobody's concern; in
//! overload the long requests starve.

use request::{Moment, Request};

use crate::weights::{Weights, weights};
use crate::{Greedy, LATE, Order, PolicySpec, View};

const WEIGHTS: [crate::ParameterSpec; 3] = weights(["1", "1", "1"]);

pub(crate) const SPEC: PolicySpec = PolicySpec {
    name: "sjf",
    summary: "shortest job first: the smallest estimate, divided by the tier's weight",
    parameters: &[WEIGHTS[0], WEIGHTS[1], WEIGHTS[2], LATE],
    make: |parameters| Box::new(Greedy::new(Sjf { weights: Weights::of(parameters) }, parameters)),
};

struct Sjf {
    weights: Weights,
}

impl Order for Sjf {
    /// 2^-20 ns of service for each unit of weight: fine enough that weights up to a million tell
    /// estimates apart.
    type Key = u128;

    fn key(&mut self, _: Moment, request: &Request, view: &dyn View) -> u128 {
        let nanos = view.estimate(request.model, 1).as_nanos();
        (nanos << 20) / u128::from(self.weights.weight(request.tier))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use crate::testing::{Model, Scene};

    fn scene() -> Scene {
        let model = |nanos| Model { each: Duration::from_nanos(nanos), ..Model::default() };
        let rows = [(0, 1, 9), (1, 3, 9), (2, 2, 9), (3, 1, 9), (4, 2, 9)];
        let scene = Scene::new(1, &rows).models(vec![model(30), model(20), model(0), model(10)]);
        let scene = scene.model_of(1, 1).model_of(2, 2).model_of(3, 1).model_of(4, 3);
        scene.outage(0, 0, 9)
    }

    #[test]
    fn the_smallest_estimate_runs_first() {
        assert_eq!(scene().run("sjf").order(), [2, 4, 1, 3, 0]);
    }

    #[test]
    fn weights_divide_the_estimate() {
        // 30/4, 20/1, 0/2, 20/4, 10/2: the tie goes to the earlier arrival.
        assert_eq!(scene().run("sjf:w1=4,w2=2").order(), [2, 3, 4, 0, 1]);
        assert_eq!(scene().run("sjf:w1=1000000").order(), [2, 3, 0, 4, 1]);
    }
}

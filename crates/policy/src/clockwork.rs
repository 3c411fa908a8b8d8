//! Worst-case plans: the batch that must start first, as large as its deadline allows.
//!
//! In the manner of Clockwork (Gujarati et al. 2020), which promises only what even the 99th
//! percentile of the service time keeps. When a worker is idle, the candidates are pairs of a model
//! and a size `b`: the `b` requests of the model with the earliest deadlines. A candidate must start
//! at its latest at `earliest deadline - worst case of b`; one whose latest start has passed is no
//! longer feasible. Of those that are, the one with the earliest latest start runs. Within a model
//! that is the largest that is feasible, since a larger batch takes longer. A request that could not
//! be met even if it began now, alone, on the quickest worker that is there, is refused at once.
//!
//! Of Clockwork this leaves out that models are loaded ahead of need, and that work is sent to a
//! worker before it is idle: a load is paid by the batch that needs it, and counts in its plan.
//!
//! A worker idles only where the profile lets a batch wait for more, and then until its latest
//! start at most; or where a worker is too slow for what waits and a quicker one is busy.
//!
//! Cost: O(log n) a request; O(models x largest batch) a batch, and O(idle workers) more for each
//! model where workers are not alike. Use it where an answer late is worse than none.

use request::Moment;

use crate::estimate::{ESTIMATE, Estimate};
use crate::late::Late;
use crate::planner::Planner;
use crate::{Actions, Event, ParameterSpec, Parameters, Policy, PolicySpec, View};

pub(crate) const SPEC: PolicySpec = PolicySpec {
    name: "clockwork",
    summary: "of the batches sure to meet their deadlines, the one that must start first",
    parameters: &[ParameterSpec { default: "worst", ..ESTIMATE }],
    make: |parameters| Box::new(Clockwork::new(parameters)),
};

struct Clockwork {
    name: String,
    planner: Planner,
}

impl Clockwork {
    fn new(parameters: &Parameters) -> Self {
        let estimate = Estimate::of(parameters);
        let planner = Planner::new(estimate, Late::Hopeless(estimate));
        Self { name: parameters.name(), planner }
    }
}

impl Policy for Clockwork {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn on_event(&mut self, now: Moment, event: Event<'_>, view: &dyn View, actions: &mut Actions) {
        self.planner
            .on_event(now, event, view, actions, |proposal| (proposal.latest_start, proposal.head));
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use crate::RefusalReason::Expired;
    use crate::testing::{Model, Scene};

    fn model(fixed: u64, each: u64) -> Model {
        let nanos = Duration::from_nanos;
        Model {
            fixed: nanos(fixed),
            each: nanos(each),
            batch_size_max: 4,
            worst_percent: 200,
            ..Model::default()
        }
    }

    #[test]
    fn the_batch_that_must_start_first_goes_first() {
        let rows = [(0, 1, 99), (1, 1, 90), (2, 1, 60), (3, 1, 95)];
        let scene = Scene::new(1, &rows).model_of(2, 1).models(vec![model(0, 10), model(0, 5)]);
        // At 10: model 0 wants two by 90, which at worst takes 40, so by 50; model 1 one by 60,
        // at worst 10, so by 50 too: the earlier deadline breaks the tie.
        assert_eq!(scene.run("clockwork").batches()[1..], [(10, 0, vec![2]), (15, 0, vec![1, 3])]);
        // By the mean: by 70, and by 55.
        assert_eq!(scene.run("clockwork:estimate=mean").order(), [0, 2, 1, 3]);
        let longer = scene.models(vec![model(5, 10), model(0, 5)]);
        assert_eq!(longer.run("clockwork").batches()[1..], [(15, 0, vec![1, 3]), (40, 0, vec![2])]);
        assert_eq!(longer.run("batch-edf").order(), [0, 2, 1, 3]);
    }

    #[test]
    fn a_promise_holds_even_in_the_worst_case() {
        // One takes 10 ns on average and 20 at worst.
        let rows = [(0, 1, 19), (0, 1, 20), (0, 1, 40), (5, 1, 29), (5, 1, 24)];
        let run = Scene::new(1, &rows).models(vec![model(0, 10)]).run("clockwork");
        assert_eq!(run.refusals(), [(0, 0, Expired), (5, 4, Expired), (10, 3, Expired)]);
        assert_eq!(run.batches(), [(0, 0, vec![1]), (10, 0, vec![2])]);
    }

    #[test]
    fn a_lost_worker_that_was_the_only_quick_one_ends_hopes() {
        let mut scene = Scene::new(2, &[(0, 1, 90), (1, 1, 20), (3, 1, 90)]).outage(1, 2, 80);
        scene.workers[0].speed = 50;
        let run = scene.run("clockwork");
        assert_eq!(run.refusals(), [(2, 1, Expired)]);
        // What ran on the lost worker waits again.
        assert_eq!(run.batches()[1..], [(2, 0, vec![0]), (22, 0, vec![2])]);
    }
}

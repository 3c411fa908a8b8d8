//! Earliest deadline first, in the largest batch that still meets it.
//!
//! The request with the earliest deadline is the first of the next batch; those of its model that
//! follow it in order of deadlines join, as many as can without making the first one late by the
//! estimate. What cannot be met even alone is refused, or served, as `late` says.
//!
//! That is how Nexus (Shen et al. 2019) forms batches, without its plan of which worker serves
//! which model, and Symphony (Chen et al. 2023), without its deferral: here a batch waits for more
//! only as long as the profile lets it, and no longer than until it must start. `edf` fills batches
//! whatever the deadline of the first.
//!
//! Cost: O(log n) a request; O(models x largest batch) a batch, and O(idle workers) more for each
//! model where workers are not alike. Use it where batches are large and deadlines tight.

use request::Moment;

use crate::estimate::{ESTIMATE, Estimate};
use crate::late::Late;
use crate::planner::Planner;
use crate::{Actions, Event, LATE, ParameterSpec, Parameters, Policy, PolicySpec, View};

pub(crate) const SPEC: PolicySpec = PolicySpec {
    name: "batch-edf",
    summary: "earliest deadline first, in the largest batch that meets it",
    parameters: &[ESTIMATE, ParameterSpec { default: "hopeless", ..LATE }],
    make: |parameters| Box::new(BatchEdf::new(parameters)),
};

struct BatchEdf {
    name: String,
    planner: Planner,
}

impl BatchEdf {
    fn new(parameters: &Parameters) -> Self {
        let estimate = Estimate::of(parameters);
        let late = match Late::of(parameters) {
            Late::Hopeless(_) => Late::Hopeless(estimate),
            late => late,
        };
        Self { name: parameters.name(), planner: Planner::new(estimate, late) }
    }
}

impl Policy for BatchEdf {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn on_event(&mut self, now: Moment, event: Event<'_>, view: &dyn View, actions: &mut Actions) {
        self.planner.on_event(now, event, view, actions, |proposal| proposal.head);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use crate::RefusalReason::Expired;
    use crate::testing::{Deed, Model, Scene, at};

    /// Up to four at a time, 5 ns and 5 more for each.
    fn fours(wait: u64) -> Model {
        let nanos = Duration::from_nanos;
        Model {
            fixed: nanos(5),
            each: nanos(5),
            batch_size_max: 4,
            batch_wait: nanos(wait),
            worst_percent: 200,
            ..Model::default()
        }
    }

    #[test]
    fn the_batch_is_as_large_as_the_first_deadline_allows() {
        let rows = [(0, 1, 99), (1, 1, 90), (1, 3, 30), (1, 2, 80), (1, 1, 85)];
        let scene = Scene::new(1, &rows).models(vec![fours(0)]);
        // At 10 there are 20 ns until the first deadline: three run.
        let batches = [(0, 0, vec![0]), (10, 0, vec![2, 3, 4]), (30, 0, vec![1])];
        assert_eq!(scene.run("batch-edf").batches(), batches);
        let worst = [(0, 0, vec![0]), (10, 0, vec![2]), (20, 0, vec![3, 4, 1])];
        assert_eq!(scene.run("batch-edf:estimate=worst").batches(), worst);
        assert_eq!(scene.run("edf").batches()[1], (10, 0, vec![2, 3, 4, 1]));
    }

    #[test]
    fn what_cannot_be_met_alone_is_refused_or_fills_a_batch() {
        let rows = [(0, 1, 99), (1, 1, 19), (1, 1, 5), (1, 1, 90), (1, 1, 91)];
        let scene = Scene::new(1, &rows).models(vec![fours(0)]);
        let run = scene.run("batch-edf");
        // At 1, request 2 has 4 ns left, less than it takes; at 10, request 1 has 9.
        assert_eq!(run.refusals(), [(1, 2, Expired), (10, 1, Expired)]);
        assert_eq!(run.batches()[1], (10, 0, vec![3, 4]));
        let run = scene.run("batch-edf:late=serve");
        assert_eq!(run.batches()[1], (10, 0, vec![2, 1, 3, 4]));
        let run = scene.run("batch-edf:late=drop");
        assert_eq!(run.refusals(), [(10, 2, Expired)]);
        assert_eq!(run.batches()[1], (10, 0, vec![1, 3, 4]));
    }

    #[test]
    fn a_batch_waits_for_more_until_it_must_start() {
        let wait = |deadline| {
            let rows = [(0, 1, deadline), (3, 1, 500)];
            Scene::new(1, &rows).models(vec![fours(50)]).run("batch-edf")
        };
        let run = wait(400);
        assert_eq!(run.batches(), [(50, 0, vec![0, 1])]);
        // Alone the first could wait until 30; with the second it takes 15, so until 25.
        let run = wait(40);
        assert_eq!(run.batches(), [(25, 0, vec![0, 1])]);
        assert_eq!(run.deeds().next(), Some((0, Deed::WakeAt(at(30)))));
        assert_eq!(wait(13).batches(), [(3, 0, vec![0]), (53, 0, vec![1])]);
    }

    /// A slow worker could not make it; the quick one is busy and will.
    #[test]
    fn a_request_waits_for_the_worker_that_can_meet_it() {
        let mut scene = Scene::new(2, &[(0, 1, 90), (1, 1, 20), (2, 1, 60)]);
        scene.workers[0].speed = 50;
        let batches = scene.run("batch-edf").batches();
        assert_eq!(batches, [(0, 1, vec![0]), (10, 1, vec![1]), (10, 0, vec![2])]);
        assert_eq!(scene.run("batch-edf:late=serve").batches()[1], (1, 0, vec![1]));
    }

    #[test]
    fn times_that_do_not_fit_are_no_panic() {
        let rows = [(0, 1, i64::MAX), (0, 1, i64::MIN), (i64::MAX - 9, 1, i64::MAX)];
        let scene = Scene::new(1, &rows).models(vec![fours(40)]);
        for late in ["serve", "drop", "hopeless"] {
            let run = scene.run(&format!("batch-edf:late={late}"));
            assert_eq!(run.fates.len(), 3, "{late}");
        }
    }
}

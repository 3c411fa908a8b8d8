//! EDF that refuses, as soon as it is certain by the estimate, whatever cannot meet its deadline.
//!
//! A request is hopeless when even the quickest worker that is there, idle or busy, would not serve
//! it in time if it began now, alone. Hopeless requests are answered `expired` at the first event
//! after they become so, and one whose turn comes also where the very worker that it would get
//! cannot serve it in time. What is left runs as under `edf`.
//!
//! The estimate is that of the model. So within a model's queue, in order of deadlines, the hopeless
//! requests stand at the head, and no second order of requests by their latest start is needed.
//! `edf:late=hopeless` serves the same requests, but tells the others when their turn comes.
//!
//! By the mean estimate many of those that are served at the last moment still end late;
//! `estimate=worst` refuses more and keeps nearly all promises that it makes.
//!
//! Cost: that of [`Greedy`](crate::Greedy), and O(models) an event; where workers are not alike,
//! O(models x workers) an event. Use it in overload, where plain EDF is late for everybody.

use request::Moment;

use crate::dispatcher::Dispatcher;
use crate::estimate::{ESTIMATE, Estimate};
use crate::late::Late;
use crate::{Actions, Event, Parameters, Policy, PolicySpec, View};

pub(crate) const SPEC: PolicySpec = PolicySpec {
    name: "shed",
    summary: "earliest deadline first, refusing at once what cannot meet its deadline",
    parameters: &[ESTIMATE],
    make: |parameters| Box::new(Shed::new(parameters)),
};

struct Shed {
    name: String,
    late: Late,
    dispatcher: Dispatcher<Moment>,
}

impl Shed {
    fn new(parameters: &Parameters) -> Self {
        let late = Late::Hopeless(Estimate::of(parameters));
        Self { name: parameters.name(), late, dispatcher: Dispatcher::new(late) }
    }
}

impl Policy for Shed {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn on_event(&mut self, now: Moment, event: Event<'_>, view: &dyn View, actions: &mut Actions) {
        let Dispatcher { waiting, crew, .. } = &mut self.dispatcher;
        if let Event::Arrived { ticket, request } = event {
            waiting.arrive(request.model, request.deadline, ticket, view);
        } else {
            crew.learn(event, |model, entry| waiting.push(model, entry, view));
        }
        self.late.shed(waiting, crew, now, view, actions);
        self.dispatcher.dispatch(now, view, actions, |_| ());
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use crate::RefusalReason::Expired;
    use crate::testing::{Model, Scene};

    /// Equal times of 10 ns, one worker: served in time or refused at the first event after the
    /// latest start.
    #[test]
    fn what_is_hopeless_is_refused_at_the_next_event() {
        let rows = [(0, 1, 50), (0, 1, 19), (0, 1, 20), (3, 1, 12), (7, 1, 90), (8, 1, 95)];
        let run = Scene::new(1, &rows).run("shed");
        // Request 3 could not be met when it came, 2 must run first; then 1 is hopeless.
        assert_eq!(run.refusals(), [(3, 3, Expired), (10, 1, Expired)]);
        assert_eq!(run.order(), [0, 2, 4, 5]);
    }

    #[test]
    fn the_worst_case_refuses_more() {
        let rows = [(0, 1, 90), (0, 1, 20), (0, 1, 45)];
        let model = Model { worst_percent: 150, ..Model::default() };
        let scene = Scene::new(1, &rows).models(vec![model]);
        assert_eq!(scene.run("shed").order(), [0, 1, 2]);
        assert_eq!(scene.run("shed:estimate=worst").refusals(), [(10, 1, Expired)]);
    }

    /// A slow worker cannot serve the request in time, but the quick one, which is busy, can.
    #[test]
    fn nothing_is_refused_before_its_turn_while_some_worker_can_serve_it() {
        let mut scene = Scene::new(2, &[(0, 1, 90), (0, 1, 90), (0, 1, 25), (1, 1, 12)]);
        scene.workers[0].speed = 50;
        let run = scene.run("shed");
        assert_eq!(run.batches()[2..], [(10, 1, vec![2])]);
        assert_eq!(run.refusals(), [(10, 3, Expired)]);
    }

    #[test]
    fn requests_without_a_deadline_are_never_refused() {
        let rows = [(0, 1, i64::MAX), (i64::MAX - 5, 1, i64::MAX), (i64::MAX - 4, 1, i64::MAX - 1)];
        let run = Scene::new(1, &rows).run("shed");
        assert_eq!(run.refusals(), [(i64::MAX - 4, 2, Expired)]);
        assert_eq!(run.order(), [0, 1]);
    }

    #[test]
    fn while_every_worker_is_away_only_the_deadline_itself_counts() {
        let rows = [(2, 1, 9), (3, 1, 50), (12, 1, 99)];
        let run = Scene::new(1, &rows).outage(0, 1, 20).run("shed");
        assert_eq!(run.refusals(), [(12, 0, Expired)]);
        assert_eq!(run.order(), [1, 2]);
        let zero = Model { each: Duration::ZERO, ..Model::default() };
        let run = Scene::new(1, &[(4, 1, 4)]).models(vec![zero]).run("shed");
        assert_eq!(run.order(), [] as [i64; 0], "the deadline has come");
    }
}

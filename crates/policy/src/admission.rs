//! Admission control by tier: what is let in is likely to be served in time, and the lower tiers
//! are turned away first.
//!
//! An arrival is answered `rejected` on either of two grounds, and otherwise runs as under
//! `tier-edf`, where it waits behind its own tier and those above:
//!
//! 1. **Its deadline.** Let `work` be the estimated work of the requests of its tier and of more
//!    urgent ones that wait, and of what is left of the batches that run. Then its start is expected
//!    at `now + work / workers`, or at once where a worker is idle, and it is turned away when
//!    that start and its own estimate end after its deadline. Requests of its own tier with later
//!    deadlines count as ahead of it too, since more of the urgent ones are still to come.
//! 2. **Its share of the queue.** When `share` percent of `queue_max` requests wait, whatever their
//!    tiers, none of the tier that has this share is let in any more. So the last places are kept
//!    for the more urgent tiers.
//!
//! Estimates are means. One that waits counts as its share of a full batch of its model, since
//! what waits behind others will find company; the arrival's own is that of a batch of one. Where
//! workers differ, the mean over those that can hold the model counts. Lost workers do not count;
//! a request that is lost with its worker or preempted is not asked again.
//!
//! Cost: that of [`Greedy`], and O(workers) an arrival. Use it where clients can go elsewhere when
//! told at once; `shed` finds out later, and therefore serves more.

use std::time::Duration;

use request::{ModelId, Moment, Request};

use crate::late::is_after;
use crate::tier_edf::TierEdf;
use crate::weights::position;
use crate::{
    Action, Actions, Event, Greedy, LATE, ParameterSpec, Parameters, Policy, PolicySpec,
    RefusalReason, Ticket, Values, View, WorkerId,
};

const SHARE: Values = Values::Number { min: 0, max: 100 };

pub(crate) const SPEC: PolicySpec = PolicySpec {
    name: "admission",
    summary: "tier-edf that turns away at arrival what the backlog would make late",
    parameters: &[
        ParameterSpec {
            name: "queue_max",
            values: Values::Number { min: 1, max: 1_000_000_000 },
            default: "1000",
            meaning: "how many requests may wait",
        },
        ParameterSpec {
            name: "share1",
            values: SHARE,
            default: "100",
            meaning: "percent of queue_max that may wait when one of tier 1 is let in",
        },
        ParameterSpec {
            name: "share2",
            values: SHARE,
            default: "80",
            meaning: "percent of queue_max that may wait when one of tier 2 is let in",
        },
        ParameterSpec {
            name: "share3",
            values: SHARE,
            default: "50",
            meaning: "percent of queue_max that may wait when one of tier 3 is let in",
        },
        LATE,
    ],
    make: |parameters| Box::new(Admission::new(parameters)),
};

struct Admission {
    inner: Greedy<TierEdf>,
    /// From how many waiting requests on, by tier, none is let in.
    waiting_max: [u64; 3],
    backlog: Backlog,
}

/// The estimated work that there is.
#[derive(Default)]
struct Backlog {
    /// Of the requests that wait, by tier, in ns.
    waiting: [u64; 3],
    waiting_count: u64,
    /// Tier, as a position, and estimated work of each request that has been let in, by ticket.
    requests: Vec<(usize, u64)>,
    workers: Vec<WorkerState>,
}

/// What is known of a worker.
#[derive(Clone, Copy, Default)]
struct WorkerState {
    /// When its batch is expected to end; in the past where it has none.
    busy_until: Moment,
    is_lost: bool,
}

impl Admission {
    fn new(parameters: &Parameters) -> Self {
        let queue_max = parameters.number("queue_max");
        let waiting_max = ["share1", "share2", "share3"]
            .map(|share| (queue_max * parameters.number(share)).div_ceil(100));
        Self { inner: Greedy::new(TierEdf, parameters), waiting_max, backlog: Backlog::default() }
    }

    fn admits(&self, now: Moment, request: &Request, view: &dyn View) -> bool {
        if self.backlog.waiting_count >= self.waiting_max[position(request.tier)] {
            return false;
        }
        // Nothing is known of a model that no worker can hold, so nothing speaks against it.
        let Some(own) = typical(request.model, 1, view) else { return true };
        let until_start = match view.idle_worker(WorkerId(0)) {
            Some(_) => Duration::ZERO,
            None => self.backlog.ahead(position(request.tier), now),
        };
        !is_after(now, until_start.saturating_add(own), request.deadline)
    }
}

impl Policy for Admission {
    fn name(&self) -> String {
        self.inner.name()
    }

    fn on_event(&mut self, now: Moment, event: Event<'_>, view: &dyn View, actions: &mut Actions) {
        let mut event = event;
        let mut rejected = None;
        match event {
            Event::Arrived { ticket, request } if self.admits(now, request, view) => {
                self.backlog.let_in(ticket, request, view);
            }
            Event::Arrived { ticket, .. } => {
                rejected = Some(ticket);
                // What is let through is only that time has passed.
                event = Event::Woke;
            }
            _ => self.backlog.learn(now, event, view),
        }
        self.inner.on_event(now, event, view, actions);
        self.backlog.follow(now, view, actions);
        if let Some(ticket) = rejected {
            actions.refuse(ticket, RefusalReason::Rejected);
        }
    }
}

impl Backlog {
    /// How long the work ahead of a request of this tier keeps the workers busy.
    fn ahead(&self, tier: usize, now: Moment) -> Duration {
        let running = self.workers.iter().map(|worker| worker.busy_until.saturating_since(now));
        let running = running.map(nanos).fold(0, u64::saturating_add);
        let work = self.waiting[..=tier].iter().copied().fold(running, u64::saturating_add);
        let count = self.workers.iter().filter(|worker| !worker.is_lost).count().max(1);
        Duration::from_nanos(work / count as u64)
    }

    fn let_in(&mut self, ticket: Ticket, request: &Request, view: &dyn View) {
        let size = view.batch_size_max(request.model).max(1);
        let work = typical(request.model, size, view).map_or(0, |time| nanos(time / size));
        let index = ticket.0 as usize;
        if self.requests.len() <= index {
            self.requests.resize(index + 1, (0, 0));
        }
        self.requests[index] = (position(request.tier), work);
        self.waits(ticket);
    }

    fn learn(&mut self, now: Moment, event: Event<'_>, view: &dyn View) {
        self.workers.resize(view.worker_count() as usize, WorkerState::default());
        let (worker, again): (_, &[Ticket]) = match event {
            Event::Finished { worker, .. } | Event::Back { worker } => (worker, &[]),
            Event::Preempted { worker, batch } => (worker, batch),
            Event::Lost { worker, batch, wait_again } => {
                (worker, if wait_again { batch } else { &[] })
            }
            Event::Arrived { .. } | Event::Woke => return,
        };
        let is_lost = matches!(event, Event::Lost { .. });
        self.workers[worker.0 as usize] = WorkerState { busy_until: now, is_lost };
        again.iter().for_each(|ticket| self.waits(*ticket));
    }

    /// Takes note of what has been decided.
    fn follow(&mut self, now: Moment, view: &dyn View, actions: &Actions) {
        for action in actions.iter() {
            match action {
                Action::Dispatch { worker, batch } => {
                    batch.iter().for_each(|ticket| self.waits_no_more(*ticket));
                    let time = expected(worker, batch, view).unwrap_or_default();
                    let busy_until = now.checked_add(time).unwrap_or(Moment::MAX);
                    self.workers.resize(view.worker_count() as usize, WorkerState::default());
                    self.workers[worker.0 as usize].busy_until = busy_until;
                }
                Action::Refuse { ticket, .. } => self.waits_no_more(ticket),
                Action::Preempt { .. } | Action::WakeAt(_) => {}
            }
        }
    }

    fn waits(&mut self, ticket: Ticket) {
        let (tier, work) = self.requests[ticket.0 as usize];
        self.waiting[tier] = self.waiting[tier].saturating_add(work);
        self.waiting_count += 1;
    }

    fn waits_no_more(&mut self, ticket: Ticket) {
        let (tier, work) = self.requests[ticket.0 as usize];
        self.waiting[tier] = self.waiting[tier].saturating_sub(work);
        self.waiting_count -= 1;
    }
}

/// The mean time of a batch over the workers that can hold the model, if there are any.
fn typical(model: ModelId, size: u32, view: &dyn View) -> Option<Duration> {
    if view.workers_are_alike() {
        return view.time_to_serve(WorkerId(0), model, size);
    }
    let workers = (0..view.worker_count()).map(WorkerId);
    let times = workers.filter_map(|worker| view.time_to_serve(worker, model, size));
    let (sum, count) =
        times.fold((0u64, 0), |(sum, count), time| (sum.saturating_add(nanos(time)), count + 1));
    sum.checked_div(count).map(Duration::from_nanos)
}

fn expected(worker: WorkerId, batch: &[Ticket], view: &dyn View) -> Option<Duration> {
    let head = view.request(*batch.first()?)?;
    view.time_to_serve(worker, head.model, u32::try_from(batch.len()).ok()?)
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use crate::RefusalReason::Rejected;
    use crate::testing::{Model, Scene};

    #[test]
    fn the_backlog_of_its_tier_and_above_decides() {
        // One worker, 10 ns each: 0 runs until 10, then 1, 2 and 3 would.
        let rows = [(0, 3, 99), (0, 2, 99), (2, 1, 99), (4, 3, 45), (4, 3, 44), (4, 2, 36)];
        let run = Scene::new(1, &rows).run("admission");
        // At 4 there are 6 ns left of 0, and 20 of 1 and 2: a third is done at 40, if it is the
        // first of its tier; 4 finds 3 ahead of it, and 5, of tier 2, does not.
        assert_eq!(run.refusals(), [(4, 4, Rejected), (4, 5, Rejected)]);
        assert_eq!(run.order(), [0, 2, 1, 3]);
        let enough = [(0, 3, 99), (0, 2, 99), (2, 1, 99), (4, 3, 45), (4, 3, 50), (4, 2, 40)];
        assert_eq!(Scene::new(1, &enough).run("admission").refusals(), []);
    }

    #[test]
    fn the_work_is_shared_by_the_workers_that_are_there() {
        let rows = [(0, 1, 99), (0, 1, 99), (0, 1, 99), (0, 1, 25), (1, 1, 24)];
        assert_eq!(Scene::new(2, &rows).run("admission").refusals(), [(1, 4, Rejected)]);
        let alone = Scene::new(2, &rows).outage(1, 0, 50).run("admission");
        assert_eq!(alone.refusals(), [(0, 3, Rejected), (1, 4, Rejected)]);
    }

    #[test]
    fn an_idle_worker_starts_at_once() {
        let rows = [(0, 1, 99), (0, 1, 10), (0, 1, 9)];
        assert_eq!(Scene::new(3, &rows).run("admission").refusals(), [(0, 2, Rejected)]);
    }

    #[test]
    fn the_last_places_are_kept_for_the_urgent() {
        let tiers = [1, 3, 3, 3, 2, 2, 1, 2, 1, 1];
        let rows = tiers.map(|tier| (0, tier, i64::MAX));
        let run = Scene::new(1, &rows).run("admission:queue_max=4,share2=75");
        // One runs; two of tier 3 wait, and no third; one of tier 2 beside them, and no second;
        // one of tier 1.
        let refused = [3, 5, 7, 8, 9].map(|id| (0, id, Rejected));
        assert_eq!(run.refusals(), refused);
        let run = Scene::new(1, &rows).run("admission:share3=0");
        assert_eq!(run.refusals(), [1, 2, 3].map(|id| (0, id, Rejected)));
    }

    #[test]
    fn what_waits_counts_as_its_share_of_a_full_batch() {
        let nanos = Duration::from_nanos;
        let model =
            Model { fixed: nanos(6), each: nanos(2), batch_size_max: 2, ..Model::default() };
        let rows = [(0, 1, 99), (0, 1, 99), (0, 1, 99), (0, 1, 26), (0, 1, 30)];
        let run = Scene::new(1, &rows).models(vec![model]).run("admission");
        // 8 are left of 0, 5 each of 1 and 2: 8 + 10 + 8 = 26, then 31.
        assert_eq!(run.refusals(), [(0, 4, Rejected)]);
    }

    #[test]
    fn what_comes_back_counts_again() {
        let rows = [(0, 1, 99), (6, 1, 26), (7, 1, 46), (12, 1, 50), (12, 1, 51)];
        let run = Scene::new(1, &rows).outage(0, 5, 11).run("admission");
        // 0 waits again from 5 on; 1 runs from 11, so that 9 ns of it and all of 0 and 2 are left
        // at 12: another is done at 51.
        assert_eq!(run.refusals(), [(12, 3, Rejected)]);
        assert_eq!(run.order(), [0, 1, 2, 4, 0]);
    }

    #[test]
    fn times_that_do_not_fit_are_no_panic() {
        let rows = [(0, 1, i64::MAX), (i64::MAX - 5, 1, i64::MAX), (i64::MAX - 4, 1, i64::MIN)];
        let run = Scene::new(1, &rows).run("admission");
        assert_eq!(run.refusals(), [(i64::MAX - 4, 2, Rejected)]);
    }
}

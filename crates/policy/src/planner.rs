//! What the policies share that size a batch by the deadline of its first request.
//!
//! Queues are in order of deadlines, one for each model. When a worker is idle, each model proposes
//! a batch for the idle worker that would serve it soonest: its first request with as many of those
//! that follow as the worker serves, by the estimate, before the first one's deadline, which is the
//! earliest of the batch. The policy ranks the proposals, and the first of them starts.
//!
//! A batch waits for more requests only where the cluster wants it to, where all that wait for the
//! model are in it and there is room, and no longer than until it must start to be in time.
//!
//! A request that the worker cannot serve in time even alone, though a busy one could, waits for
//! that one; if no worker that is there could, it is refused. So under `late=hopeless` a slow worker
//! may idle. Under the other two such a request runs, in the largest batch there is.

use std::time::Duration;

use request::{ModelId, Moment};

use crate::crew::{Crew, Slot};
use crate::estimate::Estimate;
use crate::lanes::{Entry, Lane, Lanes};
use crate::late::{Late, is_after};
use crate::{Actions, Event, View};

/// Plans batches, in an order that a policy gives.
#[derive(Debug)]
pub(crate) struct Planner {
    estimate: Estimate,
    late: Late,
    waiting: Lanes<Moment>,
    crew: Crew<Moment>,
    /// The batches that wait for more, and until when, in memory that is used again.
    held: Vec<(ModelId, Moment)>,
}

/// A batch that could start.
#[derive(Debug)]
pub(crate) struct Proposal {
    slot: Slot,
    /// Its first request; the key is the deadline.
    pub(crate) head: Entry<Moment>,
    /// When it must start to be in time, in ns; the present where it is too late.
    pub(crate) latest_start: i128,
    /// Until when it waits for more, if it does.
    held_until: Option<Moment>,
}

impl Planner {
    pub(crate) const fn new(estimate: Estimate, late: Late) -> Self {
        Self { estimate, late, waiting: Lanes::new(), crew: Crew::new(), held: Vec::new() }
    }

    /// Learns of an event and starts batches, those of the smallest rank first.
    pub(crate) fn on_event<R: Ord>(
        &mut self,
        now: Moment,
        event: Event<'_>,
        view: &dyn View,
        actions: &mut Actions,
        rank: impl Fn(&Proposal) -> R,
    ) {
        let Self { waiting, crew, .. } = self;
        if let Event::Arrived { ticket, request } = event {
            waiting.arrive(request.model, request.deadline, ticket, view);
        } else {
            crew.learn(event, |model, entry| waiting.push(model, entry, view));
        }
        self.late.shed(waiting, crew, now, view, actions);
        if waiting.is_empty() || !crew.begin(view) {
            return;
        }
        while let Some(first) = self.first(now, view, &rank) {
            self.crew.start(first.slot, &mut self.waiting, view, actions, |_, _| true);
            if self.crew.is_busy() || self.waiting.is_empty() {
                return;
            }
        }
        for (model, until) in self.held.drain(..) {
            self.waiting.ask_to_wake_for(model, until, actions);
        }
    }

    /// The proposal of the smallest rank. Those that wait for more are noted.
    fn first<R: Ord>(
        &mut self,
        now: Moment,
        view: &dyn View,
        rank: impl Fn(&Proposal) -> R,
    ) -> Option<Proposal> {
        self.held.clear();
        let mut first: Option<(R, Proposal)> = None;
        for (model, head, lane) in self.waiting.iter() {
            let Some(proposal) = self.propose(model, *head, lane, now, view) else { continue };
            if let Some(until) = proposal.held_until {
                self.held.push((model, until));
                continue;
            }
            let rank = rank(&proposal);
            if first.as_ref().is_none_or(|(least, _)| rank < *least) {
                first = Some((rank, proposal));
            }
        }
        first.map(|(_, proposal)| proposal)
    }

    fn propose(
        &self,
        model: ModelId,
        head: Entry<Moment>,
        lane: &Lane<Moment>,
        now: Moment,
        view: &dyn View,
    ) -> Option<Proposal> {
        let worker = self.crew.best_for(model, 1, view)?;
        let time = |size| self.estimate.time(worker, model, size, view);
        let in_time = |size: &u32| !is_after(now, time(*size).unwrap_or(Duration::MAX), head.key);
        let largest = lane.batch_size();
        let hold = |until: Moment| (!lane.is_ready(now) && until > now).then_some(until);
        let Some(size) = (1..=largest).rev().find(in_time) else {
            let slot = Slot { worker, model, size: largest };
            let latest_start = i128::from(now.as_nanos());
            let waits_for_another = matches!(self.late, Late::Hopeless(_));
            let held_until = hold(lane.due());
            return (!waits_for_another).then_some(Proposal {
                slot,
                head,
                latest_start,
                held_until,
            });
        };
        let latest_start = latest_start(head.key, time(size)?);
        let must_start = i64::try_from(latest_start).map_or(now, Moment::from_nanos);
        let held_until =
            if size as usize == lane.len() { hold(lane.due().min(must_start)) } else { None };
        Some(Proposal { slot: Slot { worker, model, size }, head, latest_start, held_until })
    }
}

/// When a batch that takes `time` must start to end by `deadline`, in ns.
fn latest_start(deadline: Moment, time: Duration) -> i128 {
    i128::from(deadline.as_nanos()) - time.as_nanos().cast_signed()
}

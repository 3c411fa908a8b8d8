//! Runs a scene: events in their order, each action checked.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use request::{Moment, Request, Seed};

use super::books::{Books, End};
use super::{Deed, Fate, Run, Scene};
use crate::{Action, Actions, Event, Policy, Ticket, View, WorkerId};

pub(super) fn run(scene: &Scene, policy: Box<dyn Policy>) -> Run {
    let run = Run { fates: BTreeMap::new(), log: Vec::new(), starved: Vec::new(), idled: None };
    let mut engine = Engine {
        books: Books::new(scene),
        policy,
        spread_seed: Seed(1),
        wakes: BTreeSet::new(),
        now: Moment::ZERO,
        run,
    };
    let mut arrivals = scene.requests.iter().peekable();
    let mut outages = Vec::new();
    for outage in &scene.outages {
        outages.push((outage.from, outage.worker, false));
        outages.extend(outage.until.map(|until| (until, outage.worker, true)));
    }
    outages.sort_unstable();
    let mut outages = outages.into_iter().peekable();
    loop {
        let end = engine.next_end();
        let outage = outages.peek().map(|(at, ..)| *at);
        let arrival = arrivals.peek().map(|request| request.arrival);
        let wake = engine.wakes.first().copied();
        let Some(now) = [end.map(|(at, ..)| at), outage, arrival, wake].into_iter().flatten().min()
        else {
            break;
        };
        engine.now = now;
        if let Some((at, worker, kind)) = end
            && at == now
        {
            engine.ended(worker, kind);
        } else if outage == Some(now) {
            let (_, worker, is_back) = outages.next().unwrap();
            engine.outage(WorkerId(worker), is_back, scene.lost_wait_again);
        } else if arrival == Some(now) {
            engine.arrived(arrivals.next().unwrap());
        } else {
            engine.wakes.remove(&now);
            engine.step(Event::Woke);
        }
    }
    engine.run.starved = engine.books.starved();
    engine.run
}

/// Far more than the largest scene has.
const STEPS_MAX: usize = 10_000;

struct Engine {
    books: Books,
    policy: Box<dyn Policy>,
    spread_seed: Seed,
    wakes: BTreeSet<Moment>,
    now: Moment,
    run: Run,
}

impl Engine {
    fn next_end(&self) -> Option<(Moment, WorkerId, End)> {
        let ends = (0..).zip(&self.books.workers).filter_map(|(worker, state)| {
            state.ends.map(|(at, kind)| (at, WorkerId(worker), kind))
        });
        ends.min_by_key(|(at, worker, _)| (*at, *worker))
    }

    fn arrived(&mut self, request: &Request) {
        let ticket = self.books.insert(*request);
        self.step(Event::Arrived { ticket, request });
    }

    fn ended(&mut self, worker: WorkerId, kind: End) {
        let state = &mut self.books.workers[worker.0 as usize];
        let (started, batch) = (state.started, std::mem::take(&mut state.batch));
        state.ends = None;
        if kind == End::Preempt {
            self.wait_again(&batch);
            return self.step(Event::Preempted { worker, batch: &batch });
        }
        let (finished, batch_size) = (self.now, batch.len());
        for ticket in &batch {
            let fate = Fate::Served { worker: worker.0, started, finished, batch_size };
            self.answer(*ticket, fate);
        }
        self.step(Event::Finished { worker, batch: &batch });
    }

    fn outage(&mut self, worker: WorkerId, is_back: bool, wait_again: bool) {
        let was_lost = self.books.workers[worker.0 as usize].is_lost;
        if is_back && was_lost {
            self.books.workers[worker.0 as usize].is_lost = false;
            self.step(Event::Back { worker });
        } else if !is_back && !was_lost {
            let batch = self.books.lose(worker);
            if wait_again {
                self.wait_again(&batch);
            } else {
                batch.iter().for_each(|ticket| self.answer(*ticket, Fate::Lost));
            }
            self.step(Event::Lost { worker, batch: &batch, wait_again });
        }
    }

    fn wait_again(&mut self, batch: &[Ticket]) {
        for ticket in batch {
            self.books.jobs[ticket.0 as usize].as_mut().unwrap().waits = true;
        }
    }

    fn answer(&mut self, ticket: Ticket, fate: Fate) {
        let id = self.books.remove(ticket).id.0;
        assert_eq!(self.run.fates.insert(id, fate), None, "request {id} was answered twice");
    }

    fn step(&mut self, event: Event<'_>) {
        let mut actions = Actions::default();
        self.policy.on_event(self.now, event, &self.books, &mut actions);
        assert!(self.run.log.len() < STEPS_MAX, "the run does not end");
        let deeds = actions.iter().map(|action| self.carry_out(action)).collect();
        self.run.log.push((self.now, deeds));
        if self.run.idled.is_none() {
            self.run.idled = self.books.idled(self.now).map(|id| (self.now, id));
        }
    }

    fn carry_out(&mut self, action: Action<'_>) -> Deed {
        match action {
            Action::Dispatch { worker, batch } => self.dispatch(worker, batch),
            Action::Refuse { ticket, reason } => {
                let id = self.waiting(ticket).id.0;
                self.answer(ticket, Fate::Refused { reason, at: self.now });
                Deed::Refuse(id, reason)
            }
            Action::Preempt { worker } => {
                self.preempt(worker);
                Deed::Preempt(worker.0)
            }
            Action::WakeAt(moment) => {
                assert!(moment > self.now, "woken in the past");
                self.wakes.insert(moment);
                Deed::WakeAt(moment)
            }
        }
    }

    fn waiting(&self, ticket: Ticket) -> Request {
        let job = self.books.jobs.get(ticket.0 as usize).and_then(Option::as_ref);
        let job = job.unwrap_or_else(|| panic!("ticket {} is of nobody", ticket.0));
        assert!(job.waits, "request {} does not wait", job.request.id.0);
        job.request
    }

    fn dispatch(&mut self, worker: WorkerId, batch: &[Ticket]) -> Deed {
        let state = &self.books.workers[worker.0 as usize];
        assert!(state.ends.is_none() && !state.is_lost, "worker {} is not idle", worker.0);
        let head = self.waiting(batch[0]);
        let size = u32::try_from(batch.len()).unwrap();
        assert!(size <= self.books.batch_size_max(head.model), "a batch of {size}");
        let time = self.books.time_to_serve(worker, head.model, size);
        let time = time.unwrap_or_else(|| panic!("worker {} cannot hold the model", worker.0));
        let mut ids = Vec::new();
        for ticket in batch {
            let request = self.waiting(*ticket);
            assert_eq!(request.model, head.model, "a batch of several models");
            self.books.jobs[ticket.0 as usize].as_mut().unwrap().waits = false;
            ids.push(request.id.0);
        }
        self.books.load(worker, head.model);
        let finish = self.now.checked_add(self.spread(time, &head)).unwrap_or(Moment::MAX);
        let state = &mut self.books.workers[worker.0 as usize];
        (state.batch, state.started) = (batch.to_vec(), self.now);
        state.ends = Some((finish, End::Finish));
        Deed::Dispatch(worker.0, ids)
    }

    /// The true time, which the policy does not know.
    fn spread(&self, time: Duration, head: &Request) -> Duration {
        let percent = self.books.models[usize::from(head.model.0)].spread_percent;
        let drawn = self.spread_seed.draw(head.id.0.cast_unsigned()) % u64::from(2 * percent + 1);
        time * (100 - percent + u32::try_from(drawn).unwrap()) / 100
    }

    /// Batches have a boundary at each quarter.
    fn preempt(&mut self, worker: WorkerId) {
        let state = &mut self.books.workers[worker.0 as usize];
        let Some((finish, _)) = state.ends else { return };
        let quarter = ((finish - state.started) / 4).max(Duration::from_nanos(1));
        let mut boundary = state.started + quarter;
        while boundary < self.now {
            boundary = boundary + quarter;
        }
        if boundary < finish {
            state.ends = Some((boundary, End::Preempt));
        }
    }
}

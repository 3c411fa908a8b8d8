//! The books of the small cluster, and how a policy sees them.

use std::time::Duration;

use request::{ModelId, Moment, Request};

use super::{Model, Scene, Worker};
use crate::{Ticket, View, WorkerId};

pub(super) struct Books {
    pub(super) models: Vec<Model>,
    pub(super) workers: Vec<State>,
    pub(super) jobs: Vec<Option<Job>>,
    free: Vec<Ticket>,
    fresh_tickets: bool,
}

#[derive(Clone)]
pub(super) struct Job {
    pub(super) request: Request,
    pub(super) waits: bool,
}

pub(super) struct State {
    pub(super) worker: Worker,
    pub(super) is_lost: bool,
    pub(super) batch: Vec<Ticket>,
    pub(super) started: Moment,
    /// When the batch ends, or stops because it was asked to.
    pub(super) ends: Option<(Moment, End)>,
    /// The models in memory, the least recently used first.
    resident: Vec<ModelId>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    Finish,
    Preempt,
}

impl Books {
    pub(super) fn new(scene: &Scene) -> Self {
        let state = |worker: &Worker| State {
            worker: worker.clone(),
            is_lost: false,
            batch: Vec::new(),
            started: Moment::ZERO,
            ends: None,
            resident: worker.pinned.clone(),
        };
        Self {
            models: scene.models.clone(),
            workers: scene.workers.iter().map(state).collect(),
            jobs: Vec::new(),
            free: Vec::new(),
            fresh_tickets: scene.fresh_tickets,
        }
    }

    pub(super) fn insert(&mut self, request: Request) -> Ticket {
        let job = Some(Job { request, waits: true });
        // Far apart and never used again, or dense and used again at once.
        if self.fresh_tickets {
            self.jobs.resize(self.jobs.len() + 2, None);
            self.jobs.push(job);
        } else if let Some(ticket) = self.free.pop() {
            self.jobs[ticket.0 as usize] = job;
            return ticket;
        } else {
            self.jobs.push(job);
        }
        Ticket(u32::try_from(self.jobs.len() - 1).unwrap())
    }

    pub(super) fn remove(&mut self, ticket: Ticket) -> Request {
        self.free.push(ticket);
        self.jobs[ticket.0 as usize].take().unwrap().request
    }

    pub(super) fn waiting(&self) -> impl Iterator<Item = &Request> {
        self.jobs.iter().flatten().filter(|job| job.waits).map(|job| &job.request)
    }

    pub(super) fn load(&mut self, worker: WorkerId, model: ModelId) {
        let state = &mut self.workers[worker.0 as usize];
        state.resident.retain(|held| *held != model);
        state.resident.push(model);
        if state.resident.len() > state.worker.slots {
            state.resident.remove(0);
        }
    }

    pub(super) fn lose(&mut self, worker: WorkerId) -> Vec<Ticket> {
        let state = &mut self.workers[worker.0 as usize];
        state.is_lost = true;
        state.ends = None;
        state.resident = state.worker.pinned.clone();
        std::mem::take(&mut state.batch)
    }

    /// The first request that waits although an idle worker could take it.
    pub(super) fn idled(&self, now: Moment) -> Option<i64> {
        let idle = |state: &&State| state.ends.is_none() && !state.is_lost;
        let is_ready = |request: &Request| {
            let model = &self.models[usize::from(request.model.0)];
            let same = || self.waiting().filter(|other| other.model == request.model);
            let due = |oldest: Moment| oldest.checked_add(model.batch_wait).unwrap_or(Moment::MAX);
            let oldest = same().map(|other| other.arrival).min().unwrap();
            same().count() >= model.batch_size_max as usize || due(oldest) <= now
        };
        let ready = self.waiting().filter(|request| {
            is_ready(request)
                && self.workers.iter().filter(idle).any(|state| state.can_hold(request.model))
        });
        ready.map(|request| request.id.0).min()
    }

    /// Requests that wait although a worker that is not lost could take them.
    pub(super) fn starved(&self) -> Vec<i64> {
        let can = |request: &&Request| {
            self.workers.iter().any(|state| !state.is_lost && state.can_hold(request.model))
        };
        self.waiting().filter(can).map(|request| request.id.0).collect()
    }
}

impl State {
    fn can_hold(&self, model: ModelId) -> bool {
        self.worker.pinned.is_empty() || self.worker.pinned.contains(&model)
    }
}

impl View for Books {
    fn worker_count(&self) -> u32 {
        u32::try_from(self.workers.len()).unwrap()
    }

    fn idle_worker(&self, from: WorkerId) -> Option<WorkerId> {
        let is_idle = |worker: &u32| {
            let state = &self.workers[*worker as usize];
            state.ends.is_none() && !state.is_lost
        };
        (from.0..self.worker_count()).find(is_idle).map(WorkerId)
    }

    fn workers_are_alike(&self) -> bool {
        let first = &self.workers[0].worker;
        let alike = |state: &State| {
            state.worker.speed == first.speed && state.worker.pinned == first.pinned
        };
        first.pinned.is_empty()
            && self.workers.iter().all(alike)
            && self.models.iter().all(|model| model.load.is_zero())
    }

    fn estimate(&self, model: ModelId, size: u32) -> Duration {
        let model = &self.models[usize::from(model.0)];
        model.fixed + model.each * size
    }

    fn worst_case(&self, model: ModelId, size: u32) -> Duration {
        self.estimate(model, size) * self.models[usize::from(model.0)].worst_percent / 100
    }

    fn time_to_serve(&self, worker: WorkerId, model: ModelId, size: u32) -> Option<Duration> {
        let state = &self.workers[worker.0 as usize];
        let is_resident = self.is_resident(worker, model);
        let load =
            if is_resident { Duration::ZERO } else { self.models[usize::from(model.0)].load };
        let time = self.estimate(model, size) * 100 / state.worker.speed + load;
        state.can_hold(model).then_some(time)
    }

    fn is_resident(&self, worker: WorkerId, model: ModelId) -> bool {
        self.workers[worker.0 as usize].resident.contains(&model)
    }

    fn batch_size_max(&self, model: ModelId) -> u32 {
        self.models[usize::from(model.0)].batch_size_max
    }

    fn batch_wait(&self, model: ModelId) -> Duration {
        self.models[usize::from(model.0)].batch_wait
    }

    fn request(&self, ticket: Ticket) -> Option<&Request> {
        self.jobs.get(ticket.0 as usize)?.as_ref().map(|job| &job.request)
    }
}

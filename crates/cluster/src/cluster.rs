//! One step of a run: an event in, the policy's actions checked and carried out.

use std::time::Duration;

use policy::{Action, Actions, Event, Policy, RefusalReason, Ticket, View, WorkerId};
use request::{ModelId, Moment, Request, Seed};

use crate::agenda::Due;
use crate::books::{IdleSet, Jobs};
use crate::violation::{Fault, Violation};
use crate::{Profile, ServiceTimes};

/// What a driver is told to do: keep the time, and answer the requests.
///
/// `T` is what the driver gave with each request: a row of a table, or the way to a waiting client.
pub trait Driver<T> {
    /// A batch started on `worker`, and is due at `finish`.
    fn started(&mut self, worker: WorkerId, finish: Moment);

    /// A request has been served.
    fn served(&mut self, payload: T, served: Served);

    /// A request was turned away at `now`.
    fn refused(&mut self, payload: T, reason: RefusalReason, now: Moment);

    /// The policy wants to be woken at `moment`.
    fn wake_at(&mut self, moment: Moment);
}

/// How a request was served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Served {
    /// Where.
    pub worker: WorkerId,
    /// How many requests ran together.
    pub batch_size: u32,
    /// Start of execution.
    pub started: Moment,
    /// End of execution.
    pub finished: Moment,
}

/// Emulated workers, the requests that wait for them, and the policy that decides.
pub struct Cluster<T> {
    policy: Box<dyn Policy>,
    jobs: Jobs<T>,
    floor: Floor,
    actions: Actions,
    now: Moment,
}

/// The workers: what a policy may look at, apart from the drawn service times.
struct Floor {
    profile: Profile,
    service_times: ServiceTimes,
    workers: Vec<Worker>,
    idle: IdleSet,
}

/// A worker and its batch; an idle one has an empty batch.
#[derive(Default)]
struct Worker {
    batch: Vec<Ticket>,
    started: Moment,
}

impl<T> Cluster<T> {
    /// A cluster of `worker_count` idle workers, scheduled by `policy`.
    ///
    /// # Panics
    /// Where there are no workers.
    #[must_use]
    pub fn new(policy: Box<dyn Policy>, profile: Profile, worker_count: u32, seed: Seed) -> Self {
        assert!(worker_count > 0, "a cluster needs a worker");
        let service_times = profile.service_times(seed);
        let workers = (0..worker_count).map(|_| Worker::default()).collect();
        let idle = IdleSet::all(worker_count);
        Self {
            policy,
            jobs: Jobs::new(),
            floor: Floor { profile, service_times, workers, idle },
            actions: Actions::default(),
            now: Moment::ZERO,
        }
    }

    /// A request came.
    ///
    /// Events of the cluster must come in order of time; ties as [`Policy::on_event`] says.
    ///
    /// # Errors
    /// Where the policy breaks the rules.
    ///
    /// # Panics
    /// Where time runs backwards or the model is not one of the profile's: both are the driver's
    /// to see to.
    pub fn arrived(
        &mut self,
        now: Moment,
        request: Request,
        payload: T,
        driver: &mut impl Driver<T>,
    ) -> Result<(), Violation> {
        let ticket = self.jobs.insert(request, payload);
        self.step(now, Event::Arrived { ticket, request: &request }, driver)
    }

    /// Something that was due has come.
    ///
    /// # Errors
    /// Where the policy breaks the rules.
    ///
    /// # Panics
    /// Where time runs backwards, or a worker finishes that is idle.
    pub fn came_due(
        &mut self,
        now: Moment,
        due: Due,
        driver: &mut impl Driver<T>,
    ) -> Result<(), Violation> {
        match due {
            Due::Finish(worker) => self.finished(now, worker, driver),
            Due::Wake => self.step(now, Event::Woke, driver),
        }
    }

    /// How many requests are neither answered nor running.
    #[must_use]
    pub fn waiting_count(&self) -> usize {
        self.jobs.waiting_count()
    }

    /// How many requests wait or run.
    #[must_use]
    pub fn in_flight_count(&self) -> usize {
        self.jobs.count()
    }

    /// Checks that nothing is left when no event is left either.
    ///
    /// # Errors
    /// Where requests wait that nothing will ever answer.
    pub fn check_drained(&self) -> Result<(), Violation> {
        match self.waiting_count() {
            0 => Ok(()),
            count => Err(self.violation(Fault::Starved(count))),
        }
    }

    fn finished(
        &mut self,
        now: Moment,
        worker: WorkerId,
        driver: &mut impl Driver<T>,
    ) -> Result<(), Violation> {
        assert!(!self.floor.idle.contains(worker), "worker {} has nothing to finish", worker.0);
        let state = &mut self.floor.workers[worker.0 as usize];
        let mut batch = std::mem::take(&mut state.batch);
        let served = Served {
            worker,
            batch_size: u32::try_from(batch.len()).expect("a batch fits its limit, a u32"),
            started: state.started,
            finished: now,
        };
        for &ticket in &batch {
            let (_, payload) = self.jobs.remove(ticket);
            driver.served(payload, served);
        }
        self.floor.idle.insert(worker);
        let result = self.step(now, Event::Finished { worker, batch: &batch }, driver);
        // Gives the allocation back, unless the policy has put the worker to work again.
        let state = &mut self.floor.workers[worker.0 as usize];
        if state.batch.is_empty() {
            batch.clear();
            state.batch = batch;
        }
        result
    }

    fn step(
        &mut self,
        now: Moment,
        event: Event<'_>,
        driver: &mut impl Driver<T>,
    ) -> Result<(), Violation> {
        assert!(now >= self.now, "events run in order of time: {now} came after {}", self.now);
        self.now = now;
        // Lent out and put back, so that the loop below can borrow the rest of the cluster.
        let mut actions = std::mem::take(&mut self.actions);
        actions.clear();
        let view = Seen { floor: &self.floor, jobs: &self.jobs };
        self.policy.on_event(now, event, &view, &mut actions);
        let result = actions.iter().try_for_each(|action| self.carry_out(action, driver));
        self.actions = actions;
        result.map_err(|fault| self.violation(fault))
    }

    fn carry_out(&mut self, action: Action<'_>, driver: &mut impl Driver<T>) -> Result<(), Fault> {
        match action {
            Action::Dispatch { worker, batch } => {
                let finish = self.dispatch(worker, batch)?;
                driver.started(worker, finish);
            }
            Action::Refuse { ticket, reason } => {
                self.jobs.waiting(ticket).ok_or(Fault::NotWaiting(ticket))?;
                let (_, payload) = self.jobs.remove(ticket);
                driver.refused(payload, reason, self.now);
            }
            // No batch has a boundary yet.
            Action::Preempt { .. } => {}
            Action::WakeAt(moment) if moment <= self.now => return Err(Fault::WakeInPast(moment)),
            Action::WakeAt(moment) => driver.wake_at(moment),
        }
        Ok(())
    }

    /// Starts a batch and says when it will be finished.
    fn dispatch(&mut self, worker: WorkerId, batch: &[Ticket]) -> Result<Moment, Fault> {
        self.floor.check_idle(worker)?;
        let &head_ticket = batch.first().ok_or(Fault::BatchEmpty(worker))?;
        let head = *self.jobs.waiting(head_ticket).ok_or(Fault::NotWaiting(head_ticket))?;
        let size_max = self.floor.batch_size_max(head.model);
        let size = u32::try_from(batch.len()).ok().filter(|size| *size <= size_max);
        let size = size.ok_or(Fault::BatchTooLarge { size: batch.len(), size_max })?;
        for &ticket in batch {
            let request = self.jobs.waiting(ticket).ok_or(Fault::NotWaiting(ticket))?;
            if request.model != head.model {
                return Err(Fault::BatchMixed);
            }
            self.jobs.start(ticket);
        }
        self.floor.start(worker, batch, self.now);
        Ok(self.now + self.floor.service_times.draw(head.model, head.id, size))
    }

    fn violation(&self, fault: Fault) -> Violation {
        Violation { policy: self.policy.name(), now: self.now, fault }
    }
}

impl Floor {
    fn worker_count(&self) -> u32 {
        u32::try_from(self.workers.len()).expect("the count came as a u32")
    }

    fn batch_size_max(&self, model: ModelId) -> u32 {
        self.profile.of(model).batch_size_max
    }

    fn check_idle(&self, worker: WorkerId) -> Result<(), Fault> {
        let count = self.worker_count();
        if worker.0 >= count {
            return Err(Fault::WorkerUnknown { worker, count });
        }
        if !self.idle.contains(worker) {
            return Err(Fault::WorkerBusy(worker));
        }
        Ok(())
    }

    fn start(&mut self, worker: WorkerId, batch: &[Ticket], now: Moment) {
        self.idle.remove(worker);
        let state = &mut self.workers[worker.0 as usize];
        state.batch.clear();
        state.batch.extend_from_slice(batch);
        state.started = now;
    }
}

/// The cluster as its policy sees it.
struct Seen<'a, T> {
    floor: &'a Floor,
    jobs: &'a Jobs<T>,
}

impl<T> View for Seen<'_, T> {
    fn worker_count(&self) -> u32 {
        self.floor.worker_count()
    }

    fn idle_worker(&self, from: WorkerId) -> Option<WorkerId> {
        self.floor.idle.first_from(from)
    }

    fn workers_are_alike(&self) -> bool {
        true
    }

    fn estimate(&self, model: ModelId, size: u32) -> Duration {
        self.floor.profile.of(model).mean(size)
    }

    fn worst_case(&self, model: ModelId, size: u32) -> Duration {
        self.estimate(model, size)
    }

    fn time_to_serve(&self, _: WorkerId, model: ModelId, size: u32) -> Option<Duration> {
        Some(self.estimate(model, size))
    }

    fn is_resident(&self, _: WorkerId, _: ModelId) -> bool {
        true
    }

    fn batch_size_max(&self, model: ModelId) -> u32 {
        self.floor.batch_size_max(model)
    }

    fn batch_wait(&self, _: ModelId) -> Duration {
        Duration::ZERO
    }

    fn request(&self, ticket: Ticket) -> Option<&Request> {
        self.jobs.request(ticket)
    }
}

#[cfg(test)]
mod tests;

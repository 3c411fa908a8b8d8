//! One step of a run: an event in, the policy's actions checked and carried out.

use policy::{Action, Actions, Event, Policy, Ticket, WorkerId};
use request::{Moment, Request};

use crate::Emulation;
use crate::agenda::{Agenda, Due};
use crate::books::Jobs;
use crate::floor::{Floor, Seen};
use crate::observer::{Ending, Observer, Served, Span};
use crate::violation::{Fault, Violation};

/// So many timers in a row without any decision are a policy that will never decide.
const IDLE_WAKES_MAX: u32 = 1_000_000;

/// Emulated workers, the requests that wait for them, and the policy that decides.
///
/// `T` is what its driver gives with each request, and gets back with the request's end.
pub struct Cluster<T> {
    policy: Box<dyn Policy>,
    jobs: Jobs<T>,
    floor: Floor,
    agenda: Agenda,
    actions: Actions,
    retry: bool,
    now: Moment,
    idle_wakes: u32,
    queue: Queue,
    /// A batch that has ended, in memory that is used again.
    ended: Vec<Ticket>,
}

/// Lengths over time, for whoever wants to know how full the cluster was.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Queue {
    /// The most requests that ever waited at once.
    pub waiting_max: usize,
    /// The number of waiting requests, integrated over time: requests x ns.
    pub waiting_area: u128,
    /// The number of requests waiting or running, integrated over time: requests x ns.
    pub in_flight_area: u128,
}

impl<T> Cluster<T> {
    /// A cluster of idle workers, scheduled by `policy`.
    #[must_use]
    pub fn new(policy: Box<dyn Policy>, emulation: &Emulation) -> Self {
        Self {
            policy,
            jobs: Jobs::new(),
            floor: Floor::new(emulation),
            agenda: Agenda::new(emulation.workers.outages()),
            actions: Actions::default(),
            retry: emulation.workers.retry(),
            now: Moment::ZERO,
            idle_wakes: 0,
            queue: Queue::default(),
            ended: Vec::new(),
        }
    }

    /// A request came.
    ///
    /// Whatever goes before it must have run: call [`advance`](Self::advance) until nothing does.
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
        observer: &mut impl Observer<T>,
    ) -> Result<(), Violation> {
        assert!(now >= self.now, "events run in order of time: {now} came after {}", self.now);
        self.pass_to(now);
        let ticket = self.jobs.insert(request, payload);
        self.step(now, Event::Arrived { ticket, request: &request }, observer)
    }

    /// Runs the next event that goes before an arrival at `arrival` (any, if no arrival is to
    /// come), and says when it was; `None` where there is no such event.
    ///
    /// # Errors
    /// Where the policy breaks the rules.
    #[inline]
    pub fn advance(
        &mut self,
        arrival: Option<Moment>,
        observer: &mut impl Observer<T>,
    ) -> Result<Option<Moment>, Violation> {
        let Some((due, kind)) = self.agenda.next_before(arrival) else { return Ok(None) };
        // In real time an arrival may have been told of late, after this was due.
        let now = due.max(self.now);
        self.pass_to(now);
        match kind {
            Due::Finish(worker) => self.batch_ended(due, now, worker, observer)?,
            Due::Down(worker) => self.worker_lost(now, worker, observer)?,
            Due::Up(worker) => {
                self.floor.idle.insert(worker);
                self.step(now, Event::Back { worker }, observer)?;
            }
            Due::Wake => self.woke(now, observer)?,
        }
        Ok(Some(now))
    }

    /// When the next event is due.
    #[inline]
    #[must_use]
    pub fn next_due(&self) -> Option<Moment> {
        self.agenda.next_due()
    }

    /// When the last event was.
    #[must_use]
    pub fn now(&self) -> Moment {
        self.now
    }

    /// How full it was, up to the last event.
    #[must_use]
    pub fn queue(&self) -> Queue {
        self.queue
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

    /// The end of a batch, or a boundary at which it stops.
    fn batch_ended(
        &mut self,
        due: Moment,
        now: Moment,
        worker: WorkerId,
        observer: &mut impl Observer<T>,
    ) -> Result<(), Violation> {
        let station = self.floor.station(worker);
        if !station.is_busy() || station.due != due {
            // It was stopped or lost since this was noted down.
            return Ok(());
        }
        let stop_at = station.stop_at;
        let batch = self.take_batch(worker);
        let span = self.span(worker, &batch, now, Ending::Finished);
        match stop_at {
            None => self.serve(&batch, span, observer),
            Some(step) => self.jobs.stopped(&batch, span.started, step),
        }
        self.floor.idle.insert(worker);
        let event = match stop_at {
            None => Event::Finished { worker, batch: &batch },
            Some(_) => Event::Preempted { worker, batch: &batch },
        };
        let ending = if stop_at.is_some() { Ending::Preempted } else { Ending::Finished };
        observer.ran(&Span { ending, ..span });
        let result = self.step(now, event, observer);
        self.ended = batch;
        result
    }

    fn serve(&mut self, batch: &[Ticket], span: Span, observer: &mut impl Observer<T>) {
        for &ticket in batch {
            let (request, payload, progress) = self.jobs.remove(ticket);
            let started = progress.map_or(span.started, |progress| progress.started);
            let Span { worker, batch_size, ended: finished, .. } = span;
            observer.served(&request, payload, Served { worker, batch_size, started, finished });
        }
    }

    fn worker_lost(
        &mut self,
        now: Moment,
        worker: WorkerId,
        observer: &mut impl Observer<T>,
    ) -> Result<(), Violation> {
        self.floor.idle.remove(worker);
        let station = self.floor.station(worker);
        station.memory.clear();
        let batch = self.take_batch(worker);
        let wait_again = self.retry;
        for &ticket in &batch {
            if wait_again {
                self.jobs.wait_from_start(ticket);
            } else {
                let (request, payload, _) = self.jobs.remove(ticket);
                observer.lost(&request, payload, now);
            }
        }
        if !batch.is_empty() {
            observer.ran(&self.span(worker, &batch, now, Ending::Lost));
        }
        let result = self.step(now, Event::Lost { worker, batch: &batch, wait_again }, observer);
        self.ended = batch;
        result
    }

    fn woke(&mut self, now: Moment, observer: &mut impl Observer<T>) -> Result<(), Violation> {
        self.idle_wakes += 1;
        if self.idle_wakes > IDLE_WAKES_MAX {
            return Err(self.violation(Fault::Restless(IDLE_WAKES_MAX)));
        }
        self.step(now, Event::Woke, observer)
    }

    fn span(&mut self, worker: WorkerId, batch: &[Ticket], now: Moment, ending: Ending) -> Span {
        let station = self.floor.station(worker);
        Span {
            worker,
            model: station.model,
            batch_size: u32::try_from(batch.len()).expect("a batch fits its limit, a u32"),
            dispatched: station.dispatched,
            // A worker can fail while it loads.
            started: station.started.min(now),
            ended: now,
            ending,
        }
    }

    /// Takes the batch of a worker, which is idle then; the batch goes back to `self.ended`.
    fn take_batch(&mut self, worker: WorkerId) -> Vec<Ticket> {
        let mut empty = std::mem::take(&mut self.ended);
        empty.clear();
        std::mem::replace(&mut self.floor.station(worker).batch, empty)
    }

    /// Time passes: nothing has changed since the last event.
    fn pass_to(&mut self, now: Moment) {
        let passed = u128::from(now.as_nanos().abs_diff(self.now.as_nanos()));
        self.queue.waiting_area += passed * self.jobs.waiting_count() as u128;
        self.queue.in_flight_area += passed * self.jobs.count() as u128;
        self.now = now;
    }

    fn step(
        &mut self,
        now: Moment,
        event: Event<'_>,
        observer: &mut impl Observer<T>,
    ) -> Result<(), Violation> {
        // Lent out and put back, so that the loop below can borrow the rest of the cluster.
        let mut actions = std::mem::take(&mut self.actions);
        actions.clear();
        let view = Seen { floor: &self.floor, jobs: &self.jobs };
        self.policy.on_event(now, event, &view, &mut actions);
        observer.decided(now, &event, &actions);
        let result = actions.iter().try_for_each(|action| self.carry_out(action, observer));
        self.actions = actions;
        self.queue.waiting_max = self.queue.waiting_max.max(self.jobs.waiting_count());
        result.map_err(|fault| self.violation(fault))
    }

    fn carry_out(
        &mut self,
        action: Action<'_>,
        observer: &mut impl Observer<T>,
    ) -> Result<(), Fault> {
        match action {
            Action::Dispatch { worker, batch } => self.dispatch(worker, batch)?,
            Action::Refuse { ticket, reason } => {
                self.jobs.waiting(ticket).ok_or(Fault::NotWaiting(ticket))?;
                let (request, payload, _) = self.jobs.remove(ticket);
                observer.refused(&request, payload, reason, self.now);
                self.idle_wakes = 0;
            }
            Action::Preempt { worker } => self.preempt(worker)?,
            Action::WakeAt(moment) if moment <= self.now => return Err(Fault::WakeInPast(moment)),
            Action::WakeAt(moment) => self.agenda.wake_at(moment),
        }
        Ok(())
    }

    fn dispatch(&mut self, worker: WorkerId, batch: &[Ticket]) -> Result<(), Fault> {
        let &head_ticket = batch.first().ok_or(Fault::BatchEmpty(worker))?;
        let head = *self.jobs.waiting(head_ticket).ok_or(Fault::NotWaiting(head_ticket))?;
        self.floor.check_takes(worker, head.model)?;
        let size_max = self.floor.batch_size_max(head.model);
        if batch.len() > size_max as usize {
            return Err(Fault::BatchTooLarge { size: batch.len(), size_max });
        }
        let mut done = u32::MAX;
        for &ticket in batch {
            let request = self.jobs.waiting(ticket).ok_or(Fault::NotWaiting(ticket))?;
            if request.model != head.model {
                return Err(Fault::BatchMixed);
            }
            done = done.min(self.jobs.start(ticket));
        }
        let due = self.floor.start(worker, &head, batch, done, self.now);
        self.agenda.finish_at(due.ok_or(Fault::PastTheEndOfTime)?, worker);
        self.idle_wakes = 0;
        Ok(())
    }

    fn preempt(&mut self, worker: WorkerId) -> Result<(), Fault> {
        self.floor.check_known(worker)?;
        let station = self.floor.station(worker);
        if !station.is_busy() {
            return Err(Fault::NothingToPreempt(worker));
        }
        if let Some(due) = station.stop(self.now) {
            self.agenda.finish_at(due, worker);
        }
        Ok(())
    }

    fn violation(&self, fault: Fault) -> Violation {
        Violation { policy: self.policy.name(), now: self.now, fault }
    }
}

#[cfg(test)]
mod tests;

//! One step of a run: an event in, the policy's actions checked and carried out.

use policy::{Actions, Event, Policy, WorkerId};
use request::{Moment, Request};

use crate::Emulation;
use crate::agenda::Due;
use crate::books::Progress;
use crate::floor::Seen;
use crate::observer::{Ending, Observer, Span};
use crate::state::State;
use crate::violation::{Fault, Violation};

/// So many timers in a row without any decision are a policy that will never decide.
const IDLE_WAKES_MAX: u32 = 1_000_000;

/// Emulated workers, the requests that wait for them, and the policy that decides.
///
/// `T` is what its driver gives with each request, and gets back with the request's end.
pub struct Cluster<T> {
    policy: Box<dyn Policy>,
    actions: Actions,
    state: State<T>,
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
        Self { policy, actions: Actions::default(), state: State::new(emulation) }
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
        let before = self.state.now;
        assert!(now >= before, "events run in order of time: {now} came after {before}");
        self.state.pass_to(now);
        self.state.idle_wakes = 0;
        let ticket = self.state.jobs.insert(request, payload);
        self.step(Event::Arrived { ticket, request: &request }, observer)
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
        let Some((due, kind)) = self.state.agenda.next_before(arrival) else { return Ok(None) };
        // In real time an arrival may have been told of late, after this was due.
        let now = due.max(self.state.now);
        self.state.pass_to(now);
        if kind != Due::Wake {
            self.state.idle_wakes = 0;
        }
        match kind {
            Due::Finish(worker) => self.batch_ended(due, worker, observer)?,
            Due::Down(worker) => self.worker_lost(worker, observer)?,
            Due::Up(worker) => {
                self.state.floor.idle.insert(worker);
                self.step(Event::Back { worker }, observer)?;
            }
            Due::Wake => self.woke(observer)?,
        }
        Ok(Some(now))
    }

    /// When the next event is due.
    #[must_use]
    pub fn next_due(&self) -> Option<Moment> {
        self.state.agenda.next_due()
    }

    /// When the last event was.
    #[must_use]
    pub fn now(&self) -> Moment {
        self.state.now
    }

    /// How full it was, up to the last event.
    #[must_use]
    pub fn queue(&self) -> Queue {
        self.state.queue
    }

    /// How many requests are neither answered nor running.
    #[must_use]
    pub fn waiting_count(&self) -> usize {
        self.state.jobs.waiting_count()
    }

    /// How many requests wait or run.
    #[must_use]
    pub fn in_flight_count(&self) -> usize {
        self.state.jobs.count()
    }

    /// Checks that nothing is left when no event is left either.
    ///
    /// # Errors
    /// Where requests wait that nothing will ever answer.
    pub fn check_drained(&self) -> Result<(), Violation> {
        match (self.in_flight_count(), self.state.floor.away_count()) {
            (0, _) => Ok(()),
            (count, 0) => Err(self.violation(Fault::Starved(count))),
            (waiting, away) => Err(self.violation(Fault::StarvedByOutages { waiting, away })),
        }
    }

    /// The end of a batch, or a boundary at which it stops.
    fn batch_ended(
        &mut self,
        due: Moment,
        worker: WorkerId,
        observer: &mut impl Observer<T>,
    ) -> Result<(), Violation> {
        let state = &mut self.state;
        let station = state.floor.station(worker);
        if !station.is_busy() || station.due != due {
            // It was stopped or lost since this was noted down.
            return Ok(());
        }
        let (stop_at, done) = (station.stop_at, station.steps.done);
        let batch = state.take_batch(worker);
        state.floor.idle.insert(worker);
        let (event, span) = if let Some(step) = stop_at {
            let span = state.span(worker, &batch, Ending::Preempted);
            let progress = Progress { started: span.started, steps_done: step };
            state.jobs.stopped(&batch, (step > done).then_some(progress));
            (Event::Preempted { worker, batch: &batch }, span)
        } else {
            let span = state.span(worker, &batch, Ending::Finished);
            state.serve(&batch, &span, observer);
            (Event::Finished { worker, batch: &batch }, span)
        };
        observer.ran(&span);
        let result = self.step(event, observer);
        self.state.ended = batch;
        result
    }

    fn worker_lost(
        &mut self,
        worker: WorkerId,
        observer: &mut impl Observer<T>,
    ) -> Result<(), Violation> {
        let state = &mut self.state;
        state.floor.idle.remove(worker);
        let batch = state.take_batch(worker);
        state.floor.station(worker).memory.clear();
        let wait_again = state.retry;
        for &ticket in &batch {
            if wait_again {
                state.jobs.wait_from_start(ticket);
            } else {
                let (request, payload, _) = state.jobs.remove(ticket);
                observer.lost(&request, payload, state.now);
            }
        }
        if !batch.is_empty() {
            let span: Span = state.span(worker, &batch, Ending::Lost);
            observer.ran(&span);
        }
        let result = self.step(Event::Lost { worker, batch: &batch, wait_again }, observer);
        self.state.ended = batch;
        result
    }

    fn woke(&mut self, observer: &mut impl Observer<T>) -> Result<(), Violation> {
        // Where nobody waits, a timer may tick for as long as it likes.
        let somebody_waits = self.state.jobs.waiting_count() > 0;
        self.state.idle_wakes = if somebody_waits { self.state.idle_wakes + 1 } else { 0 };
        if self.state.idle_wakes > IDLE_WAKES_MAX {
            return Err(self.violation(Fault::Restless(IDLE_WAKES_MAX)));
        }
        self.step(Event::Woke, observer)
    }

    #[inline]
    fn step(&mut self, event: Event<'_>, observer: &mut impl Observer<T>) -> Result<(), Violation> {
        let Self { policy, actions, state } = self;
        actions.clear();
        let view = Seen { floor: &state.floor, jobs: &state.jobs };
        policy.on_event(state.now, event, &view, actions);
        observer.decided(state.now, &event, actions);
        let result = actions.iter().try_for_each(|action| state.carry_out(action, observer));
        state.queue.waiting_max = state.queue.waiting_max.max(state.jobs.waiting_count());
        result.map_err(|fault| self.violation(fault))
    }

    #[cold]
    fn violation(&self, fault: Fault) -> Violation {
        Violation { policy: self.policy.name(), now: self.state.now, fault }
    }
}

#[cfg(test)]
mod tests;

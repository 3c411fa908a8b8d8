//! The cluster apart from its policy: what waits, what runs, what is due, and how each decision is
//! checked and carried out.

use policy::{Action, Ticket, WorkerId};
use request::Moment;

use crate::Emulation;
use crate::agenda::Agenda;
use crate::books::Jobs;
use crate::cluster::Queue;
use crate::floor::Floor;
use crate::observer::{Ending, Observer, Served, Span};
use crate::violation::Fault;

/// The books of a cluster.
pub(crate) struct State<T> {
    pub(crate) jobs: Jobs<T>,
    pub(crate) floor: Floor,
    pub(crate) agenda: Agenda,
    /// Whether requests on a failing worker wait again.
    pub(crate) retry: bool,
    pub(crate) now: Moment,
    /// Timers in a row that led to no decision.
    pub(crate) idle_wakes: u32,
    pub(crate) queue: Queue,
    /// A batch that has ended, in memory that is used again.
    pub(crate) ended: Vec<Ticket>,
}

impl<T> State<T> {
    pub(crate) fn new(emulation: &Emulation) -> Self {
        let workers = &emulation.workers;
        Self {
            jobs: Jobs::new(),
            floor: Floor::new(emulation),
            agenda: Agenda::new(workers.count(), workers.outages()),
            retry: workers.retry(),
            now: Moment::ZERO,
            idle_wakes: 0,
            queue: Queue::default(),
            ended: Vec::new(),
        }
    }

    /// Time passes: nothing has changed since the last event.
    #[inline]
    pub(crate) fn pass_to(&mut self, now: Moment) {
        let passed = now.as_nanos().abs_diff(self.now.as_nanos());
        self.queue.waiting_area += u128::from(passed) * self.jobs.waiting_count() as u128;
        self.queue.in_flight_area += u128::from(passed) * self.jobs.count() as u128;
        self.now = now;
    }

    /// Takes the batch of a worker, which is idle then; the batch is to go to `self.ended`.
    #[inline]
    pub(crate) fn take_batch(&mut self, worker: WorkerId) -> Vec<Ticket> {
        let mut empty = std::mem::take(&mut self.ended);
        empty.clear();
        std::mem::replace(&mut self.floor.station(worker).batch, empty)
    }

    /// What `worker` has been busy with until now.
    #[inline]
    pub(crate) fn span(&mut self, worker: WorkerId, batch: &[Ticket], ending: Ending) -> Span {
        let now = self.now;
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

    /// The requests of a batch have been served.
    #[inline]
    pub(crate) fn serve(&mut self, batch: &[Ticket], span: &Span, observer: &mut impl Observer<T>) {
        let &Span { worker, batch_size, ended: finished, .. } = span;
        for &ticket in batch {
            let (request, payload, progress) = self.jobs.remove(ticket);
            let started = progress.map_or(span.started, |progress| progress.started);
            observer.served(&request, payload, Served { worker, batch_size, started, finished });
        }
    }

    /// Checks a decision, and carries it out.
    #[inline]
    pub(crate) fn carry_out(
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

    #[inline]
    fn dispatch(&mut self, worker: WorkerId, batch: &[Ticket]) -> Result<(), Fault> {
        let &head_ticket = batch.first().ok_or(Fault::BatchEmpty(worker))?;
        let head = *self.jobs.waiting(head_ticket).ok_or(Fault::NotWaiting(head_ticket))?;
        self.floor.check_takes(worker, head.model)?;
        let size_max = self.floor.batch_size_max(head.model);
        if batch.len() > size_max as usize {
            return Err(Fault::BatchTooLarge { size: batch.len(), size_max });
        }
        let mut done = self.jobs.start(head_ticket);
        for &ticket in &batch[1..] {
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
}

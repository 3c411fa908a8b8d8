//! Gathers what becomes of a run's requests, on the caller's thread.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use crossbeam_channel::{Receiver, TryRecvError};
use outcome::{Code, Outcome, Status};

use crate::clock::RunClock;
use crate::plan::{Ended, Event, Planned};
use crate::progress::Tracker;
use crate::run::Observer;

/// Pause between looks at what has come. Whoever sleeps in a channel must be woken by the sender,
/// and here that is the thread that keeps time.
const PAUSE: Duration = Duration::from_millis(2);

/// Looks of an observer at the whole are at least so far apart.
const LOOK: Duration = Duration::from_millis(100);

pub(crate) struct Collector<'a> {
    pub(crate) run: i32,
    pub(crate) plan: &'a Arc<Vec<Planned>>,
    pub(crate) clock: RunClock,
    pub(crate) events: Receiver<Event>,
    pub(crate) tracker: Tracker,
}

impl Collector<'_> {
    /// The outcomes of all requests, in order of the plan, once the other end of the channel is
    /// gone.
    pub(crate) fn collect(mut self, observer: &mut dyn Observer) -> Vec<Outcome> {
        let mut outcomes: Vec<Option<Outcome>> = vec![None; self.plan.len()];
        let mut looked = self.clock.now();
        loop {
            match self.events.try_recv() {
                Ok(event) => self.take(event, &mut outcomes, observer),
                Err(TryRecvError::Empty) => thread::sleep(PAUSE),
                Err(TryRecvError::Disconnected) => break,
            }
            let now = self.clock.now();
            if now.saturating_since(looked) >= LOOK {
                looked = now;
                observer.look(&self.tracker.progress(now));
            }
        }
        let lost = (0..outcomes.len()).filter(|index| outcomes[*index].is_none());
        for index in lost.collect::<Vec<_>>() {
            // Nothing is lost silently: a request that no thread accounted for says so.
            let unsent = Ended::unsent(index, Code::Internal);
            let ended = Event::Ended(Ended { status: Status::Error, ..unsent });
            self.take(ended, &mut outcomes, observer);
        }
        observer.look(&self.tracker.progress(self.clock.now()));
        outcomes.into_iter().flatten().collect()
    }

    fn take(
        &mut self,
        event: Event,
        outcomes: &mut [Option<Outcome>],
        observer: &mut dyn Observer,
    ) {
        match event {
            Event::Sent { index, sent, arrival } => match arrival {
                None => self.tracker.sent(index, sent),
                Some(arrival) => self.tracker.sent_after(arrival, sent),
            },
            Event::Ended(ended) => {
                let outcome = self.plan[ended.index].outcome(self.run, ended);
                self.tracker.ended(&outcome);
                observer.ended(&outcome);
                outcomes[ended.index] = Some(outcome);
            }
        }
    }
}

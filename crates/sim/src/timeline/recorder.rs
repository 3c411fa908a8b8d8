//! The timeline of one policy.

use std::io::{self, Write};

use cluster::{Ending, Span};
use outcome::{Outcome, Status};
use policy::WorkerId;
use request::{Moment, Tier};
use serde_json::{Value, json};

use super::event::Look;
use super::names::{Names, Row};
use super::queue::QueueLength;
use super::{Event, TimelinePart};
use crate::draft::Draft;
use crate::simulation::Recorder;

/// Requests that a slice names; a batch may hold thousands.
const NAMED_MAX: usize = 32;

/// Writes down what a policy lets its workers do.
#[derive(Debug)]
pub struct TimelineRecorder {
    draft: Draft,
    process: usize,
    names: Names,
    /// Requests that ended with the batch which will be told of next, and their rows in the trace.
    batch: Vec<(u64, Outcome)>,
    queue: QueueLength,
    /// How many requests have ended.
    ended: u64,
    limit: u64,
    cut: Option<Moment>,
    is_empty: bool,
    error: Option<io::Error>,
}

impl TimelineRecorder {
    pub(super) fn new(draft: Draft, process: usize, names: Names, limit: u64) -> io::Result<Self> {
        let mut recorder = Self {
            draft,
            process,
            names,
            batch: Vec::new(),
            queue: QueueLength::new(),
            ended: 0,
            limit,
            cut: None,
            is_empty: true,
            error: None,
        };
        recorder.write_names();
        match recorder.error.take() {
            Some(error) => Err(error),
            None => Ok(recorder),
        }
    }

    /// Completes the policy's part of the timeline.
    ///
    /// # Errors
    /// Where it could not be written, now or earlier.
    pub fn finish(mut self) -> io::Result<TimelinePart> {
        self.queue.close();
        self.tell_queue();
        match self.error {
            Some(error) => Err(error),
            None => Ok(TimelinePart { draft: self.draft, cut: self.cut }),
        }
    }

    fn write_names(&mut self) {
        let policy = std::mem::take(&mut self.names.policy);
        self.write(&Event::Process(&policy));
        self.write(&Event::Name(Row::Refused, "refused"));
        for worker in 0..self.names.workers {
            let name = format!("worker {worker}");
            self.write(&Event::Name(Row::Worker(WorkerId(worker)), &name));
        }
    }

    fn write(&mut self, event: &Event<'_>) {
        // The first error is kept: what follows it would only say the same.
        if self.error.is_some() {
            return;
        }
        let separator: &[u8] = if self.is_empty { b"" } else { b",\n" };
        self.is_empty = false;
        let written = self.draft.write_all(separator);
        self.error = written.and_then(|()| event.write(self.process, &mut self.draft)).err();
    }

    /// Whether all is told that is to be shown: of what began before the cut too.
    fn is_over(&self) -> bool {
        self.cut.is_some_and(|cut| self.queue.known_to() > cut)
    }

    /// Whether it is shown what happened at this time.
    fn shows(&self, at: Moment) -> bool {
        self.cut.is_none_or(|cut| at < cut)
    }

    fn count_ended(&mut self, count: u64, at: Moment) {
        self.ended += count;
        if self.cut.is_none() && self.ended > self.limit {
            self.cut = Some(at);
        }
    }

    fn tell_queue(&mut self) {
        while let Some((at, count)) = self.queue.next() {
            if self.shows(at) {
                self.write(&Event::Waiting { at, count });
            }
        }
    }

    fn refused(&mut self, row: u64, outcome: &Outcome) {
        let Some(at) = outcome.done else { return };
        self.queue.change(at, -1);
        self.count_ended(1, at);
        if self.shows(at) {
            let details = self.details_of(outcome);
            let name = outcome.status.name();
            self.write(&Event::Mark { row: Row::Refused, at, name, details });
        }
        self.queue.arrived(row, outcome.arrival);
        self.tell_queue();
    }

    fn details_of(&self, outcome: &Outcome) -> Value {
        json!({
            "request": outcome.request_id.0,
            "tier": outcome.tier.number(),
            "slo": self.names.slos.get(usize::from(outcome.slo)),
        })
    }

    fn slices(&mut self, span: &Span, batch: &[(u64, Outcome)]) {
        let row = Row::Worker(span.worker);
        let model = self.names.models.get(&span.model).map_or("", String::as_str);
        let size = span.batch_size;
        let late = || batch.iter().map(|(_, outcome)| outcome).filter(|outcome| is_late(outcome));
        let (ending, look) = match span.ending {
            Ending::Finished if late().next().is_some() => (", late", Look::Late),
            Ending::Finished => ("", Look::Served),
            Ending::Preempted => (", preempted", Look::Preempted),
            Ending::Lost => (", lost", Look::Lost),
        };
        let (loading, running) = (format!("load {model}"), format!("{model} x{size}{ending}"));
        if span.started > span.dispatched {
            let (from, to, details) = (span.dispatched, span.started, json!({}));
            self.write(&Event::Slice {
                row,
                from,
                to,
                name: loading,
                look: Look::Loading,
                details,
            });
        }
        let (from, to, details) = (span.started, span.ended, details(span, batch));
        self.write(&Event::Slice { row, from, to, name: running, look, details });
        for outcome in late() {
            let (at, details) = (outcome.deadline, self.details_of(outcome));
            self.write(&Event::Mark { row, at, name: "deadline missed", details });
        }
    }
}

impl Recorder for TimelineRecorder {
    fn ended(&mut self, row: u64, outcome: &Outcome) {
        if self.is_over() {
            return;
        }
        match outcome.status {
            Status::Expired | Status::Rejected => self.refused(row, outcome),
            _ => self.batch.push((row, *outcome)),
        }
    }

    fn ran(&mut self, span: &Span) {
        if self.is_over() {
            return;
        }
        let mut batch = std::mem::take(&mut self.batch);
        let ended = batch.len() as u64;
        if self.shows(span.dispatched) {
            self.slices(span, &batch);
        }
        self.count_ended(ended, span.ended);
        self.queue.change(span.dispatched, -i64::from(span.batch_size));
        // Those that have not ended with their batch wait again.
        self.queue.change(span.ended, i64::from(span.batch_size) - ended.cast_signed());
        for (row, outcome) in batch.drain(..) {
            self.queue.arrived(row, outcome.arrival);
        }
        self.tell_queue();
        self.batch = batch;
    }
}

/// Served, but after its deadline.
fn is_late(outcome: &Outcome) -> bool {
    outcome.status == Status::Ok && !outcome.slo_met()
}

/// What is told of a batch that is looked at.
fn details(span: &Span, batch: &[(u64, Outcome)]) -> Value {
    let mut details = json!({ "size": span.batch_size });
    if batch.is_empty() {
        return details;
    }
    let outcomes = || batch.iter().map(|(_, outcome)| outcome);
    let ids: Vec<i64> = outcomes().take(NAMED_MAX).map(|outcome| outcome.request_id.0).collect();
    let count = |tier| outcomes().filter(|outcome| outcome.tier == tier).count();
    let tiers = Tier::ALL.map(|tier| (tier.to_string(), count(tier)));
    let tiers = tiers.into_iter().filter(|&(_, count)| count > 0);
    details["requests"] = ids.into();
    details["tiers"] = tiers.map(|(tier, count)| (tier, Value::from(count))).collect();
    details["late"] = outcomes().filter(|outcome| is_late(outcome)).count().into();
    if batch.len() > NAMED_MAX {
        details["requests_not_named"] = (batch.len() - NAMED_MAX).into();
    }
    let waits = outcomes().filter_map(|outcome| Some(outcome.started? - outcome.arrival));
    if let Some(longest) = waits.max() {
        details["longest_wait_ms"] = (longest.as_nanos() as f64 / 1e6).into();
    }
    details
}

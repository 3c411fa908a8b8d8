//! What a report needs of one policy beyond its summary, gathered while the simulation runs.

use std::collections::BTreeMap;
use std::time::Duration;

use cluster::Span;
use outcome::{Outcome, Status};
use request::Tier;

use super::histogram::Histogram;
use super::series::{Met, Series, Steps};
use crate::simulation::Recorder;

/// Gathers what a report draws of one policy. Its memory does not grow with the trace.
#[derive(Clone, Debug)]
pub struct ReportRecorder {
    /// Number of requests that wait.
    pub(super) waiting: Series<Steps>,
    /// Number of workers that are busy.
    pub(super) busy: Series<Steps>,
    /// Requests by the time of their arrival, for each tier.
    pub(super) met: BTreeMap<Tier, Series<Met>>,
    /// By tier and place of the SLO class.
    pub(super) classes: BTreeMap<(Tier, u16), ClassRecord>,
    /// Requests that ended with the batch which will be told of next.
    batch: i64,
}

/// What is gathered of a class.
#[derive(Clone, Debug, Default)]
pub(super) struct ClassRecord {
    /// Latencies of those that ended `ok`.
    pub(super) latencies: Histogram,
    /// The SLO; `None` where it differs from request to request.
    pub(super) slo: Option<Duration>,
}

impl Default for ReportRecorder {
    fn default() -> Self {
        Self {
            waiting: Series::new(),
            busy: Series::new(),
            met: BTreeMap::new(),
            classes: BTreeMap::new(),
            batch: 0,
        }
    }
}

impl Recorder for ReportRecorder {
    fn ended(&mut self, _row: u64, outcome: &Outcome) {
        self.waiting.step(outcome.arrival, 1);
        match (outcome.status, outcome.done) {
            (Status::Expired | Status::Rejected, Some(done)) => self.waiting.step(done, -1),
            _ => self.batch += 1,
        }
        let met = self.met.entry(outcome.tier).or_insert_with(Series::new);
        let (part, _) = met.at(outcome.arrival);
        part.count += 1;
        part.met += u64::from(outcome.slo_met());

        let slo = outcome.deadline - outcome.arrival;
        let key = (outcome.tier, outcome.slo);
        let class = self
            .classes
            .entry(key)
            .or_insert_with(|| ClassRecord { latencies: Histogram::default(), slo: Some(slo) });
        class.slo = class.slo.filter(|&known| known == slo);
        if let Some(latency) = outcome.latency() {
            class.latencies.add(u64::try_from(latency.as_nanos()).unwrap_or(u64::MAX));
        }
    }

    fn ran(&mut self, span: &Span) {
        self.busy.step(span.dispatched, 1);
        self.busy.step(span.ended, -1);
        let size = i64::from(span.batch_size);
        self.waiting.step(span.dispatched, -size);
        // Those that have not ended with their batch wait again.
        self.waiting.step(span.ended, size - std::mem::take(&mut self.batch));
    }
}

//! A trace file through the engine: rows in, one outcome after the other out.

use std::collections::BTreeMap;

use cluster::{Cluster, Emulation, Observer, ProfileError, Served, Span, Violation, WorkersError};
use outcome::{Outcome, OutcomeError, RunInfo, Status, Summary, Tally, Verdict};
use policy::{Policy, PolicyError, RefusalReason};
use request::{ModelId, Moment, Request};
use trace::{RateScale, TraceError, TraceReader, TraceRow};

use crate::engine::{arrive, drain};
use crate::gauges::Gauges;

/// What is simulated: a trace, at some rate, on a cluster.
#[derive(Clone, Copy, Debug)]
pub struct Setting<'a> {
    /// The trace.
    pub trace: &'a TraceReader,
    /// Factor on its rate.
    pub rate_scale: RateScale,
    /// Only the first so many requests.
    pub limit: Option<u64>,
    /// The cluster, apart from its policy.
    pub emulation: &'a Emulation,
}

/// What became of a trace under one policy.
#[derive(Clone, Debug)]
pub struct Simulation {
    /// The requests, summed up; with what is to be known of the run.
    pub summary: Summary,
    /// The workers and the queue.
    pub gauges: Gauges,
}

/// Takes what a simulation gives while it goes on.
pub trait Recorder: Send {
    /// The request in `row` of the trace has ended. Requests come in order of ending.
    fn ended(&mut self, _row: u64, _outcome: &Outcome) {}

    /// A worker was busy; the requests that it served have ended already.
    fn ran(&mut self, _span: &Span) {}
}

/// Why a trace cannot be simulated.
#[derive(Debug, thiserror::Error)]
pub enum SimError {
    /// The trace cannot be read.
    #[error(transparent)]
    Trace(#[from] TraceError),
    /// The policy is not one of the built-in ones.
    #[error(transparent)]
    Policy(#[from] PolicyError),
    /// The profile does not know a model of the trace.
    #[error(transparent)]
    Profile(#[from] ProfileError),
    /// The workers cannot serve a model of the trace.
    #[error(transparent)]
    Workers(#[from] WorkersError),
    /// The policy broke a rule.
    #[error(transparent)]
    Violation(#[from] Violation),
    /// The outcomes cannot be written.
    #[error(transparent)]
    Outcome(#[from] OutcomeError),
}

/// Runs a trace through `policy`; `recorders` take what it gives besides its summary.
///
/// # Errors
/// Where the trace cannot be read, the policy breaks a rule, or the cluster cannot serve a model.
pub fn simulate_trace(
    setting: Setting<'_>,
    policy: Box<dyn Policy>,
    recorders: &mut [&mut dyn Recorder],
) -> Result<Simulation, SimError> {
    let info = RunInfo { subject: policy.name(), ..setting.run_info() };
    let models = setting.models()?;
    let mut cluster = Cluster::new(policy, setting.emulation);
    let gauges = Gauges::new(setting.emulation.workers.count());
    let mut recording = Recording { tally: Tally::default(), gauges, recorders };
    let mut rows = 0..setting.limit.unwrap_or(u64::MAX);
    for batch in setting.trace.batches() {
        for (row, index) in batch?.rows().zip(&mut rows) {
            let (request, payload) = setting.arrival(row, index, &models);
            arrive(request, payload, &mut cluster, &mut recording)?;
        }
        if rows.is_empty() {
            break;
        }
    }
    drain(&mut cluster, &mut recording)?;
    let Recording { tally, mut gauges, .. } = recording;
    gauges.ended(cluster.now(), cluster.queue());
    Ok(Simulation { summary: tally.summary(&info), gauges })
}

/// What stands in the trace and not in the request that the cluster sees.
#[derive(Clone, Copy, Debug)]
struct Row {
    index: u64,
    slo: u16,
    model: u16,
}

impl Setting<'_> {
    /// What every simulation in this setting says of itself; the subject is yet to come.
    #[must_use]
    pub fn run_info(&self) -> RunInfo {
        let header = self.trace.header();
        let Emulation { workers, profile, seed } = self.emulation;
        let mut parameters = BTreeMap::from([
            ("workers".to_owned(), workers.text().to_owned()),
            ("service_seed".to_owned(), seed.to_string()),
            ("profile".to_owned(), profile.text().to_owned()),
        ]);
        if let Some(limit) = self.limit {
            parameters.insert("limit".to_owned(), limit.to_string());
        }
        RunInfo {
            producer: "sim".into(),
            tool: concat!("sim ", env!("CARGO_PKG_VERSION")).into(),
            trace_digest: header.digest.clone(),
            trace_name: header.workload.name.clone(),
            parameters,
            clock: "virtual".into(),
            // Virtual time is always on time.
            verdict: Verdict::Valid,
            rate_scale: self.rate_scale.to_string(),
            slos: header.slos.clone(),
            models: header.models.iter().map(|model| model.name.clone()).collect(),
            ..RunInfo::default()
        }
    }

    /// The profile's model for each of the trace's.
    fn models(&self) -> Result<Vec<ModelId>, SimError> {
        let named = self.trace.header().models.iter();
        let models = named.map(|model| self.emulation.profile.model(&model.name));
        let models = models.collect::<Result<Vec<_>, _>>()?;
        self.emulation.check(models.iter().copied())?;
        Ok(models)
    }

    /// The request in `row` of the trace, and what comes back with its end.
    #[inline]
    fn arrival(&self, row: TraceRow, index: u64, models: &[ModelId]) -> (Request, Row) {
        let TraceRow { request, slo, .. } = self.rate_scale.apply(row);
        let row = Row { index, slo, model: request.model.0 };
        (Request { model: models[usize::from(request.model.0)], ..request }, row)
    }
}

/// Turns what the cluster tells into outcomes, and hands them on.
struct Recording<'a, 'b> {
    tally: Tally,
    gauges: Gauges,
    recorders: &'a mut [&'b mut dyn Recorder],
}

impl Recording<'_, '_> {
    fn ended(&mut self, row: Row, outcome: &Outcome) {
        self.tally.push(outcome);
        for recorder in self.recorders.iter_mut() {
            recorder.ended(row.index, outcome);
        }
    }
}

impl Observer<Row> for Recording<'_, '_> {
    fn served(&mut self, request: &Request, row: Row, served: Served) {
        let outcome = Outcome {
            started: Some(served.started),
            worker: Some(served.worker.0),
            batch: Some(served.batch_size),
            ..outcome(request, row, Status::Ok, served.finished)
        };
        self.ended(row, &outcome);
    }

    fn refused(&mut self, request: &Request, row: Row, reason: RefusalReason, now: Moment) {
        let status = match reason {
            RefusalReason::Expired => Status::Expired,
            RefusalReason::Rejected => Status::Rejected,
        };
        self.ended(row, &outcome(request, row, status, now));
    }

    fn lost(&mut self, request: &Request, row: Row, now: Moment) {
        self.ended(row, &outcome(request, row, Status::Unavailable, now));
    }

    fn ran(&mut self, span: &Span) {
        self.gauges.ran(span);
        for recorder in self.recorders.iter_mut() {
            recorder.ran(span);
        }
    }
}

/// A request that never ran.
fn outcome(request: &Request, row: Row, status: Status, done: Moment) -> Outcome {
    Outcome {
        run: 0,
        request_id: request.id,
        tier: request.tier,
        slo: row.slo,
        model: row.model,
        arrival: request.arrival,
        deadline: request.deadline,
        sent: Some(request.arrival),
        started: None,
        done: Some(done),
        status,
        worker: None,
        batch: None,
        code: None,
        first_byte: None,
        held_ns: None,
    }
}

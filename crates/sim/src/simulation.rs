//! A trace file through the engine: rows in, outcome table out.

use std::collections::BTreeMap;

use cluster::{Cluster, Profile, ProfileError, Violation};
use outcome::{Outcome, RunInfo, Status, Verdict};
use policy::{PolicyError, RefusalReason};
use request::{ModelId, Request, Seed};
use trace::{RateScale, TraceError, TraceReader, TraceRow};

use crate::engine::{Fate, simulate};

/// The cluster that a policy is given.
#[derive(Clone, Debug)]
pub struct Workers {
    /// How many workers.
    pub count: u32,
    /// How long they take.
    pub profile: Profile,
    /// Where their service times are drawn from.
    pub seed: Seed,
}

/// What became of a trace under one policy.
#[derive(Clone, Debug)]
pub struct Simulation {
    /// What is to be known of the run.
    pub info: RunInfo,
    /// Each request, in the order of the trace.
    pub outcomes: Vec<Outcome>,
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
    /// The policy broke a rule.
    #[error(transparent)]
    Violation(#[from] Violation),
    /// The trace is longer than row numbers reach.
    #[error("the trace has {0} rows; a simulation takes at most 2147483647")]
    TooLong(usize),
}

/// Reads the rows of a trace, scaled and cut as asked.
///
/// # Errors
/// Where the trace cannot be read or is too long.
pub fn read_rows(
    trace: &TraceReader,
    scale: RateScale,
    limit: Option<usize>,
) -> Result<Vec<TraceRow>, SimError> {
    let rows = trace.rows().take(limit.unwrap_or(usize::MAX));
    let rows = rows.map(|row| row.map(|row| scale.apply(row))).collect::<Result<Vec<_>, _>>()?;
    match i32::try_from(rows.len()) {
        Ok(_) => Ok(rows),
        Err(_) => Err(SimError::TooLong(rows.len())),
    }
}

/// Runs `rows` of `trace` through `policy`.
///
/// # Errors
/// Where the policy is unknown or breaks a rule, or the profile does not know a model.
pub fn simulate_trace(
    trace: &TraceReader,
    rows: &[TraceRow],
    policy: &str,
    workers: &Workers,
    mut info: RunInfo,
) -> Result<Simulation, SimError> {
    let policy = policy::by_name(policy)?;
    info.subject = policy.name();
    let models = models(trace, &workers.profile)?;
    let mut outcomes: Vec<Outcome> = rows.iter().map(waiting).collect();
    let request = |row: &TraceRow| {
        let model = models[usize::from(row.request.model.0)];
        Request { model, ..row.request }
    };
    let cluster = Cluster::new(policy, workers.profile.clone(), workers.count, workers.seed);
    simulate(rows.iter().map(request), cluster, |row, fate| {
        record(&mut outcomes[row as usize], fate);
    })?;
    Ok(Simulation { info, outcomes })
}

/// What every simulation of a trace says of itself; the subject is yet to come.
pub(crate) fn run_info(
    trace: &TraceReader,
    workers: &Workers,
    parameters: &[(&str, String)],
) -> RunInfo {
    let header = trace.header();
    let mut all: BTreeMap<String, String> =
        parameters.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    all.insert("workers".into(), workers.count.to_string());
    all.insert("service_seed".into(), workers.seed.to_string());
    all.insert("profile".into(), workers.profile.text().to_owned());
    RunInfo {
        producer: "sim".into(),
        tool: concat!("sim ", env!("CARGO_PKG_VERSION")).into(),
        trace_digest: header.digest.clone(),
        trace_name: header.workload.name.clone(),
        parameters: all,
        clock: "virtual".into(),
        // Virtual time is always on time.
        verdict: Verdict::Valid,
        slos: header.slos.clone(),
        models: header.models.iter().map(|model| model.name.clone()).collect(),
        ..RunInfo::default()
    }
}

/// The profile's model for each of the trace's.
fn models(trace: &TraceReader, profile: &Profile) -> Result<Vec<ModelId>, ProfileError> {
    trace.header().models.iter().map(|model| profile.model(&model.name)).collect()
}

/// A request of which nothing is known but that it came on time.
fn waiting(row: &TraceRow) -> Outcome {
    let request = row.request;
    Outcome {
        run: 0,
        request_id: request.id,
        tier: request.tier,
        slo: row.slo,
        model: request.model.0,
        arrival: request.arrival,
        deadline: request.deadline,
        sent: Some(request.arrival),
        started: None,
        done: None,
        status: Status::Error,
        worker: None,
        batch: None,
        code: None,
        first_byte: None,
        held_ns: None,
    }
}

fn record(outcome: &mut Outcome, fate: Fate) {
    match fate {
        Fate::Served(served) => {
            outcome.status = Status::Ok;
            outcome.started = Some(served.started);
            outcome.done = Some(served.finished);
            outcome.worker = Some(served.worker.0);
            outcome.batch = Some(served.batch_size);
        }
        Fate::Refused { reason, at } => {
            outcome.status = match reason {
                RefusalReason::Expired => Status::Expired,
                RefusalReason::Rejected => Status::Rejected,
            };
            outcome.done = Some(at);
        }
    }
}

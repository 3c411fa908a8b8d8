//! Refuses arrivals that cannot be drawn.

use super::{Finding, check_span, rate};
use crate::workload::{Arrivals, BatchSize, Class, Process, State, Workload};

/// Coefficients of variation: below, gaps are as good as constant; above, a trace of any length
/// that can be handled is a handful of clumps.
const CV_RANGE: std::ops::RangeInclusive<f64> = 0.01..=10.0;

/// Most states of a modulated rate.
const STATES_MAX: usize = 1000;

/// Most visits to states over a workload's duration: more would take minutes to walk through.
const VISITS_MAX: f64 = 1e9;

/// Most requests in a batch: all of them are held in memory at once.
const BATCH_MAX: u32 = 1_000_000;

/// Largest mean of a geometric batch: a batch of 37 means is as large as they come.
const BATCH_MEAN_MAX: f64 = 20_000.0;

/// Checks arrivals by themselves.
pub(super) fn check(arrivals: &Arrivals, workload: &Workload) -> Result<(), Finding> {
    match &arrivals.process {
        Process::Poisson | Process::Constant | Process::Loadgen { .. } | Process::Recorded => {}
        Process::Uniform { jitter } => {
            if !(*jitter > 0.0 && *jitter <= 1.0) {
                let problem =
                    format!("is {jitter}; give a number above 0 and up to 1, or use `constant`");
                return Err(Finding::new("jitter", problem));
            }
        }
        Process::Gamma { cv } | Process::Weibull { cv } => {
            if !CV_RANGE.contains(cv) {
                let problem = format!("is {cv}; give a number from 0.01 to 10");
                return Err(Finding::new("cv", problem));
            }
        }
        Process::Modulated { states, .. } => check_states(states, workload)?,
    }
    check_batch(arrivals)
}

fn check_states(states: &[State], workload: &Workload) -> Result<(), Finding> {
    if !(1..=STATES_MAX).contains(&states.len()) {
        let problem = format!("holds {} states; give 1 to {STATES_MAX}", states.len());
        return Err(Finding::new("states", problem));
    }
    for (index, state) in states.iter().enumerate() {
        let within = |finding: Finding| finding.within(&format!("states.{index}"), "state");
        check_span("dwell", state.dwell).map_err(within)?;
        if !rate::is_usable(state.rate) {
            let problem = format!("is {}; give 0, or a number from 1e-9 to 1e9", state.rate);
            return Err(within(Finding::new("rate", problem)));
        }
    }
    if states.iter().all(|state| state.rate <= 0.0) {
        return Err(Finding::new("states", "are all silent; give one of them a rate above 0"));
    }
    let cycle = states.iter().map(|state| state.dwell.as_secs_f64()).sum::<f64>();
    let visits = workload.duration.as_secs_f64() / cycle * states.len() as f64;
    if visits > VISITS_MAX {
        let problem = format!("would be visited {visits:.0} times; make the visits longer");
        return Err(Finding::new("states", problem));
    }
    Ok(())
}

fn check_batch(arrivals: &Arrivals) -> Result<(), Finding> {
    match arrivals.batch {
        None => Ok(()),
        Some(_) if matches!(arrivals.process, Process::Loadgen { .. } | Process::Recorded) => {
            let problem = "cannot be had here: these arrivals come one by one, as they are";
            Err(Finding::new("batch", problem))
        }
        Some(BatchSize::Fixed { size }) if !(1..=BATCH_MAX).contains(&size) => {
            let problem = format!("is {size}; give 1 to {BATCH_MAX}");
            Err(Finding::new("batch.size", problem))
        }
        Some(BatchSize::Geometric { mean }) if !(1.0..=BATCH_MEAN_MAX).contains(&mean) => {
            let problem = format!("is {mean}; give 1 to {BATCH_MEAN_MAX}");
            Err(Finding::new("batch.mean", problem))
        }
        Some(_) => Ok(()),
    }
}

/// Checks what a class's arrivals and its rate over time, or the workload's count, do not allow
/// together.
pub(super) fn check_with_rate(workload: &Workload, class: &Class) -> Result<(), Finding> {
    if !workload.arrivals_of(class).process.is_loadgen() {
        return Ok(());
    }
    let refusal = |field: &str| {
        let problem = format!("is `loadgen`, whose schedule has no {field}; leave {field} out");
        Err(Finding::new("arrivals.process", problem))
    };
    if workload.rate_of(class).is_some() {
        return refusal("rate over time");
    }
    if workload.count.is_some() {
        return refusal("exact count");
    }
    Ok(())
}

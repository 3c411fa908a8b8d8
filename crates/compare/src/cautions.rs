//! What to know before believing a comparison.

mod busy;
mod correlation;

use outcome::Verdict;

use crate::legible::legible;
use crate::{Design, Metric, Run, Side, Traffic};

/// Traces shorter than a minute see too little of what traffic can be, ns. Between the first and the
/// last arrival of a minute's traffic lies a little less.
const TRACE_NS_MIN: u64 = 59_000_000_000;
/// A block should hold this many busy periods, to be nearly independent of the next.
const BUSY_PERIODS_MIN: f64 = 5.0;
/// A block should be this many times as long as what is correlated.
const CORRELATION_TIMES_MIN: f64 = 10.0;

/// All of them, a sentence each, the weightiest first.
pub(crate) fn all(
    traffic: &Traffic,
    a: &Side,
    b: &Side,
    design: Design,
    runs_min: usize,
) -> Vec<String> {
    let mut cautions = of_runs(a.runs().chain(b.runs()));
    cautions.extend([a, b].into_iter().filter_map(equal_runs));
    cautions.extend(kinds(a, b));
    if design == Design::Blocks {
        cautions.extend(few_measured_runs(a, b, runs_min));
    }
    cautions.extend(short_trace(traffic));
    if design == Design::Blocks {
        cautions.extend(short_blocks(traffic, a, b, runs_min));
    }
    cautions
}

/// A comparison in which nothing that gates could be judged.
pub(crate) fn nothing_judged(metrics: &[Metric]) -> Option<String> {
    (!metrics.iter().any(Metric::gating)).then(|| {
        "no metric that gates has requests enough to be judged, so nothing can fail; use a longer \
        trace"
            .into()
    })
}

/// Runs that did not go as they should.
pub(crate) fn of_runs<'a>(runs: impl Iterator<Item = &'a Run> + Clone) -> Vec<String> {
    let mut cautions: Vec<String> = runs.clone().filter_map(of_timing).collect();
    let cut_short = runs.filter(|run| run.cut_short);
    cautions.extend(cut_short.map(|run| format!("{} ended before its trace did", run.label())));
    cautions
}

/// A trace that may not show what traffic can be.
pub(crate) fn short_trace(traffic: &Traffic) -> Option<String> {
    (traffic.span_ns() < TRACE_NS_MIN).then(|| {
        format!(
            "the trace is {:.1} s long; traces under 60 s see too little of what traffic can be",
            traffic.span_ns() as f64 / 1e9
        )
    })
}

/// A run that hardly kept time, or did not.
fn of_timing(run: &Run) -> Option<String> {
    let word = match run.timing {
        Verdict::Valid => return None,
        Verdict::Degraded => "kept time badly",
        Verdict::Invalid => "is invalid",
    };
    Some(format!("{} {word}: {}", run.label(), reasons(&run.timing_reasons)))
}

/// Why a run has the timing verdict it has.
pub(crate) fn reasons(reasons: &[String]) -> String {
    match reasons {
        [] => "no reason is given".into(),
        reasons => legible(&reasons.join("; ")),
    }
}

/// Whether a run was simulated, and so has no noise from one run to the next.
pub(crate) fn is_simulated(run: &Run) -> bool {
    run.info.producer == "sim"
}

fn kinds(a: &Side, b: &Side) -> Option<String> {
    let simulated = |side: &Side| side.runs().all(is_simulated);
    (simulated(a) != simulated(b)).then(|| {
        "one side was simulated and the other was not: network and lag are on one side only; \
        `compare --agreement` accounts for them"
            .into()
    })
}

/// Two runs of a side that are one.
pub(crate) fn equal_runs(side: &Side) -> Option<String> {
    let (one, other) = side.runs().enumerate().find_map(|(index, one)| {
        let mut others = side.runs().skip(index + 1);
        Some((one, others.find(|other| one.latencies == other.latencies)?))
    })?;
    Some(format!(
        "{} and {} are equal request by request: is it one run, given twice?",
        one.label(),
        other.label()
    ))
}

fn few_measured_runs(a: &Side, b: &Side, runs_min: usize) -> Option<String> {
    let measured = a.runs().chain(b.runs()).any(|run| !is_simulated(run));
    let wanted = RUNS_WANTED.max(runs_min);
    measured.then(|| {
        format!(
            "with fewer than {runs_min} runs a side nobody sees how much runs of one version \
            differ: take what is found as a hint, and measure {wanted} a side by turns (`replay \
            --versus URL --runs {wanted}`)"
        )
    })
}

/// Runs a side of a measured comparison: fewer find too little, many more take too long.
const RUNS_WANTED: usize = 5;

/// Blocks that are too short to be independent.
fn short_blocks(traffic: &Traffic, a: &Side, b: &Side, runs_min: usize) -> Option<String> {
    let block = traffic.span_ns() as f64 / f64::from(traffic.block_count());
    let both = || a.runs().chain(b.runs());
    let busy = both().filter_map(|run| busy::mean_busy_period(traffic, run)).fold(0.0, f64::max);
    let correlated = correlation::time(traffic, a.first(), b.first()).unwrap_or(0.0);
    let (needed, because) = [
        (busy * BUSY_PERIODS_MIN, "5 times the mean busy period"),
        (correlated * CORRELATION_TIMES_MIN, "10 times as long as differences stay alike"),
    ]
    .into_iter()
    .max_by(|one, other| one.0.total_cmp(&other.0))?;
    (block < needed).then(|| {
        let advice = match (traffic.span_ns() as f64 / needed) as u32 {
            enough @ 8.. => format!("use --blocks {enough}"),
            _ => format!("use a longer trace, or {runs_min} runs a side"),
        };
        format!(
            "a block takes {}, and should take {because}, {}; {advice}",
            about_seconds(block),
            about_seconds(needed)
        )
    })
}

/// A time in ns to about two digits, so that candidates that differ by nothing read alike.
fn about_seconds(nanos: f64) -> String {
    let seconds = nanos / 1e9;
    let decimals = match seconds {
        10.0.. => 0,
        1.0.. => 1,
        0.1.. => 2,
        _ => 3,
    };
    format!("{seconds:.decimals$} s")
}

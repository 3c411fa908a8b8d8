//! Was the replay faithful? Lag and rate against limits tied to the tightest SLO of the trace.
//!
//! The limits are those of a study of what lag does to quantiles: 1 % of the tightest SLO moves
//! nothing that anyone compares, 20 % moves everything. The worst check decides.

use outcome::{Code, Outcome, Ppm, Status, Verdict};

/// Lag that no median is judged by, ns: about what a wake-up costs.
const LAG_FREE_NS: f64 = 50_000.0;

/// Sends closer than this may swap, ns.
const SWAP_FREE_NS: i64 = 1_000_000;

/// Length of a window of the rate check, ns.
const WINDOW_NS: i64 = 10_000_000_000;

/// Blocks whose medians show a drift.
const DRIFT_BLOCKS: usize = 20;

/// A verdict, and a sentence for each check that is not valid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Judgement {
    pub(crate) verdict: Verdict,
    pub(crate) reasons: Vec<String>,
}

impl Judgement {
    fn new() -> Self {
        Self { verdict: Verdict::Valid, reasons: Vec::new() }
    }

    /// Holds `value` against the limits of `valid` and `degraded`.
    fn check(&mut self, what: &str, value: f64, valid: f64, degraded: f64, unit: Unit) {
        let verdict = match value {
            value if value <= valid => return,
            value if value <= degraded => Verdict::Degraded,
            _ => Verdict::Invalid,
        };
        self.verdict = self.verdict.max(verdict);
        let limit = if verdict == Verdict::Invalid { degraded } else { valid };
        self.reasons.push(format!("{what} is {}, above {}", unit.text(value), unit.text(limit)));
    }
}

#[derive(Clone, Copy)]
enum Unit {
    Nanos,
    Percent,
    Count,
    MicrosPerSecond,
}

impl Unit {
    fn text(self, value: f64) -> String {
        match self {
            Self::Nanos => format!("{:.3} ms", value / 1e6),
            Self::Percent => format!("{value:.2} %"),
            Self::Count => format!("{value}"),
            Self::MicrosPerSecond => format!("{value:.1} us/s"),
        }
    }
}

/// A request that was sent: when it should have been, and how late it was.
struct Send {
    arrival: i64,
    lag: i64,
}

/// Judges a run by its outcomes, in order of arrival.
pub(crate) fn judge(outcomes: &[Outcome]) -> Judgement {
    let mut judgement = Judgement::new();
    let slo = |outcome: &Outcome| outcome.deadline.saturating_since(outcome.arrival).as_nanos();
    let Some(tightest) = outcomes.iter().map(slo).min() else { return judgement };
    let tightest = tightest as f64;
    let sends: Vec<Send> = outcomes
        .iter()
        .filter_map(|outcome| {
            Some(Send { arrival: outcome.arrival.as_nanos(), lag: outcome.lag_ns()? })
        })
        .collect();
    check_lags(&mut judgement, &sends, tightest, median_latency(outcomes).unwrap_or(tightest));
    check_drift(&mut judgement, &sends, tightest);
    check_swaps(&mut judgement, &sends, tightest);
    check_rate(&mut judgement, outcomes);
    judgement
}

/// The smallest median latency of the tiers, ns.
fn median_latency(outcomes: &[Outcome]) -> Option<f64> {
    let median = |tier| {
        let of_tier = outcomes.iter().filter(|outcome| outcome.tier == tier);
        let mut latencies: Vec<_> = of_tier.filter_map(Outcome::latency).collect();
        latencies.sort_unstable();
        Ppm::P50.of(&latencies)
    };
    let smallest = request::Tier::ALL.into_iter().filter_map(median).min()?;
    Some(smallest.as_nanos() as f64)
}

fn check_lags(judgement: &mut Judgement, sends: &[Send], tightest: f64, median: f64) {
    let mut lags: Vec<i64> = sends.iter().map(|send| send.lag).collect();
    lags.sort_unstable();
    let (Some(&first), Some(&last)) = (lags.first(), lags.last()) else { return };
    let at = |ppm: Ppm| ppm.of(&lags).map_or(0.0, |lag| lag as f64);
    let mut check = |what, value, valid: f64, degraded: f64| {
        judgement.check(what, value, valid, degraded, Unit::Nanos);
    };
    let p50_valid = (0.01 * median).max(LAG_FREE_NS);
    check("lag p50", at(Ppm::P50), p50_valid, (0.05 * median).max(p50_valid));
    check("lag p99", at(Ppm::P99), 0.01 * tightest, 0.05 * tightest);
    check("lag p99.9", at(Ppm::P999), 0.05 * tightest, 0.2 * tightest);
    check("lag max", last as f64, 0.5 * tightest, tightest);
    check("the earliest send before its arrival", -(first as f64), 0.0, 50_000.0);
    let late = lags.iter().filter(|lag| **lag as f64 > 0.01 * tightest).count();
    let share = 100.0 * late as f64 / lags.len() as f64;
    let what = "the share of sends later than 1 % of the tightest SLO";
    judgement.check(what, share, 1.0, 5.0, Unit::Percent);
}

/// Theil and Sen's slope through the medians of blocks; a drift that adds up to less than a
/// wake-up over the run is none.
fn check_drift(judgement: &mut Judgement, sends: &[Send], tightest: f64) {
    let size = sends.len().div_ceil(DRIFT_BLOCKS).max(1);
    let median = |block: &[Send]| {
        let mut lags: Vec<i64> = block.iter().map(|send| send.lag).collect();
        lags.sort_unstable();
        Some((block.first()?.arrival as f64, Ppm::P50.of(&lags)? as f64))
    };
    let points: Vec<(f64, f64)> = sends.chunks(size).filter_map(median).collect();
    let pairs = points.iter().enumerate().flat_map(|(index, from)| {
        points[index + 1..].iter().map(move |to| (to.1 - from.1) / (to.0 - from.0))
    });
    let mut slopes: Vec<f64> = pairs.filter(|slope| slope.is_finite()).collect();
    slopes.sort_unstable_by(f64::total_cmp);
    let (Some(slope), Some(first), Some(last)) =
        (Ppm::P50.of(&slopes), points.first(), points.last())
    else {
        return;
    };
    let total = (slope * (last.0 - first.0)).abs();
    if total <= LAG_FREE_NS {
        return;
    }
    // ns per ns, in us per s.
    judgement.check("the drift of the lag", slope.abs() * 1e6, 10.0, 100.0, Unit::MicrosPerSecond);
    let what = "the drift of the lag over the run";
    judgement.check(what, total, 0.01 * tightest, f64::INFINITY, Unit::Nanos);
}

/// Requests overtaken by others that were due well after them.
fn check_swaps(judgement: &mut Judgement, sends: &[Send], tightest: f64) {
    let mut worst = 0;
    // From the last to the first: the earliest send among later arrivals, and its arrival.
    let mut earliest: Option<(i64, i64)> = None;
    for send in sends.iter().rev() {
        let sent = send.arrival + send.lag;
        match earliest {
            Some((other_sent, other_arrival)) if other_sent < sent => {
                worst = worst.max(other_arrival - send.arrival);
            }
            _ => earliest = Some((sent, send.arrival)),
        }
    }
    let valid = SWAP_FREE_NS as f64;
    let what = "the distance over which requests were sent out of order";
    judgement.check(what, worst as f64, valid, valid.max(0.01 * tightest), Unit::Nanos);
}

/// Sends against arrivals, in windows. A request that met no connection was tried on time; one
/// that was cut off is not held against the rate.
fn check_rate(judgement: &mut Judgement, outcomes: &[Outcome]) {
    let wanted = |outcome: &&Outcome| outcome.code != Some(Code::CutShort);
    let tried = |outcome: &Outcome| match outcome.status {
        Status::Unsent => None,
        _ => Some(outcome.sent.or(outcome.done)?.as_nanos()),
    };
    let last = outcomes.last().map_or(0, |outcome| outcome.arrival.as_nanos() / WINDOW_NS);
    let windows = usize::try_from(last).unwrap_or(0) + 1;
    let window = |nanos: i64| usize::try_from(nanos / WINDOW_NS).unwrap_or(0).min(windows - 1);
    let (mut intended, mut achieved) = (vec![0i64; windows], vec![0i64; windows]);
    for outcome in outcomes.iter().filter(wanted) {
        intended[window(outcome.arrival.as_nanos())] += 1;
        if let Some(nanos) = tried(outcome) {
            achieved[window(nanos)] += 1;
        }
    }
    // One request on the other side of a window's edge is no change of rate.
    let off = |(intended, achieved): (&i64, &i64)| {
        let difference = ((intended - achieved).abs() - 1).max(0);
        100.0 * difference as f64 / (*intended).max(1) as f64
    };
    let worst = intended.iter().zip(&achieved).map(off).fold(0.0, f64::max);
    let what = "the worst deviation of the rate in a 10 s window";
    judgement.check(what, worst, 0.5, 2.0, Unit::Percent);
    let unsent = outcomes.iter().filter(wanted).filter(|o| o.status == Status::Unsent).count();
    let allowed = outcomes.len() as f64 * 1e-5;
    judgement.check(
        "the number of requests that could not be sent",
        unsent as f64,
        0.0,
        allowed,
        Unit::Count,
    );
}

#[cfg(test)]
mod tests;

//! Was the replay faithful? Lag and rate against limits tied to the tightest SLO of the trace.
//!
//! The limits are those of a study of what lag does to quantiles: 1 % of the tightest SLO moves
//! nothing that anyone compares, 20 % moves everything. The worst check decides. A judgement needs
//! the rows of a run and little else, so that a table can be judged again by whoever has it.

mod count;
mod drift;
mod lag;
mod order;
mod rate;
#[cfg(test)]
mod tests;
mod unit;

use outcome::{Outcome, Ppm, Verdict};

pub(crate) use unit::Unit;

/// Lag that no median is judged by, ns: about what a wake-up costs.
const LAG_FREE_NS: f64 = 50_000.0;

/// A verdict, and everything that was looked at.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Judgement {
    /// The worst of the checks.
    pub(crate) verdict: Verdict,
    /// Every check that the run has something for.
    pub(crate) checks: Vec<Check>,
}

/// A value against its limits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Check {
    /// Its name in a table.
    pub(crate) name: &'static str,
    /// The same as a sentence begins with it.
    pub(crate) what: &'static str,
    pub(crate) value: f64,
    /// The highest value that is still valid.
    pub(crate) valid_limit: f64,
    /// The highest value that is still degraded; infinite where none is invalid.
    pub(crate) degraded_limit: f64,
    /// Of the value and of both limits.
    pub(crate) unit: Unit,
    pub(crate) verdict: Verdict,
}

impl Judgement {
    /// A sentence for each check that is not valid.
    pub(crate) fn reasons(&self) -> Vec<String> {
        self.checks.iter().filter_map(Check::reason).collect()
    }

    /// The same by the rule of virtual time, in which nothing but exactly 0 is valid.
    pub(crate) fn exact(self) -> Self {
        let mut exact = Self { verdict: Verdict::Valid, checks: Vec::new() };
        self.checks.into_iter().for_each(|check| exact.add(check.of(check.value, 0.0, 0.0)));
        exact
    }

    /// Holds the value of `check` against its limits.
    fn add(&mut self, check: Check) {
        let verdict = match check.value {
            value if value <= check.valid_limit => Verdict::Valid,
            value if value <= check.degraded_limit => Verdict::Degraded,
            _ => Verdict::Invalid,
        };
        self.verdict = self.verdict.max(verdict);
        self.checks.push(Check { verdict, ..check });
    }
}

impl Check {
    /// `name` is what a table calls it, `what` what a sentence calls it.
    const fn new(name: &'static str, what: &'static str, unit: Unit) -> Self {
        let verdict = Verdict::Valid;
        Self { name, what, value: 0.0, valid_limit: 0.0, degraded_limit: 0.0, unit, verdict }
    }

    /// The same check of this value, with the highest values that are valid and degraded.
    const fn of(self, value: f64, valid_limit: f64, degraded_limit: f64) -> Self {
        Self { value, valid_limit, degraded_limit, ..self }
    }

    fn reason(&self) -> Option<String> {
        let limit = match self.verdict {
            Verdict::Valid => return None,
            Verdict::Degraded => self.valid_limit,
            Verdict::Invalid => self.degraded_limit,
        };
        let (value, limit) = (self.unit.text(self.value), self.unit.text(limit));
        Some(format!("{} is {value}, above {limit}", self.what))
    }
}

/// A request that was sent.
struct Send {
    arrival: i64,
    /// When the client had done its part: what the receiver held up is not held against it.
    sent: i64,
    /// sent - arrival.
    lag: i64,
}

/// Judges one run by its outcomes, in order of arrival, and by how far the wall clock moved
/// against the monotonic one meanwhile. Takes O(n log n).
pub(crate) fn judge(outcomes: &[Outcome], clock_step_ns: Option<i64>) -> Judgement {
    let mut judgement = Judgement { verdict: Verdict::Valid, checks: Vec::new() };
    let slo = |outcome: &Outcome| outcome.deadline.saturating_since(outcome.arrival).as_nanos();
    let Some(tightest) = outcomes.iter().map(slo).min() else { return judgement };
    let tightest = tightest as f64;
    let send = |outcome: &Outcome| {
        let (arrival, lag) = (outcome.arrival.as_nanos(), outcome.own_lag_ns()?);
        Some(Send { arrival, sent: arrival.saturating_add(lag), lag })
    };
    let sends: Vec<Send> = outcomes.iter().filter_map(send).collect();
    let median = median_latency(outcomes).unwrap_or(tightest);
    lag::check(&mut judgement, &sends, tightest, median);
    drift::check(&mut judgement, &sends, tightest);
    order::check(&mut judgement, &sends, tightest);
    rate::check(&mut judgement, outcomes, tightest);
    count::check(&mut judgement, outcomes);
    if let Some(step_ns) = clock_step_ns {
        let step = (step_ns as f64).abs();
        judgement.add(CLOCK.of(step, 0.01 * tightest, 0.05 * tightest));
    }
    judgement
}

/// Deadlines on the wire are Unix time: a clock that was set tells the scheduler wrong ones.
const CLOCK: Check = Check::new(
    "clock",
    "the step of the wall clock against the monotonic one during the run",
    Unit::Nanos,
);

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

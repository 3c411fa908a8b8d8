//! What one simulation came to, class by class, in numbers that survive being written down.
//!
//! A [`outcome::Summary`] is for whoever looks at one run; this is what is kept of each of many.

mod scope;

use cluster::Emulation;
use outcome::{ClassSummary, Latency, Outcome, RunInfo, Summary, Tally};
use policy::Policy;
use request::Tier;
use serde::{Deserialize, Serialize};
use trace::{RateScale, TraceReader};

use crate::simulation::{Recorder, Setting, SimError, Simulation, simulate_trace};

pub use scope::{Scope, ScopeError};

/// What one simulation came to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Figures {
    /// Busy share of the workers.
    pub utilisation: f64,
    /// Mean number of requests that waited.
    pub waiting_mean: f64,
    /// The most requests that ever waited at once.
    pub waiting_max: u64,
    /// All requests, then each tier, then each class: those that have requests, in this order.
    pub classes: Vec<ClassFigures>,
}

/// What became of the requests of one class, tier or run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClassFigures {
    /// Which requests.
    pub class: Scope,
    /// How many there were.
    pub count: u64,
    /// How many of them ended `ok`.
    pub ok: u64,
    /// How many of them ended `ok` by their deadline.
    pub slo_met: u64,
    /// Median latency, failures taking for ever; `None` is for ever.
    pub p50_ns: Option<u64>,
    /// The 95th percentile, likewise.
    pub p95_ns: Option<u64>,
    /// The 99th percentile, likewise.
    pub p99_ns: Option<u64>,
    /// Mean queueing delay; `None` where none was started.
    pub wait_mean_ns: Option<u64>,
    /// 95th percentile of the queueing delay.
    pub wait_p95_ns: Option<u64>,
    /// `ok` by the deadline, per second of scheduled time; `None` of a single instant.
    pub goodput_per_s: Option<f64>,
}

impl Figures {
    /// Simulates `trace` at `rate_scale`, or its first `limit` requests.
    ///
    /// # Errors
    /// As [`simulate_trace`].
    pub fn simulate(
        trace: &TraceReader,
        rate_scale: RateScale,
        limit: Option<u64>,
        emulation: &Emulation,
        policy: Box<dyn Policy>,
    ) -> Result<Self, SimError> {
        let setting = Setting { trace, rate_scale, limit, emulation };
        let mut tiers = TierTallies::default();
        let simulation = simulate_trace(setting, policy, &mut [&mut tiers])?;
        Ok(Self::new(&simulation, tiers))
    }

    fn new(simulation: &Simulation, tiers: TierTallies) -> Self {
        let Simulation { summary, gauges } = simulation;
        let figures = |class, of: &ClassSummary| ClassFigures::new(class, of, summary);
        let mut classes = vec![figures(Scope::All, &summary.all)];
        for (tier, tally) in Tier::ALL.into_iter().zip(tiers.0) {
            let of_tier = tally.summary(&RunInfo::default()).all;
            if of_tier.count > 0 {
                classes.push(figures(Scope::Tier(tier), &of_tier));
            }
        }
        for (class, of_class) in &summary.classes {
            classes.push(figures(Scope::Class(class.tier, class.slo.clone()), of_class));
        }
        Self {
            utilisation: gauges.utilisation(),
            waiting_mean: gauges.waiting_mean(),
            waiting_max: gauges.queue.waiting_max as u64,
            classes,
        }
    }

    /// What became of the requests of `class`; `None` where there are none.
    #[must_use]
    pub fn class(&self, class: &Scope) -> Option<&ClassFigures> {
        self.classes.iter().find(|figures| figures.class == *class)
    }
}

impl ClassFigures {
    fn new(class: Scope, of: &ClassSummary, run: &Summary) -> Self {
        let nanos = |latency: Option<Latency>| latency.and_then(Latency::nanos);
        // A single instant has a span of 1 ns, over which no rate can be counted.
        let seconds = (run.span_ns > 1).then_some(run.span_ns as f64 / 1e9);
        Self {
            class,
            count: of.count,
            ok: of.ok,
            slo_met: of.slo_met,
            p50_ns: nanos(of.p50),
            p95_ns: nanos(of.p95),
            p99_ns: nanos(of.p99),
            wait_mean_ns: of.queueing_delay.map(|delay| delay.mean_ns),
            wait_p95_ns: of.queueing_delay.map(|delay| delay.p95_ns),
            goodput_per_s: seconds.map(|seconds| of.slo_met as f64 / seconds),
        }
    }

    /// Share of the requests that ended `ok` by their deadline; `None` where there are none.
    #[must_use]
    pub fn attainment(&self) -> Option<f64> {
        (self.count > 0).then(|| self.slo_met as f64 / self.count as f64)
    }
}

/// A summary knows classes and the whole; this knows what is between them.
#[derive(Default)]
struct TierTallies([Tally; Tier::ALL.len()]);

impl Recorder for TierTallies {
    fn ended(&mut self, _row: u64, outcome: &Outcome) {
        self.0[usize::from(outcome.tier.number() - 1)].push(outcome);
    }
}

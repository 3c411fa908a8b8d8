//! Where a run stands, counted as events come: no clock, no I/O.
//!
//! A [`Tracker`] is fed by the thread that gathers what has been sent and what has ended, up to
//! tens of thousands of times a second on a core that the load generator needs. So an event costs
//! an increment or two; whatever takes longer is left to the few times a second that somebody
//! looks. Memory does not grow with the run.

mod buckets;
mod lag_window;
mod send_window;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use outcome::{Outcome, Status};
use request::{Moment, Tier};

use crate::plan::Planned;

pub use buckets::Buckets;
use lag_window::LagWindow;
use send_window::SendWindow;

/// Where a run stands, for whoever watches.
#[derive(Clone, Debug)]
pub struct Progress {
    /// Which run, from 0.
    pub run: i32,
    /// Of how many.
    pub runs: i32,
    /// What is measured.
    pub subject: Arc<str>,
    /// Time since the run's start; negative before it.
    pub now: Moment,
    /// When the last request is due.
    pub last_arrival: Moment,
    /// Requests of the run.
    pub total: usize,
    /// Of these, those whose arrival has passed.
    pub due: usize,
    /// Of these, those that were sent.
    pub sent: usize,
    /// Those that have ended, sent or not.
    pub ended: usize,
    /// Those that were sent and have not ended.
    pub in_flight: usize,
    /// Requests per second over the last second.
    pub rate: Rates,
    /// How late the sends of the last seconds were; `None` where there were none.
    pub lag: Option<Lags>,
    /// What became of those that ended, by tier: most urgent first.
    pub tiers: [TierProgress; Tier::ALL.len()],
    /// How those that ended ended, in the order of [`Status::ALL`].
    pub statuses: [usize; Status::ALL.len()],
    /// How late all sends were; an early one counts as punctual.
    pub lags: Buckets,
}

/// Requests per second, over the last second of the run's time or what there was of it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Rates {
    /// That the trace asks for.
    pub intended_per_s: f64,
    /// That were sent.
    pub achieved_per_s: f64,
}

/// How late sends were, ns. Quantiles are exact to 3 %; an early send counts as punctual.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lags {
    /// Median.
    pub p50_ns: i64,
    /// 99th percentile.
    pub p99_ns: i64,
    /// The latest, exactly.
    pub max_ns: i64,
}

/// What became of a tier's requests.
#[derive(Clone, Copy, Debug, Default)]
pub struct TierProgress {
    /// Requests that have ended.
    pub ended: usize,
    /// Of these, `ok` by their deadline.
    pub met: usize,
    /// Latencies of those that ended `ok`.
    pub latencies: Buckets,
}

/// Counts events as they come.
#[derive(Debug)]
pub(crate) struct Tracker {
    plan: Arc<Vec<Planned>>,
    lags: LagWindow,
    sends: SendWindow,
    /// Of those that ended, the ones that had been sent.
    sent_and_ended: usize,
    progress: Progress,
}

impl Tracker {
    /// Starts at nothing, for a run of `plan` against `subject`.
    pub(crate) fn new(run: i32, runs: i32, subject: Arc<str>, plan: Arc<Vec<Planned>>) -> Self {
        let progress = Progress {
            run,
            runs,
            subject,
            now: Moment::ZERO,
            last_arrival: plan.last().map_or(Moment::ZERO, Planned::arrival),
            total: plan.len(),
            due: 0,
            sent: 0,
            ended: 0,
            in_flight: 0,
            rate: Rates::default(),
            lag: None,
            tiers: Default::default(),
            statuses: Default::default(),
            lags: Buckets::default(),
        };
        let (lags, sends) = (LagWindow::default(), SendWindow::default());
        Self { plan, lags, sends, sent_and_ended: 0, progress }
    }

    /// The request at `index` of the plan was sent.
    pub(crate) fn sent(&mut self, index: usize, sent: Moment) {
        self.sent_after(self.plan[index].arrival(), sent);
    }

    /// A request that arrived at `arrival`, whatever the plan says, was sent.
    pub(crate) fn sent_after(&mut self, arrival: Moment, sent: Moment) {
        let lag_ns = sent.as_nanos().saturating_sub(arrival.as_nanos());
        self.progress.sent += 1;
        self.progress.lags.count(lag_ns);
        self.lags.count(sent, lag_ns);
        self.sends.count(sent);
    }

    /// A request ended, whether or not it was ever sent.
    pub(crate) fn ended(&mut self, outcome: &Outcome) {
        self.progress.ended += 1;
        self.progress.statuses[outcome.status.index()] += 1;
        self.sent_and_ended += usize::from(outcome.sent.is_some());
        let tier = &mut self.progress.tiers[tier_index(outcome.tier)];
        tier.ended += 1;
        tier.met += usize::from(outcome.slo_met());
        if let Some(latency) = outcome.latency() {
            tier.latencies.count(i64::try_from(latency.as_nanos()).unwrap_or(i64::MAX));
        }
    }

    /// Where the run stands at `now`.
    pub(crate) fn progress(&mut self, now: Moment) -> Progress {
        let due_at = |moment| self.plan.partition_point(|planned| planned.arrival() <= moment);
        self.progress.now = now;
        self.progress.due = due_at(now);
        // An end may be told before its send where the two come by different ways.
        self.progress.in_flight = self.progress.sent.saturating_sub(self.sent_and_ended);
        self.progress.lag = self.lags.at(now);
        self.progress.rate = self.sends.at(now).map_or_else(Rates::default, |window| {
            let before =
                |moment: Moment| due_at(Moment::from_nanos(moment.as_nanos().saturating_sub(1)));
            let intended = before(window.end) - before(window.start);
            let seconds = window.end.saturating_since(window.start).as_secs_f64();
            Rates {
                intended_per_s: intended as f64 / seconds,
                achieved_per_s: window.sent as f64 / seconds,
            }
        });
        self.progress.clone()
    }
}

/// Position of a tier, from 0 for the most urgent.
fn tier_index(tier: Tier) -> usize {
    usize::from(tier.number()) - 1
}

//! Counting rows as they pass, in memory that does not grow with their number.

use request::Tier;

use super::lags::Lags;
use super::values::Values;
use super::{Class, ClassSummary, Summary};
use crate::by_run::ByRun;
use crate::row::nanos_since;
use crate::{Code, Outcome, RunInfo, Status};

/// A summary in the making.
///
/// It takes some 2 MiB a class, however many rows it counts. Parts of a table can be counted apart
/// and put together with [`absorb`](Self::absorb), to the same summary.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// By tier, then by SLO class.
    classes: [Vec<ClassTally>; Tier::ALL.len()],
    statuses: [StatusTally; Status::ALL.len()],
    runs: ByRun<RunTally>,
    lags: Lags,
}

#[derive(Clone, Debug, Default)]
struct ClassTally {
    count: u64,
    slo_met: u64,
    /// Of requests that ended `ok`, ns.
    latencies: Values,
    /// Of requests of which it is known when they started, ns.
    queueing_delays: Values,
}

#[derive(Clone, Copy, Debug, Default)]
struct StatusTally {
    count: u64,
    codes: [u64; Code::ALL.len()],
}

impl Tally {
    /// Counts one request.
    #[inline]
    pub fn push(&mut self, outcome: &Outcome) {
        self.class(outcome.tier, outcome.slo).push(outcome);
        let status = &mut self.statuses[outcome.status.index()];
        status.count += 1;
        if let Some(code) = outcome.code {
            status.codes[code.index()] += 1;
        }
        let run = self.runs.of(outcome.run);
        run.arrivals.include(outcome.arrival.as_nanos());
        if let (Some(sent), Some(lag)) = (outcome.sent, outcome.lag_ns()) {
            run.sends.include(sent.as_nanos());
            self.lags.push(lag);
        }
    }

    /// Counts all that `other` has counted.
    pub fn absorb(&mut self, other: Self) {
        for (tier, classes) in Tier::ALL.into_iter().zip(other.classes) {
            for (slo, class) in (0..=u16::MAX).zip(classes) {
                self.class(tier, slo).absorb(class);
            }
        }
        for (status, others) in self.statuses.iter_mut().zip(other.statuses) {
            status.count += others.count;
            status.codes.iter_mut().zip(others.codes).for_each(|(code, count)| *code += count);
        }
        for (number, run) in other.runs {
            self.runs.of(number).absorb(run);
        }
        self.lags.absorb(other.lags);
    }

    /// What the rows so far came to.
    #[must_use]
    pub fn summary(self, info: &RunInfo) -> Summary {
        let slo = |index: u16| match info.slos.get(usize::from(index)) {
            Some(name) => name.clone(),
            None => format!("#{index}"),
        };
        let (span_ns, sent_span_ns) = (self.span(|run| run.arrivals), self.span(|run| run.sends));
        let (mut classes, mut all) = (Vec::new(), ClassTally::default());
        let mut exact = self.lags.exact();
        for (tier, of_tier) in Tier::ALL.into_iter().zip(self.classes) {
            for (index, mut class) in
                (0..=u16::MAX).zip(of_tier).filter(|(_, class)| class.count > 0)
            {
                classes.push((Class { tier, slo: slo(index) }, class.summary()));
                all.absorb(class);
            }
        }
        exact &= all.latencies.exact() && all.queueing_delays.exact();
        let statuses = Status::ALL.iter().copied().zip(&self.statuses);
        let codes = statuses.clone().flat_map(|(status, tally)| {
            let codes = Code::ALL.iter().copied().zip(tally.codes);
            codes.map(move |(code, count)| ((status, code), count))
        });
        Summary {
            info: info.clone(),
            runs: self.runs.len() as u64,
            span_ns,
            sent_span_ns,
            all: all.summary(),
            classes,
            statuses: statuses
                .map(|(status, tally)| (status, tally.count))
                .filter(|&(_, count)| count > 0)
                .collect(),
            codes: codes.filter(|&(_, count)| count > 0).collect(),
            sent: self.lags.count(),
            lag: self.lags.summary(),
            exact,
        }
    }

    /// The sum of a span over the runs.
    fn span(&self, of: impl Fn(&RunTally) -> Range) -> u64 {
        self.runs.iter().map(|run| of(run).span()).fold(0, u64::saturating_add)
    }

    #[inline]
    fn class(&mut self, tier: Tier, slo: u16) -> &mut ClassTally {
        let of_tier = &mut self.classes[usize::from(tier.number() - 1)];
        let slo = usize::from(slo);
        if slo >= of_tier.len() {
            of_tier.resize_with(slo + 1, ClassTally::default);
        }
        &mut of_tier[slo]
    }
}

impl ClassTally {
    #[inline]
    fn push(&mut self, outcome: &Outcome) {
        self.count += 1;
        self.slo_met += u64::from(outcome.slo_met());
        if let Some(latency) = outcome.latency_nanos() {
            self.latencies.push(latency);
        }
        if let Some(started) = outcome.started {
            self.queueing_delays.push(nanos_since(started, outcome.arrival));
        }
    }

    fn absorb(&mut self, other: Self) {
        self.count += other.count;
        self.slo_met += other.slo_met;
        self.latencies.absorb(other.latencies);
        self.queueing_delays.absorb(other.queueing_delays);
    }

    fn summary(&mut self) -> ClassSummary {
        ClassSummary::new(self.count, self.slo_met, &mut self.latencies, &mut self.queueing_delays)
    }
}

/// When the requests of a run came; each counts its time from its own start.
#[derive(Clone, Copy, Debug, Default)]
struct RunTally {
    arrivals: Range,
    sends: Range,
}

impl RunTally {
    fn absorb(&mut self, other: Self) {
        self.arrivals.absorb(other.arrivals);
        self.sends.absorb(other.sends);
    }
}

/// The first and the last of some times, ns.
#[derive(Clone, Copy, Debug)]
struct Range {
    first: i64,
    last: i64,
}

impl Default for Range {
    /// No times.
    fn default() -> Self {
        Self { first: i64::MAX, last: i64::MIN }
    }
}

impl Range {
    #[inline]
    fn include(&mut self, nanos: i64) {
        self.absorb(Self { first: nanos, last: nanos });
    }

    #[inline]
    fn absorb(&mut self, other: Self) {
        self.first = self.first.min(other.first);
        self.last = self.last.max(other.last);
    }

    /// Its length with both ends, ns; 0 of no times.
    fn span(self) -> u64 {
        if self.first > self.last { 0 } else { self.last.abs_diff(self.first).saturating_add(1) }
    }
}

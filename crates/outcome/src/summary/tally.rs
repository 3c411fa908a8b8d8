//! Counting rows as they pass, 16 bytes for each request that ended well.

use std::collections::BTreeMap;

use request::Tier;

use super::{Class, ClassSummary, LagSummary, Summary};
use crate::{Code, Outcome, Ppm, RunInfo, Status};

/// A summary in the making.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    classes: BTreeMap<(Tier, u16), ClassTally>,
    statuses: BTreeMap<Status, u64>,
    codes: BTreeMap<(Status, Code), u64>,
    runs: BTreeMap<i32, RunTally>,
    lags: Vec<i64>,
}

/// When the requests of a run came; each counts its time from its own start.
#[derive(Clone, Copy, Debug, Default)]
struct RunTally {
    arrivals: Range,
    sends: Range,
}

#[derive(Clone, Debug, Default)]
struct ClassTally {
    count: u64,
    slo_met: u64,
    /// Of requests that ended `ok`, ns.
    latencies: Vec<u64>,
}

impl Tally {
    /// Counts one request.
    pub fn push(&mut self, outcome: &Outcome) {
        let class = self.classes.entry((outcome.tier, outcome.slo)).or_default();
        class.count += 1;
        class.slo_met += u64::from(outcome.slo_met());
        class.latencies.extend(crate::Latency::of(outcome).nanos());

        *self.statuses.entry(outcome.status).or_default() += 1;
        if let Some(code) = outcome.code {
            *self.codes.entry((outcome.status, code)).or_default() += 1;
        }
        let run = self.runs.entry(outcome.run).or_default();
        run.arrivals.include(outcome.arrival.as_nanos());
        if let (Some(sent), Some(lag)) = (outcome.sent, outcome.lag_ns()) {
            run.sends.include(sent.as_nanos());
            self.lags.push(lag);
        }
    }

    /// What the rows so far came to.
    #[must_use]
    pub fn summary(mut self, info: &RunInfo) -> Summary {
        let all = self.all();
        let slo = |index: u16| match info.slos.get(usize::from(index)) {
            Some(name) => name.clone(),
            None => format!("#{index}"),
        };
        let (span_ns, sent_span_ns) = (self.span(|run| run.arrivals), self.span(|run| run.sends));
        let classes = self.classes.into_iter().map(|((tier, index), class)| {
            let summary = ClassSummary::new(class.count, class.slo_met, class.latencies);
            (Class { tier, slo: slo(index) }, summary)
        });
        self.lags.sort_unstable();
        Summary {
            info: info.clone(),
            runs: self.runs.len() as u64,
            span_ns,
            sent_span_ns,
            all,
            classes: classes.collect(),
            statuses: self.statuses,
            codes: self.codes,
            sent: self.lags.len() as u64,
            lag: lag(&self.lags),
        }
    }

    /// The sum of a span over the runs.
    fn span(&self, of: impl Fn(&RunTally) -> Range) -> u64 {
        self.runs.values().map(|run| of(run).span()).fold(0, u64::saturating_add)
    }

    fn all(&self) -> ClassSummary {
        let classes = self.classes.values();
        let latencies = classes.clone().flat_map(|class| class.latencies.iter().copied());
        ClassSummary::new(
            classes.clone().map(|class| class.count).sum(),
            classes.clone().map(|class| class.slo_met).sum(),
            latencies.collect(),
        )
    }
}

fn lag(sorted: &[i64]) -> Option<LagSummary> {
    Some(LagSummary {
        p50_ns: Ppm::P50.of(sorted)?,
        p99_ns: Ppm::P99.of(sorted)?,
        max_ns: *sorted.last()?,
    })
}

/// The first and the last of some times, ns.
#[derive(Clone, Copy, Debug, Default)]
struct Range(Option<(i64, i64)>);

impl Range {
    fn include(&mut self, nanos: i64) {
        let (first, last) = self.0.unwrap_or((nanos, nanos));
        self.0 = Some((first.min(nanos), last.max(nanos)));
    }

    /// Its length with both ends, ns; 0 of no times.
    fn span(self) -> u64 {
        self.0.map_or(0, |(first, last)| last.abs_diff(first).saturating_add(1))
    }
}

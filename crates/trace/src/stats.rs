//! What the rows of a trace look like: how many of what, and how they arrive.
//!
//! One pass in constant memory. The figures describe; whether they are those of the workload is for
//! the tests of the generator to say.

mod coincidence;
pub(crate) mod gaps;

use request::Tier;
use serde::Serialize;

use crate::error::TraceError;
use crate::reader::TraceReader;
use crate::row::Batch;
use coincidence::Coincidences;
use gaps::Gaps;

/// Two arrivals of different classes that are at most this far apart coincide.
const COINCIDENCE_NS: i64 = 1_000;

/// What the rows of a trace look like.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Stats {
    /// Number of rows.
    pub rows: u64,
    /// From the start of the trace to its last arrival.
    pub span_ns: i64,
    /// Rows per second of the span; `None` where the span is 0.
    pub rate_per_s: Option<f64>,
    /// Standard deviation of the gaps between arrivals over their mean: 1 for a Poisson stream.
    /// `None` where there are fewer than two gaps, or all are 0.
    pub gap_cv: Option<f64>,
    /// Share of rows with an arrival of another class within 1 us; `None` without rows.
    pub coincident_share: Option<f64>,
    /// The classes that have rows, by (tier, position of the SLO class).
    pub classes: Vec<ClassStats>,
    /// The models of the header, in its order.
    pub models: Vec<ModelStats>,
}

/// What the rows of one class look like.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ClassStats {
    /// Its priority: 1, 2 or 3.
    pub tier: u8,
    /// Its SLO class.
    pub slo: String,
    /// Number of rows.
    pub rows: u64,
    /// Its part of all rows.
    pub share: f64,
    /// Its rows per second of the trace's span.
    pub rate_per_s: Option<f64>,
    /// As [`Stats::gap_cv`], of this class alone.
    pub gap_cv: Option<f64>,
}

/// How often a model is asked for.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ModelStats {
    /// Its name.
    pub model: String,
    /// Shape of its tensor.
    pub shape: Vec<i32>,
    /// Number of rows.
    pub rows: u64,
    /// Its part of all rows; `None` without rows.
    pub share: Option<f64>,
}

impl Stats {
    /// Reads all rows of a trace.
    ///
    /// # Errors
    /// Where a row breaks a promise of the format.
    pub fn of(trace: &TraceReader) -> Result<Self, TraceError> {
        let mut tally = Tally::new(trace.header().slos.len(), trace.header().models.len());
        for batch in trace.batches() {
            tally.add(&batch?);
        }
        Ok(tally.finish(trace))
    }
}

/// The figures while rows come by.
struct Tally {
    slos_len: usize,
    all: Gaps,
    /// By (tier - 1) * number of SLO classes + SLO class.
    classes: Vec<Gaps>,
    models: Vec<u64>,
    coincidences: Coincidences,
}

impl Tally {
    fn new(slos_len: usize, models_len: usize) -> Self {
        Self {
            slos_len,
            all: Gaps::default(),
            classes: vec![Gaps::default(); Tier::ALL.len() * slos_len],
            models: vec![0; models_len],
            coincidences: Coincidences::default(),
        }
    }

    /// Adds a checked batch.
    fn add(&mut self, batch: &Batch) {
        for row in batch.rows() {
            let arrival_ns = row.request.arrival.as_nanos();
            let tier = usize::from(row.request.tier.number()) - 1;
            let class = tier * self.slos_len + usize::from(row.slo);
            self.all.add(arrival_ns);
            self.classes[class].add(arrival_ns);
            self.models[usize::from(row.request.model.0)] += 1;
            self.coincidences.add(arrival_ns, class);
        }
    }

    fn finish(self, trace: &TraceReader) -> Stats {
        let header = trace.header();
        let (rows, span_ns) = (self.all.count(), self.all.last_ns().unwrap_or(0));
        let rate = |count: u64| (span_ns > 0).then(|| count as f64 / (span_ns as f64 / 1e9));
        let share = |count: u64| (rows > 0).then(|| count as f64 / rows as f64);
        let keys = Tier::ALL
            .into_iter()
            .flat_map(|tier| header.slos.iter().map(move |slo| (tier.number(), slo.clone())));
        let classes = keys.zip(&self.classes).filter_map(|((tier, slo), gaps)| {
            Some(ClassStats {
                tier,
                slo,
                rows: gaps.count(),
                share: share(gaps.count()).filter(|&share| share > 0.0)?,
                rate_per_s: rate(gaps.count()),
                gap_cv: gaps.cv(),
            })
        });
        let models = header.models.iter().zip(&self.models).map(|(model, &count)| ModelStats {
            model: model.name.clone(),
            shape: model.shape.clone(),
            rows: count,
            share: share(count),
        });
        Stats {
            rows,
            span_ns,
            rate_per_s: rate(rows),
            gap_cv: self.all.cv(),
            coincident_share: share(self.coincidences.count()),
            classes: classes.collect(),
            models: models.collect(),
        }
    }
}

//! What the rows of a trace look like: how many of what, and how they arrive.
//!
//! One pass in constant memory. The figures describe; whether they are those of the workload is for
//! the tests of the generator to say.

mod coincidence;
pub(crate) mod dispersion;
pub(crate) mod gaps;
pub(crate) mod intent;
mod load;

use request::Tier;
use serde::Serialize;

use crate::error::TraceError;
use crate::reader::TraceReader;
use crate::row::Batch;
use coincidence::Coincidences;
use dispersion::Counts;
use gaps::Gaps;
use intent::Intent;

pub use dispersion::WindowStats;
pub use load::{ModelLoad, OfferedLoad, ServiceMeans, ServiceMeansError};

/// Two arrivals of different classes that are at most this far apart coincide.
const COINCIDENCE_NS: i64 = 1_000;

/// Windows in which arrivals are counted: what a queue, a second's rate and an autoscaler see.
const WINDOWS_NS: [i64; 3] = [100_000_000, 1_000_000_000, 10_000_000_000];

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
    /// Counts of arrivals in windows of 100 ms, 1 s and 10 s.
    pub windows: Vec<WindowStats>,
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
    /// Latency target of the SLO class, if the workload tells it.
    pub slo_ns: Option<u64>,
    /// Number of rows.
    pub rows: u64,
    /// Its part of all rows.
    pub share: f64,
    /// The part that the workload asks for; `None` where the rows do not come from it.
    pub share_asked: Option<f64>,
    /// Its rows per second of the trace's span.
    pub rate_per_s: Option<f64>,
    /// The mean rate that the workload asks for; `None` where the rows were not drawn from it.
    pub rate_asked_per_s: Option<f64>,
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
    /// Bytes of one tensor.
    pub tensor_bytes: Option<u64>,
    /// Bytes of its tensors per second of the trace's span.
    pub bytes_per_s: Option<f64>,
    /// Number of rows.
    pub rows: u64,
    /// Its part of all rows; `None` without rows.
    pub share: Option<f64>,
    /// The part that the workload asks for; `None` where the rows do not come from it.
    pub share_asked: Option<f64>,
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
    counts: [Counts; WINDOWS_NS.len()],
}

impl Tally {
    fn new(slos_len: usize, models_len: usize) -> Self {
        Self {
            slos_len,
            all: Gaps::default(),
            classes: vec![Gaps::default(); Tier::ALL.len() * slos_len],
            models: vec![0; models_len],
            coincidences: Coincidences::default(),
            counts: WINDOWS_NS.map(Counts::new),
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
            self.counts.iter_mut().for_each(|counts| counts.add(arrival_ns));
        }
    }

    fn finish(self, trace: &TraceReader) -> Stats {
        let header = trace.header();
        let (rows, span_ns) = (self.all.count(), self.all.last_ns().unwrap_or(0));
        let rate = |count: u64| (span_ns > 0).then(|| count as f64 / (span_ns as f64 / 1e9));
        let share = |count: u64| (rows > 0).then(|| count as f64 / rows as f64);
        let intent = Intent::of(header);
        let keys = Tier::ALL
            .into_iter()
            .flat_map(|tier| (0..header.slos.len()).map(move |slo| (tier, slo)));
        let classes = keys.zip(&self.classes).filter_map(|((tier, slo), gaps)| {
            let name = &header.slos[slo];
            let target = header.workload.slos.iter().find(|slo| slo.name == *name);
            let asked = intent.class(tier, slo);
            Some(ClassStats {
                tier: tier.number(),
                slo: name.clone(),
                slo_ns: target.and_then(|slo| u64::try_from(slo.target.as_nanos()).ok()),
                rows: gaps.count(),
                share: share(gaps.count()).filter(|&share| share > 0.0)?,
                share_asked: asked.and_then(|class| intent.share(class)),
                rate_per_s: rate(gaps.count()),
                rate_asked_per_s: asked.and_then(|class| intent.rate_per_s(class)),
                gap_cv: gaps.cv(),
            })
        });
        let models = header.models.iter().zip(&self.models).map(|(model, &count)| {
            let tensor_bytes = model.tensor_bytes().map(|bytes| bytes as u64);
            let bytes_per_s = rate(count).zip(tensor_bytes).map(|(rate, b)| rate * b as f64);
            ModelStats {
                model: model.name.clone(),
                shape: model.shape.clone(),
                tensor_bytes,
                bytes_per_s,
                rows: count,
                share: share(count),
                share_asked: intent.model_share(&model.name),
            }
        });
        Stats {
            rows,
            span_ns,
            rate_per_s: rate(rows),
            gap_cv: self.all.cv(),
            coincident_share: share(self.coincidences.count()),
            windows: self.counts.map(|counts| counts.finish(span_ns)).to_vec(),
            classes: classes.collect(),
            models: models.collect(),
        }
    }
}

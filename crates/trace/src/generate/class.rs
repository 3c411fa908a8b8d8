//! One class as a stream of its own: arrivals, models and tensor seeds.

use std::time::Duration;

use rand_chacha::ChaCha8Rng;
use rand_core::Rng;
use request::{ModelId, Moment, Request, RequestId, Seed, Tier};

use super::BufferedClass;
use super::epochs::Epochs;
use super::gap::uniform;
use crate::row::TraceRow;
use crate::stream::{Purpose, stream};
use crate::workload::{BatchSize, Class, Workload, WorkloadError};

/// The streams of the classes that arrive, in order of their codes.
pub(super) fn streams(
    workload: &Workload,
    seed: Seed,
) -> Result<Vec<BufferedClass>, WorkloadError> {
    workload.validate()?;
    let mut streams: Vec<ClassStream> =
        workload.active_classes().map(|class| ClassStream::new(workload, class, seed)).collect();
    streams.sort_by_key(|stream| stream.code);
    Ok(streams.into_iter().map(|stream| BufferedClass { stream, rows: Vec::new() }).collect())
}

/// The requests of one class that have not been drawn yet.
#[derive(Debug)]
pub(super) struct ClassStream {
    code: u32,
    tier: Tier,
    slo: u16,
    target: Duration,
    end: End,
    rows_expected: u64,
    models: ModelChoice,
    epochs: Epochs,
    batch_sizes: Option<(BatchSize, ChaCha8Rng)>,
    model_draws: ChaCha8Rng,
    tensor_seeds: ChaCha8Rng,
    /// Requests drawn so far.
    count: u64,
    /// When the next requests come, `None` once there are none.
    next_arrival: Option<i64>,
}

/// When a class has no more requests.
#[derive(Clone, Copy, Debug)]
struct End {
    /// Arrivals from here on are kept only as long as the count is below `count_min`.
    duration_ns: i64,
    count_min: u64,
}

impl End {
    fn of(workload: &Workload, class: &Class) -> Self {
        match workload.count {
            // Whoever merges the classes counts.
            Some(_) => Self { duration_ns: i64::MAX, count_min: 0 },
            None => Self {
                duration_ns: workload.duration.as_nanos() as i64,
                count_min: class.count_min(workload),
            },
        }
    }
}

/// The number that names the streams of a class: its tier and the position of its SLO class.
pub(crate) fn class_code(workload: &Workload, class: &Class) -> u32 {
    let slo = workload.slos.iter().position(|slo| slo.name == class.slo);
    let slo = slo.expect("a valid class names an SLO of its workload");
    u32::from(class.tier.number()) << 16 | slo as u32
}

impl ClassStream {
    /// The workload is valid.
    fn new(workload: &Workload, class: &Class, seed: Seed) -> Self {
        let code = class_code(workload, class);
        let slo = code as u16;
        let numbers = |purpose| stream(seed, code, purpose);
        let batch = workload.arrivals_of(class).batch;
        let mut stream = Self {
            code,
            tier: class.tier,
            slo,
            target: workload.slos[usize::from(slo)].target,
            end: End::of(workload, class),
            rows_expected: rows_expected(workload, class),
            models: ModelChoice::new(workload, class),
            epochs: Epochs::new(workload, class, code, seed),
            batch_sizes: batch.map(|batch| (batch, numbers(Purpose::BatchSize))),
            model_draws: numbers(Purpose::Model),
            tensor_seeds: numbers(Purpose::TensorSeed),
            count: 0,
            next_arrival: None,
        };
        stream.advance();
        stream
    }

    pub(super) fn next_arrival(&self) -> Option<i64> {
        self.next_arrival
    }

    /// About how many requests there will be.
    pub(super) fn rows_expected(&self) -> u64 {
        self.rows_expected
    }

    /// Draws the requests that arrive before `horizon_ns`, with ids still to be given, as long as
    /// there are fewer than `rows_max`; requests of one moment are never torn apart.
    pub(super) fn draw_until(
        &mut self,
        horizon_ns: i64,
        rows: &mut Vec<TraceRow>,
        rows_max: usize,
    ) {
        while let Some(arrival) = self.next_arrival
            && arrival < horizon_ns
            && (rows.len() < rows_max || rows.last().is_some_and(|row| came_at(row, arrival)))
        {
            for _ in 0..self.batch_size() {
                rows.push(self.row(arrival));
                self.count += 1;
            }
            self.advance();
        }
    }

    fn row(&mut self, arrival_ns: i64) -> TraceRow {
        let arrival = Moment::from_nanos(arrival_ns);
        let request = Request {
            id: RequestId(0),
            arrival,
            deadline: arrival + self.target,
            tier: self.tier,
            model: self.models.choose(&mut self.model_draws),
        };
        TraceRow { request, slo: self.slo, tensor_seed: Seed(self.tensor_seeds.next_u64()) }
    }

    /// How many requests come at the next arrival.
    fn batch_size(&mut self) -> u64 {
        match &mut self.batch_sizes {
            None => 1,
            Some((batch, numbers)) => draw_batch_size(*batch, numbers),
        }
    }

    /// Finds when the next requests come; never again where the class has had its time and count.
    fn advance(&mut self) {
        let next = self.epochs.next_ns();
        let goes_on = next < self.end.duration_ns || self.count < self.end.count_min;
        self.next_arrival = goes_on.then_some(next);
    }
}

fn came_at(row: &TraceRow, arrival_ns: i64) -> bool {
    row.request.arrival.as_nanos() == arrival_ns
}

/// About how many requests a class will have.
fn rows_expected(workload: &Workload, class: &Class) -> u64 {
    match workload.count {
        Some(count) => (count as f64 * class.share) as u64,
        None => {
            let mean_ns = 1e9 / (workload.total_qps * class.share);
            let by_time = workload.duration.as_nanos() as f64 / mean_ns;
            (by_time as u64).max(class.count_min(workload))
        }
    }
}

/// A number of requests that come at once: one number of the stream for each batch.
fn draw_batch_size(batch: BatchSize, numbers: &mut ChaCha8Rng) -> u64 {
    match batch {
        BatchSize::Fixed { size } => u64::from(size),
        BatchSize::Geometric { mean } => {
            // The number of failures before a success of probability 1 / mean, by inversion.
            let log_failure = libm::log1p(-1.0 / mean);
            1 + (libm::log(uniform(numbers.next_u64())) / log_failure) as u64
        }
    }
}

/// Picks a model by weight, comparing integers.
#[derive(Debug)]
struct ModelChoice {
    /// Upper end of each model's part of the 53-bit numbers; the last part ends with them.
    ends: Vec<(u64, ModelId)>,
    last: ModelId,
}

impl ModelChoice {
    fn new(workload: &Workload, class: &Class) -> Self {
        let id = |name: &str| {
            let position = workload.models.iter().position(|model| model.name == name);
            ModelId(position.expect("a valid class names models of its workload") as u16)
        };
        let mut sum = 0.0;
        let mut ends: Vec<(u64, ModelId)> = class
            .models
            .iter()
            .filter(|share| share.weight > 0.0)
            .map(|share| {
                sum += share.weight;
                ((sum * (1_u64 << 53) as f64) as u64, id(&share.model))
            })
            .collect();
        let (_, last) = ends.pop().expect("weights that sum to 1 are not all 0");
        Self { ends, last }
    }

    /// Leaves the stream alone where there is nothing to choose: nothing else reads it.
    fn choose(&self, draws: &mut ChaCha8Rng) -> ModelId {
        if self.ends.is_empty() {
            return self.last;
        }
        let drawn = draws.next_u64() >> 11;
        let chosen = self.ends.iter().find(|&&(end, _)| drawn < end);
        chosen.map_or(self.last, |&(_, model)| model)
    }
}

//! One class as a Poisson stream: arrivals, models and tensor seeds.

use std::time::Duration;

use rand_chacha::ChaCha8Rng;
use rand_core::Rng;
use request::{ModelId, Moment, Request, RequestId, Seed, Tier};

use super::BufferedClass;
use crate::row::TraceRow;
use crate::stream::{Purpose, stream};
use crate::workload::{Class, Workload, WorkloadError};

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
    /// Mean gap between arrivals.
    mean_ns: f64,
    /// Arrivals from here on are kept only as long as the count is below `count_min`.
    duration_ns: i64,
    count_min: u64,
    models: ModelChoice,
    gaps: ChaCha8Rng,
    model_draws: ChaCha8Rng,
    tensor_seeds: ChaCha8Rng,
    /// Requests drawn so far.
    count: u64,
    /// Arrival of the next request, `None` once there is none.
    next_arrival: Option<i64>,
}

impl ClassStream {
    /// The workload is valid.
    fn new(workload: &Workload, class: &Class, seed: Seed) -> Self {
        let slo = workload.slos.iter().position(|slo| slo.name == class.slo);
        let slo = slo.expect("a valid class names an SLO of its workload");
        let code = u32::from(class.tier.number()) << 16 | slo as u32;
        let mut stream = Self {
            code,
            tier: class.tier,
            slo: slo as u16,
            target: workload.slos[slo].target,
            mean_ns: 1e9 / (workload.total_qps * class.share),
            duration_ns: workload.duration.as_nanos() as i64,
            count_min: class.count_min(workload),
            models: ModelChoice::new(workload, class),
            gaps: stream(seed, code, Purpose::Arrival),
            model_draws: stream(seed, code, Purpose::Model),
            tensor_seeds: stream(seed, code, Purpose::TensorSeed),
            count: 0,
            next_arrival: None,
        };
        stream.next_arrival = stream.arrival_after(0);
        stream
    }

    pub(super) fn next_arrival(&self) -> Option<i64> {
        self.next_arrival
    }

    /// About how many requests there will be.
    pub(super) fn rows_expected(&self) -> u64 {
        ((self.duration_ns as f64 / self.mean_ns) as u64).max(self.count_min)
    }

    /// Draws the requests that arrive before `horizon_ns`, with ids still to be given.
    pub(super) fn draw_until(&mut self, horizon_ns: i64, rows: &mut Vec<TraceRow>) {
        while let Some(arrival) = self.next_arrival
            && arrival < horizon_ns
        {
            rows.push(self.row(arrival));
            self.count += 1;
            self.next_arrival = self.arrival_after(arrival);
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

    /// When the next request comes; `None` where the class has had its time and its count.
    ///
    /// The sum fits: a valid workload expects to end within 2^52 ns, and no gap is above 37 means.
    fn arrival_after(&mut self, arrival_ns: i64) -> Option<i64> {
        let next = arrival_ns + gap_ns(self.gaps.next_u64(), self.mean_ns);
        (next < self.duration_ns || self.count < self.count_min).then_some(next)
    }
}

/// An exponential gap by inversion: whole ns, from 64 random bits.
///
/// `libm` gives the same logarithm everywhere, which the platform's does not.
fn gap_ns(bits: u64, mean_ns: f64) -> i64 {
    const STEP: f64 = 1.0 / (1_u64 << 53) as f64;
    let uniform = ((bits >> 11) + 1) as f64 * STEP;
    (-libm::log(uniform) * mean_ns + 0.5) as i64
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

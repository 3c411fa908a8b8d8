//! One stream of requests: those of a class, or of a workload whose classes share a schedule.

use rand_chacha::ChaCha8Rng;
use rand_core::Rng;
use request::{Moment, Request, RequestId, Seed};

use super::epochs::Epochs;
use super::gap::uniform;
use super::labels::Labels;
use crate::marks::{Mark, Marks};
use crate::row::TraceRow;
use crate::stream::{Purpose, stream};
use crate::workload::{BatchSize, Class, Process, Workload};

/// The requests of one stream that have not been drawn yet.
#[derive(Debug)]
pub(super) struct Requests {
    code: u32,
    end: End,
    rows_expected: u64,
    epochs: Epochs,
    batch_sizes: Option<(BatchSize, ChaCha8Rng)>,
    labels: Labels,
    /// Requests drawn so far.
    count: u64,
    /// When the next requests come, `None` once there are none.
    next_arrival: Option<i64>,
}

/// When a stream has no more requests.
#[derive(Clone, Copy, Debug)]
struct End {
    /// Arrivals from here on are kept only as long as the count is below `count_min`.
    duration_ns: i64,
    count_min: u64,
}

impl End {
    /// Where something else ends it: whoever counts the merged rows, or the schedule itself.
    const NEVER: Self = Self { duration_ns: i64::MAX, count_min: 0 };

    fn of(workload: &Workload, class: &Class) -> Self {
        let is_scheduled = workload.arrivals_of(class).process.is_loadgen();
        if is_scheduled || workload.count.is_some() {
            return Self::NEVER;
        }
        Self {
            duration_ns: workload.duration.as_nanos() as i64,
            count_min: class.count_min(workload),
        }
    }
}

/// The streams of a valid workload, in order of their codes.
pub(super) fn streams(workload: &Workload, seed: Seed) -> Vec<Requests> {
    if let Process::Loadgen { schedule_seed } = workload.arrivals.process {
        return vec![Requests::of_whole(workload, schedule_seed, seed)];
    }
    let classes = workload.active_classes();
    let mut streams: Vec<Requests> =
        classes.map(|class| Requests::of_class(workload, class, seed)).collect();
    streams.sort_by_key(|stream| stream.code);
    streams
}

impl Requests {
    fn of_class(workload: &Workload, class: &Class, seed: Seed) -> Self {
        let code = class.code(workload);
        let batch = workload.arrivals_of(class).batch;
        Self {
            code,
            end: End::of(workload, class),
            rows_expected: rows_expected(workload, class),
            epochs: Epochs::of_class(workload, class, code, seed),
            batch_sizes: batch.map(|batch| (batch, stream(seed, code, Purpose::BatchSize))),
            labels: Labels::of_class(workload, class, code, seed),
            count: 0,
            next_arrival: None,
        }
        .started()
    }

    /// One schedule for all classes, which are drawn for each arrival.
    fn of_whole(workload: &Workload, schedule_seed: u64, seed: Seed) -> Self {
        let by_time = workload.total_qps * workload.duration.as_secs_f64();
        Self {
            code: 0,
            end: End::NEVER,
            rows_expected: (by_time as u64).max(workload.min_query_count),
            epochs: Epochs::of_whole(workload, schedule_seed),
            batch_sizes: None,
            labels: Labels::Drawn(Box::new(Marks::new(workload, seed))),
            count: 0,
            next_arrival: None,
        }
        .started()
    }

    fn started(mut self) -> Self {
        self.advance();
        self
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
        let Mark { tier, slo, target, model, tensor_seed } = self.labels.next_mark();
        let deadline = arrival + target;
        let request = Request { id: RequestId(0), arrival, deadline, tier, model };
        TraceRow { request, slo, tensor_seed }
    }

    /// How many requests come at the next arrival.
    fn batch_size(&mut self) -> u64 {
        match &mut self.batch_sizes {
            None => 1,
            Some((batch, numbers)) => draw_batch_size(*batch, numbers),
        }
    }

    /// Finds when the next requests come; never again where the stream has had its time and count.
    fn advance(&mut self) {
        let End { duration_ns, count_min } = self.end;
        let goes_on = |next: &i64| *next < duration_ns || self.count < count_min;
        self.next_arrival = self.epochs.next_ns().filter(goes_on);
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

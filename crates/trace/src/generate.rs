//! Draws the requests of a workload.
//!
//! Each class is an independent stream ([`requests`]): its arrivals ([`epochs`]) come at the steady
//! rate of operational time ([`gap`]) and are mapped to real time ([`operational`],
//! [`environment`]). Real time is cut into windows; the streams draw a window in parallel, and their
//! rows are merged by (arrival, class, index) and numbered. How the windows are cut and how many
//! threads draw them cannot be seen in the result, because a stream is a pure function of the seed.

mod environment;
mod epochs;
mod file;
mod gap;
mod labels;
mod loadgen;
mod operational;
mod requests;

use std::sync::Arc;

use rayon::ThreadPool;
use rayon::prelude::*;
use request::{RequestId, Seed};

pub(crate) use epochs::{Path, mean_gap_ns};
pub use file::{GenerateToError, generate_as, generate_to};
pub(crate) use gap::GapLaw;
pub(crate) use operational::mean_rate;

use crate::generate::requests::Requests;
use crate::row::TraceRow;
use crate::workload::{Process, Workload, WorkloadError};

/// Requests that a window is expected to hold: enough to keep threads busy, few enough for caches.
const WINDOW_ROWS: f64 = 65_536.0;

/// Requests that a window may hold, over all streams: a burst above this is cut into several
/// windows, so that memory stays bounded.
const WINDOW_ROWS_MAX: usize = 1 << 20;

/// Why nothing can be generated.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GenerateError {
    /// The workload makes no sense.
    #[error(transparent)]
    Workload(#[from] WorkloadError),
    /// The arrivals came from elsewhere.
    #[error(
        "workload `{workload}` describes recorded arrivals, which cannot be drawn; give another \
         process, or use the trace as it is"
    )]
    Recorded {
        /// Name of the workload.
        workload: String,
    },
    /// The operating system gave no threads.
    #[error("cannot start {threads} threads: {source}; ask for fewer")]
    Threads {
        /// How many were asked for; 0 means one for each core.
        threads: usize,
        /// Why it failed.
        source: rayon::ThreadPoolBuildError,
    },
}

/// Draws the requests of a workload, a batch at a time, in order of arrival.
///
/// The requests depend on the workload and the seed alone. `threads` is how many draw; 0 is one
/// for each core.
///
/// # Errors
/// Where the workload is not valid or was recorded, or the threads cannot be started.
pub fn generate(
    workload: &Workload,
    seed: Seed,
    threads: usize,
) -> Result<Generator, GenerateError> {
    workload.validate()?;
    if workload.arrivals.process == Process::Recorded {
        return Err(GenerateError::Recorded { workload: workload.name.clone() });
    }
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .map_err(|source| GenerateError::Threads { threads, source })?;
    let streams: Vec<BufferedStream> =
        requests::streams(workload, seed).into_iter().map(BufferedStream::new).collect();
    let rows_expected = streams.iter().map(|stream| stream.requests.rows_expected()).sum();
    let window_ns = (WINDOW_ROWS / workload.total_qps * 1e9).clamp(1.0, i64::MAX as f64) as i64;
    Ok(Generator {
        streams,
        pool: Arc::new(pool),
        window_ns,
        rows_expected,
        next_id: 0,
        count_max: workload.count.map_or(i64::MAX, |count| count as i64),
    })
}

/// An iterator over batches of rows; none is empty.
#[derive(Debug)]
pub struct Generator {
    streams: Vec<BufferedStream>,
    pool: Arc<ThreadPool>,
    window_ns: i64,
    rows_expected: u64,
    next_id: i64,
    /// Rows after which there are no more.
    count_max: i64,
}

/// A stream, and its rows that have not been merged yet.
#[derive(Debug)]
struct BufferedStream {
    requests: Requests,
    rows: Vec<TraceRow>,
}

impl BufferedStream {
    fn new(requests: Requests) -> Self {
        Self { requests, rows: Vec::new() }
    }

    /// When its next request comes that has not been merged.
    fn next_arrival(&self) -> Option<i64> {
        let buffered = self.rows.first().map(|row| row.request.arrival.as_nanos());
        buffered.or(self.requests.next_arrival())
    }
}

impl Generator {
    /// About how many rows there will be in all, for a progress bar.
    #[must_use]
    pub fn rows_expected(&self) -> u64 {
        self.rows_expected
    }
}

impl Iterator for Generator {
    type Item = Vec<TraceRow>;

    fn next(&mut self) -> Option<Vec<TraceRow>> {
        if self.next_id >= self.count_max {
            return None;
        }
        // Windows start at the next arrival, so that a long silence costs nothing.
        let start = self.streams.iter().filter_map(BufferedStream::next_arrival).min()?;
        let horizon = start.saturating_add(self.window_ns);
        let Self { streams, pool, .. } = self;
        let rows_max = WINDOW_ROWS_MAX.div_ceil(streams.len());
        pool.install(|| {
            streams.par_iter_mut().for_each(|BufferedStream { requests, rows }| {
                requests.draw_until(horizon, rows, rows_max);
            });
        });
        Some(self.merge(horizon))
    }
}

impl Generator {
    /// Merges the streams' rows up to where all of them have been drawn, and numbers them.
    fn merge(&mut self, horizon_ns: i64) -> Vec<TraceRow> {
        let next_undrawn = self.streams.iter().filter_map(|s| s.requests.next_arrival());
        let drawn_until = next_undrawn.min().map_or(horizon_ns, |next| next.min(horizon_ns));
        let mut merged = Vec::with_capacity(self.streams.iter().map(|s| s.rows.len()).sum());
        for BufferedStream { rows, .. } in &mut self.streams {
            let end = rows.partition_point(|row| row.request.arrival.as_nanos() < drawn_until);
            merged.extend(rows.drain(..end));
        }
        // Streams stand in order of their codes and the sort is stable, so ties are broken by
        // (class, index) without a word.
        merged.sort_by_key(|row| row.request.arrival);
        merged.truncate(usize::try_from(self.count_max - self.next_id).unwrap_or(usize::MAX));
        for row in &mut merged {
            row.request.id = RequestId(self.next_id);
            self.next_id += 1;
        }
        merged
    }
}

#[cfg(test)]
mod tests;

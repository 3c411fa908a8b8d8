//! Draws the requests of a workload.
//!
//! Each class is an independent Poisson stream ([`class`]). Time is cut into windows; the classes
//! draw a window in parallel, and their rows are merged by (arrival, class, index) and numbered.
//! How the windows are cut and how many threads draw them cannot be seen in the result, because a
//! class is a pure function of the seed.

mod class;
mod file;

use std::sync::Arc;

use rayon::ThreadPool;
use rayon::prelude::*;
use request::{RequestId, Seed};

pub use file::{GenerateToError, generate_as, generate_to};

use crate::generate::class::ClassStream;
use crate::row::TraceRow;
use crate::workload::{Workload, WorkloadError};

/// Requests that a window is expected to hold: enough to keep threads busy, few enough for caches.
const WINDOW_ROWS: f64 = 65_536.0;

/// Why nothing can be generated.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GenerateError {
    /// The workload makes no sense.
    #[error(transparent)]
    Workload(#[from] WorkloadError),
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
/// Where the workload is not valid, or the threads cannot be started.
pub fn generate(
    workload: &Workload,
    seed: Seed,
    threads: usize,
) -> Result<Generator, GenerateError> {
    let classes = class::streams(workload, seed)?;
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .map_err(|source| GenerateError::Threads { threads, source })?;
    let rows_expected = classes.iter().map(|class| class.stream.rows_expected()).sum();
    let window_ns = (WINDOW_ROWS / workload.total_qps * 1e9).clamp(1.0, i64::MAX as f64) as i64;
    Ok(Generator { classes, pool: Arc::new(pool), window_ns, rows_expected, next_id: 0 })
}

/// An iterator over batches of rows; none is empty.
#[derive(Debug)]
pub struct Generator {
    classes: Vec<BufferedClass>,
    pool: Arc<ThreadPool>,
    window_ns: i64,
    rows_expected: u64,
    next_id: i64,
}

/// A class, and its rows of the current window.
#[derive(Debug)]
struct BufferedClass {
    stream: ClassStream,
    rows: Vec<TraceRow>,
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
        // Windows start at the next arrival, so that a long silence costs nothing.
        let start = self.classes.iter().filter_map(|class| class.stream.next_arrival()).min()?;
        let horizon = start.saturating_add(self.window_ns);
        let Self { classes, pool, .. } = self;
        pool.install(|| {
            classes.par_iter_mut().for_each(|BufferedClass { stream, rows }| {
                stream.draw_until(horizon, rows);
            });
        });
        Some(self.merge())
    }
}

impl Generator {
    /// Merges the classes' rows of the window, and numbers them.
    fn merge(&mut self) -> Vec<TraceRow> {
        let mut merged = Vec::with_capacity(self.classes.iter().map(|c| c.rows.len()).sum());
        for class in &mut self.classes {
            merged.append(&mut class.rows);
        }
        // Classes stand in order of their codes and the sort is stable, so ties are broken by
        // (class, index) without a word.
        merged.sort_by_key(|row| row.request.arrival);
        for row in &mut merged {
            row.request.id = RequestId(self.next_id);
            self.next_id += 1;
        }
        merged
    }
}

#[cfg(test)]
mod tests;

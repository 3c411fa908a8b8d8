//! One side of a comparison: a run in memory, in the order of its trace.

use std::path::{Path, PathBuf};

use outcome::{Outcome, OutcomeReader, RunInfo, Verdict};

use request::Moment;

use crate::CompareError;
use crate::cautions::reasons;

/// A run and its requests, sorted by arrival and then by id.
#[derive(Clone, Debug)]
pub struct RunTable {
    /// Where the run was read, for messages.
    pub path: PathBuf,
    /// What it says of itself.
    pub info: RunInfo,
    rows: Vec<Outcome>,
}

impl RunTable {
    /// Reads the table at `path`.
    ///
    /// # Errors
    /// Where the table cannot be read, breaks a promise of its format, has no rows or holds more
    /// than one run.
    pub fn read(path: impl AsRef<Path>) -> Result<Self, CompareError> {
        let path = path.as_ref();
        let mut reader = OutcomeReader::open(path)?;
        let rows = reader.rows().collect::<Result<_, _>>()?;
        Self::new(path, reader.info().clone(), rows)
    }

    /// A table of rows in any order; `path` stands in messages.
    ///
    /// # Errors
    /// Where there are no rows, or rows of more than one run.
    pub fn new(
        path: impl Into<PathBuf>,
        info: RunInfo,
        mut rows: Vec<Outcome>,
    ) -> Result<Self, CompareError> {
        let path = path.into();
        let Some(first) = rows.first().map(|row| row.run) else {
            return Err(CompareError::Empty { path, from: Moment::ZERO });
        };
        if let Some(other) = rows.iter().map(|row| row.run).find(|&run| run != first) {
            return Err(CompareError::SeveralRuns { path, first, other });
        }
        rows.sort_unstable_by_key(|row| (row.arrival, row.request_id));
        Ok(Self { path, info, rows })
    }

    /// The requests, by arrival and then by id; at least one.
    #[must_use]
    pub fn rows(&self) -> &[Outcome] {
        &self.rows
    }

    /// Name of the SLO class of a row.
    #[must_use]
    pub fn slo(&self, row: &Outcome) -> &str {
        self.info.slos.get(usize::from(row.slo)).map_or("", String::as_str)
    }

    /// From the first scheduled arrival to the last, both included, ns.
    #[must_use]
    pub fn span_ns(&self) -> u64 {
        let ends = self.rows.first().zip(self.rows.last());
        ends.map_or(0, |(first, last)| {
            last.arrival.as_nanos().abs_diff(first.arrival.as_nanos()).saturating_add(1)
        })
    }
}

/// Refuses runs whose load generator could not keep time: their latencies are not the target's.
///
/// # Errors
/// Where the verdict of either is [`Verdict::Invalid`].
pub fn check_verdicts(a: &RunTable, b: &RunTable) -> Result<(), CompareError> {
    match [a, b].into_iter().find(|table| table.info.verdict == Verdict::Invalid) {
        None => Ok(()),
        Some(table) => Err(CompareError::InvalidRun {
            run: table.path.display().to_string(),
            reasons: reasons(&table.info.verdict_reasons),
        }),
    }
}

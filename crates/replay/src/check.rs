//! A run judged again from its table: whoever has the file need not believe what it says of itself.

mod json;
#[cfg(test)]
mod tests;
mod text;

use std::path::{Path, PathBuf};

use outcome::{Floor, Outcome, OutcomeError, OutcomeReader, RunInfo, Verdict};

use crate::verdict::{Judgement, judge};

pub(crate) use json::to_json;

/// A table and the judgement of each of its runs.
#[derive(Debug)]
pub(crate) struct Checked {
    path: PathBuf,
    info: RunInfo,
    runs: Vec<CheckedRun>,
}

/// One run: what its rows say, and what its file says of it.
#[derive(Debug)]
struct CheckedRun {
    run: i32,
    /// In order of arrival.
    outcomes: Vec<Outcome>,
    judgement: Judgement,
    recorded: Recorded,
}

/// What the metadata tells of a run.
#[derive(Debug)]
struct Recorded {
    verdict: Verdict,
    reasons: Vec<String>,
    floor: Option<Floor>,
    steal_ns: Option<i64>,
    clock_step_ns: Option<i64>,
    cut_short: bool,
}

impl Checked {
    /// Reads the table at `path` and judges its runs.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub(crate) fn read(path: &Path) -> Result<Self, OutcomeError> {
        let mut reader = OutcomeReader::open(path)?;
        let info = reader.info().clone();
        let mut rows = reader.rows().collect::<Result<Vec<Outcome>, _>>()?;
        rows.sort_unstable_by_key(|row| (row.run, row.arrival, row.request_id));
        let mut runs: Vec<CheckedRun> = rows
            .chunk_by(|one, next| one.run == next.run)
            .map(|rows| CheckedRun::new(rows[0].run, rows.to_vec(), &info))
            .collect();
        if runs.is_empty() {
            runs.push(CheckedRun::new(0, Vec::new(), &info));
        }
        Ok(Self { path: path.to_owned(), info, runs })
    }

    /// The worst verdict of the runs.
    pub(crate) fn verdict(&self) -> Verdict {
        self.runs.iter().map(|run| run.judgement.verdict).max().unwrap_or_default()
    }
}

impl CheckedRun {
    fn new(run: i32, outcomes: Vec<Outcome>, info: &RunInfo) -> Self {
        let recorded = Recorded::of(info);
        let judgement = judge(&outcomes, recorded.clock_step_ns);
        let judgement = if is_virtual(info) { judgement.exact() } else { judgement };
        Self { run, outcomes, judgement, recorded }
    }
}

impl Recorded {
    fn of(info: &RunInfo) -> Self {
        Self {
            verdict: info.verdict,
            reasons: info.verdict_reasons.clone(),
            floor: info.floor,
            steal_ns: info.steal_ns,
            clock_step_ns: None,
            cut_short: info.cut_short,
        }
    }
}

/// Whether nothing but exactly 0 can come of a simulation.
fn is_virtual(info: &RunInfo) -> bool {
    info.clock == "virtual"
}

//! A run judged again from its table: whoever has the file need not believe what it says of itself.

mod complete;
mod json;
#[cfg(test)]
mod tests;
mod text;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use outcome::{Outcome, OutcomeError, OutcomeReader, RunInfo, RunRecord, Verdict};

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
    recorded: RunRecord,
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
        // A run of which nothing has ended has no rows.
        let known = info.runs.iter().map(|record| (record.run, Vec::new()));
        let mut runs: BTreeMap<i32, Vec<Outcome>> = known.collect();
        for rows in rows.chunk_by(|one, next| one.run == next.run) {
            runs.insert(rows[0].run, rows.to_vec());
        }
        if runs.is_empty() {
            runs.insert(0, Vec::new());
        }
        let runs = runs.into_iter().map(|(run, rows)| CheckedRun::new(run, rows, &info)).collect();
        Ok(Self { path: path.to_owned(), info, runs })
    }

    /// Whether the file is what was left of a run that did not end.
    pub(crate) fn is_journal(&self) -> bool {
        self.path.extension().is_some_and(|extension| extension == "journal")
    }

    /// The worst verdict of the runs.
    pub(crate) fn verdict(&self) -> Verdict {
        self.runs.iter().map(|run| run.judgement.verdict).max().unwrap_or_default()
    }
}

impl CheckedRun {
    fn new(run: i32, outcomes: Vec<Outcome>, info: &RunInfo) -> Self {
        let recorded = recorded(run, info);
        let judgement = judge(&outcomes, recorded.clock_step_ns);
        let judgement = if is_virtual(info) { judgement.exact() } else { judgement };
        Self { run, outcomes, judgement, recorded }
    }
}

/// What the metadata tells of a run.
fn recorded(run: i32, info: &RunInfo) -> RunRecord {
    let of_one = || RunRecord {
        run,
        epoch_unix_ns: info.epoch_unix_ns,
        floor: info.floor,
        steal_ns: info.steal_ns,
        clock_step_ns: info.clock_step_ns,
        verdict: info.verdict,
        verdict_reasons: info.verdict_reasons.clone(),
        cut_short: info.cut_short,
    };
    info.runs.iter().find(|record| record.run == run).cloned().unwrap_or_else(of_one)
}

/// Whether nothing but exactly 0 can come of a simulation.
fn is_virtual(info: &RunInfo) -> bool {
    info.clock == "virtual"
}

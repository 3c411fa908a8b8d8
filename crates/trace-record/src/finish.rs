//! From a journal to a trace: the end of a recording, and what `--recover` does.

mod rows;
mod workload;

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};

use request::Seed;
use trace::{Step, TraceError, TraceRow, TraceWriter, Workload};

use crate::journal::{self, Journal, JournalError};

pub(crate) use rows::{Remarks, Rows};

/// Why there is no trace.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FinishError {
    #[error("{}", path.display())]
    Journal { path: PathBuf, source: JournalError },
    #[error("{}: it holds no request, so there is no trace to write", .0.display())]
    Empty(PathBuf),
    #[error("{}: the requests name more than {} models and shapes", .0.display(), i16::MAX)]
    Models(PathBuf),
    #[error("{}: cannot write: {source}; {} is kept", path.display(), journal.display())]
    Write { path: PathBuf, journal: PathBuf, source: io::Error },
    #[error("{}: {error}; {} is kept", path.display(), journal.display())]
    Trace { path: PathBuf, journal: PathBuf, error: Box<TraceError> },
}

/// A trace that was written.
pub(crate) struct Finished {
    pub(crate) journal: Journal,
    pub(crate) workload: Workload,
    /// Requests in the trace.
    pub(crate) rows: u64,
    pub(crate) digest: String,
    pub(crate) remarks: Remarks,
    /// Requests by (tier, position of the SLO class) and by model.
    pub(crate) classes: BTreeMap<(u8, u16), u64>,
    pub(crate) models: Vec<u64>,
}

/// Makes the trace of a journal, which is left alone.
///
/// # Errors
/// Where the journal cannot be read or the trace not be written.
pub(crate) fn finish(journal_path: &Path, output: &Path) -> Result<Finished, FinishError> {
    let mut rows = Rows::default();
    let journal = journal::read(journal_path, |row| rows.push(row))
        .map_err(|source| FinishError::Journal { path: journal_path.to_owned(), source })?;
    if rows.is_empty() {
        return Err(FinishError::Empty(journal_path.to_owned()));
    }
    let settled = rows.settle(&journal.header);
    if settled.models.len() > i16::MAX as usize {
        return Err(FinishError::Models(journal_path.to_owned()));
    }
    let workload = workload::measured(&journal.header, &settled);
    let steps = [step(&journal, &settled.remarks, settled.rows.len())];
    let written = write(output, &workload, &steps, &settled.rows);
    let digest = written.map_err(|problem| problem.at(output, journal_path))?;
    let (classes, models) = workload::counts(&settled.rows, settled.models.len());
    Ok(Finished {
        workload,
        rows: settled.rows.len() as u64,
        digest,
        remarks: settled.remarks,
        classes,
        models,
        journal,
    })
}

/// How the rows came to be, for the trace's metadata.
fn step(journal: &Journal, remarks: &Remarks, rows: usize) -> Step {
    let header = &journal.header;
    let mut parameters: BTreeMap<String, String> = [
        ("started_unix_ns", header.epoch_unix_ns.to_string()),
        ("listen", header.listen.clone()),
        ("scheduler", header.scheduler.clone()),
        ("slo", header.slo.to_string()),
        ("first_arrival_ns", remarks.first_arrival_ns.to_string()),
        ("tensor_seed", "first 8 bytes of the tensor's SHA-256".to_owned()),
        ("rows", rows.to_string()),
        ("renumbered", remarks.renumbered.to_string()),
        ("late_on_arrival", remarks.late_on_arrival.to_string()),
    ]
    .map(|(key, value)| (key.to_owned(), value))
    .into();
    for (reason, count) in &journal.counts.unrecorded {
        parameters.insert(format!("unrecorded.{reason}"), count.to_string());
    }
    Step { operation: "record".to_owned(), parameters, sources: Vec::new() }
}

/// What went wrong with the trace's file.
enum Problem {
    Io(io::Error),
    Trace(TraceError),
}

impl Problem {
    fn at(self, path: &Path, journal: &Path) -> FinishError {
        let (path, journal) = (path.to_owned(), journal.to_owned());
        match self {
            Self::Io(source) => FinishError::Write { path, journal, source },
            Self::Trace(error) => FinishError::Trace { path, journal, error: Box::new(error) },
        }
    }
}

/// Writes beside the target, which appears whole or not at all.
fn write(
    path: &Path,
    workload: &Workload,
    steps: &[Step],
    rows: &[TraceRow],
) -> Result<String, Problem> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.tmp", std::process::id()));
    let draft = path.with_file_name(name);
    let written = write_draft(&draft, workload, steps, rows)
        .and_then(|digest| fs::rename(&draft, path).map(|()| digest).map_err(Problem::Io));
    if written.is_err() {
        // Nothing better can be done about a file that cannot be removed.
        let _ = fs::remove_file(&draft);
    }
    written
}

fn write_draft(
    path: &Path,
    workload: &Workload,
    steps: &[Step],
    rows: &[TraceRow],
) -> Result<String, Problem> {
    let file = File::create_new(path).map_err(Problem::Io)?;
    let out = BufWriter::with_capacity(1 << 20, file);
    // Nothing was drawn, so there is no seed.
    let mut writer =
        TraceWriter::create_derived(out, workload, Seed(0), steps).map_err(Problem::Trace)?;
    writer.push(rows).map_err(Problem::Trace)?;
    let written = writer.finish().map_err(Problem::Trace)?;
    let file = written.out.into_inner().map_err(io::IntoInnerError::into_error);
    file.and_then(|file| file.sync_all()).map_err(Problem::Io)?;
    Ok(written.digest)
}

//! Writing a table, in the format that its name asks for.
//!
//! The same rows and the same run give the same bytes, on any machine.

mod arrow;
pub(crate) mod batch;
mod csv;
mod parquet;

use std::path::Path;

use batch::CHUNK_ROWS;

use crate::draft::Draft;
use crate::info::{Pair, known_at_end, known_at_start};
use crate::promises::Promises;
use crate::{Format, Outcome, OutcomeError, Place, RunInfo};

/// Writes one table, row by row.
///
/// The file gets its name only in [`finish`](Self::finish), when all of it is on the disk; until
/// then the bytes lie beside it in `NAME.partial`, and a writer that is dropped unfinished removes
/// them. What a run that may be killed should leave is written by a [`Journal`](crate::Journal).
///
/// ```
/// use outcome::{OutcomeReader, OutcomeWriter, RunInfo};
///
/// # let folder = tempfile::tempdir()?;
/// let path = folder.path().join("run.arrow");
/// let mut info = RunInfo { subject: "edf".into(), ..RunInfo::default() };
/// let writer = OutcomeWriter::create(&path, &info)?;
/// // Here the run happens, and each request is pushed as it ends.
/// info.cut_short = true;
/// writer.finish(&info)?;
/// assert!(OutcomeReader::open(&path)?.info().cut_short);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct OutcomeWriter {
    draft: Draft,
    sink: Box<dyn Sink>,
    start: Vec<Pair>,
    promises: Promises,
    pending: Vec<Outcome>,
    /// How many rows were given to it, and how many of them broke a promise.
    offered: u64,
    refused: u64,
    /// Whether rows are lost that were taken.
    broken: bool,
}

/// Where batches of rows go: one for each format.
trait Sink: Send {
    /// Takes [`CHUNK_ROWS`] rows, or fewer if they are the last. It is not called again after an
    /// error.
    fn write(&mut self, rows: &[Outcome]) -> Result<(), OutcomeError>;

    /// Writes what stands at the end, and flushes.
    fn finish(self: Box<Self>, start: &[Pair], end: &[Pair]) -> Result<(), OutcomeError>;
}

impl OutcomeWriter {
    /// Starts a table at `path`; the extension says the format. Success means that the place can
    /// be written, so call it before the run and not after.
    ///
    /// # Errors
    /// Where the extension is none of `.arrow`, `.parquet` and `.csv`, the place cannot be
    /// written, or `info` lists more SLO classes or models than the columns can number.
    pub fn create(path: impl AsRef<Path>, info: &RunInfo) -> Result<Self, OutcomeError> {
        let path = path.as_ref();
        let format = Format::of(path)?;
        check_lists(path, info)?;
        let start = known_at_start(info);
        let (draft, file) = Draft::create(path)?;
        let sink: Box<dyn Sink> = match format {
            Format::Arrow => Box::new(arrow::ArrowSink::new(path, file, info, &start)?),
            Format::Parquet => Box::new(parquet::ParquetSink::new(path, file, info)?),
            Format::Csv => Box::new(csv::CsvSink::new(path, file, info)?),
        };
        let promises = Promises::new(info);
        Ok(Self {
            draft,
            sink,
            start,
            promises,
            pending: Vec::with_capacity(CHUNK_ROWS),
            offered: 0,
            refused: 0,
            broken: false,
        })
    }

    /// Adds one row. Rows may come in any order; a file keeps theirs.
    ///
    /// # Errors
    /// Where the row breaks a promise of the format, as a reader would say too; the table goes on
    /// without it. Where the disk is full; the table is lost then.
    pub fn push(&mut self, outcome: &Outcome) -> Result<(), OutcomeError> {
        self.offered += 1;
        if let Err(flaw) = self.promises.check(outcome) {
            self.refused += 1;
            return Err(OutcomeError::Row {
                path: self.draft.path().into(),
                place: Place::Row(self.offered),
                column: flaw.column.into(),
                problem: flaw.problem,
            });
        }
        self.pending.push(*outcome);
        if self.pending.len() == CHUNK_ROWS { self.write_pending() } else { Ok(()) }
    }

    /// Completes the file. `info` is the run as it stands at the end: what was fixed at the start
    /// must still be the same. Of several runs, [`RunInfo::of_runs`] makes it.
    ///
    /// # Errors
    /// Where tool, producer, trace, subject, SLO classes or models changed since
    /// [`create`](Self::create), or the disk is or was full.
    pub fn finish(mut self, info: &RunInfo) -> Result<(), OutcomeError> {
        let start = known_at_start(info);
        if let Some((before, _)) = self.start.iter().zip(&start).find(|(was, is)| was != is) {
            return Err(OutcomeError::Metadata {
                path: self.draft.path().into(),
                key: before.0.into(),
                problem: "changed during the run, although it is fixed at the start".into(),
            });
        }
        self.write_pending()?;
        let end = known_at_end(info, self.offered - self.refused);
        self.sink.finish(&start, &end)?;
        self.draft.publish()
    }

    fn write_pending(&mut self) -> Result<(), OutcomeError> {
        if self.broken {
            let problem = "rows before these could not be written";
            return Err(OutcomeError::encode(self.draft.path())(problem));
        }
        if self.pending.is_empty() {
            return Ok(());
        }
        let written = self.sink.write(&self.pending);
        self.pending.clear();
        self.broken = written.is_err();
        written
    }
}

/// Names must be distinct, because a file stores the name and not the position, and few enough
/// for 16-bit positions.
pub(crate) fn check_lists(path: &Path, info: &RunInfo) -> Result<(), OutcomeError> {
    for (key, names) in [("reprise.slos", &info.slos), ("reprise.models", &info.models)] {
        let wrong =
            |problem| OutcomeError::Metadata { path: path.into(), key: key.into(), problem };
        let limit = i16::MAX.unsigned_abs();
        if names.len() > usize::from(limit) {
            return Err(wrong(format!("{} names are more than {limit}", names.len())));
        }
        let mut sorted: Vec<_> = names.iter().collect();
        sorted.sort();
        if let Some(twice) = sorted.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(wrong(format!("`{}` is listed twice", twice[0])));
        }
    }
    Ok(())
}

impl std::fmt::Debug for OutcomeWriter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OutcomeWriter")
            .field("draft", &self.draft)
            .field("rows", &(self.offered - self.refused))
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;

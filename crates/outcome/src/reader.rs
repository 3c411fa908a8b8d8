//! Reading a table back, whichever of the formats it has, and trusting nothing in it.

mod arrow;
mod csv;
mod decode;
mod journal;
mod layout;
mod parquet;

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};

use crate::format::is_journal;
use crate::info::from_pairs;
use crate::promises::Promises;
use crate::row::Flaw;
use crate::{Format, Outcome, OutcomeError, Place, RunInfo};

/// One table, open for reading.
///
/// Every row is checked as it is read: a table that another program wrote or a disk damaged gives
/// an error that names the place, never a wrong result and never a panic.
pub struct OutcomeReader {
    path: PathBuf,
    info: RunInfo,
    row_count: u64,
    source: Box<dyn Source>,
}

/// A row and where it stands in the file.
type Placed = (Place, Outcome);

/// Where batches of rows come from: one for each format.
trait Source: Send {
    /// Goes back to the first row.
    fn restart(&mut self) -> Result<(), OutcomeError>;

    /// The next rows; `None` after the last.
    fn next_batch(&mut self, info: &RunInfo) -> Result<Option<Batch>, OutcomeError>;
}

/// Some rows of a table, at most as many as [`BATCH_ROWS`](crate::schema::BATCH_ROWS) of ours.
type Batch = Box<dyn Iterator<Item = Result<Placed, OutcomeError>> + Send>;

/// What a format knows once its file is open: its rows to come, and its metadata.
type Opened = (Box<dyn Source>, BTreeMap<String, String>);

impl OutcomeReader {
    /// Opens the table at `path`; the extension says the format.
    ///
    /// A file that ends in `.journal` is read as a [`Journal`](crate::Journal): it holds the rows
    /// up to the last whole batch, and its verdict is that the run did not end.
    ///
    /// # Errors
    /// Where the file cannot be read, is not an outcome table of this version, or is damaged.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, OutcomeError> {
        let path = path.as_ref();
        let format = if is_journal(path) { None } else { Some(Format::of(path)?) };
        let file = File::open(path).map_err(OutcomeError::io("read", path))?;
        let metadata = file.metadata().map_err(OutcomeError::io("read", path))?;
        if metadata.is_dir() {
            let folder = std::io::Error::from(std::io::ErrorKind::IsADirectory);
            return Err(OutcomeError::io("read", path)(folder));
        }
        if metadata.len() == 0 {
            return Err(OutcomeError::not_a_table(path, "the file is empty"));
        }
        let (source, pairs) = match format {
            None => journal::open(path, file, metadata.len())?,
            Some(Format::Arrow) => arrow::open(path, file, metadata.len())?,
            Some(Format::Parquet) => parquet::open(path, file)?,
            Some(Format::Csv) => csv::open(path, file)?,
        };
        let (info, row_count) = from_pairs(path, &pairs)?;
        Ok(Self { path: path.into(), info, row_count, source })
    }

    /// The run that the table tells of.
    #[must_use]
    pub fn info(&self) -> &RunInfo {
        &self.info
    }

    /// How many rows the table has by its metadata; [`rows`](Self::rows) checks it.
    #[must_use]
    pub fn row_count(&self) -> u64 {
        self.row_count
    }

    /// The rows in the order of the file, from the first.
    ///
    /// Ends after the first error. Memory is bounded by one batch of 65,536 rows.
    pub fn rows(&mut self) -> Rows<'_> {
        let failed = self.source.restart().err();
        let promises = Promises::new(&self.info);
        Rows {
            reader: self,
            batch: Box::new(std::iter::empty()),
            promises,
            count: 0,
            failed,
            ended: false,
        }
    }
}

impl std::fmt::Debug for OutcomeReader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OutcomeReader").field("path", &self.path).finish_non_exhaustive()
    }
}

/// The rows of a table, checked.
pub struct Rows<'a> {
    reader: &'a mut OutcomeReader,
    batch: Batch,
    promises: Promises,
    count: u64,
    failed: Option<OutcomeError>,
    ended: bool,
}

impl Rows<'_> {
    fn advance(&mut self) -> Result<Option<Outcome>, OutcomeError> {
        if let Some(error) = self.failed.take() {
            return Err(error);
        }
        loop {
            if let Some(next) = self.batch.next() {
                let (place, row) = next?;
                self.count += 1;
                self.promises.check(&row).map_err(|flaw| at(&self.reader.path, place, flaw))?;
                return Ok(Some(row));
            }
            match self.reader.source.next_batch(&self.reader.info)? {
                Some(batch) => self.batch = batch,
                None => return self.check_count().map(|()| None),
            }
        }
    }

    fn check_count(&self) -> Result<(), OutcomeError> {
        let (count, promised) = (self.count, self.reader.row_count);
        if count == promised {
            return Ok(());
        }
        let problem = format!("it holds {count} rows, and its metadata says {promised}");
        Err(OutcomeError::not_a_table(&self.reader.path, problem))
    }
}

impl Iterator for Rows<'_> {
    type Item = Result<Outcome, OutcomeError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let next = self.advance().transpose();
        self.ended = !matches!(next, Some(Ok(_)));
        next
    }
}

impl std::iter::FusedIterator for Rows<'_> {}

impl std::fmt::Debug for Rows<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Rows").field("reader", &self.reader).finish_non_exhaustive()
    }
}

/// The error of a broken promise at its place.
fn at(path: &Path, place: Place, flaw: Flaw) -> OutcomeError {
    OutcomeError::Row {
        path: path.into(),
        place,
        column: flaw.column.into(),
        problem: flaw.problem,
    }
}

#[cfg(test)]
mod tests;

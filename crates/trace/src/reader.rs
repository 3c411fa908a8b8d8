//! Reads a trace without copying it, where its format allows that.
//!
//! An Arrow file or stream is mapped into memory, and its columns are used where they lie. Nothing
//! in it is believed: opening checks the container ([`container`], [`stream`]), the schema and
//! every batch's place in the file ([`message`]); reading the rows checks what each row promises.
//! So a damaged or foreign file is an error that says where, never a panic.
//!
//! Parquet, text and what comes through a pipe are copied into a [`temporary`] Arrow file first.

mod container;
mod csv;
mod dictionary;
mod fields;
mod message;
mod open;
mod pages;
mod parquet;
mod salvage;
mod stream;
mod temporary;

use std::path::Path;

use crate::checks::RowChecks;
use crate::digest::TableDigest;
use crate::error::{Fault, TraceError};
use crate::header::Header;
use crate::ids::IdSet;
use crate::provenance::Source;
use crate::row::{Batch, TraceRow};
use crate::schema::column;
use open::{DigestState, Opened};
use pages::Pages;

pub use salvage::Salvage;

/// An open trace.
#[derive(Debug)]
pub struct TraceReader {
    file: String,
    file_size: u64,
    header: Header,
    batches: Vec<Batch>,
    pages: Pages,
    /// Whether the header's digest was computed from the rows while opening.
    verified: bool,
}

impl TraceReader {
    /// Opens a trace in any format, and checks all but its rows; of a stream, Parquet or text also
    /// the rows. `-` is what comes through standard input, which must be an Arrow stream or file
    /// or Parquet, as what comes through any other pipe.
    ///
    /// The file must not be changed or truncated while the reader lives, since its pages are read
    /// when they are needed.
    ///
    /// # Errors
    /// Where the file cannot be read, is damaged, or is not a trace of this version.
    pub fn open(path: &Path) -> Result<Self, TraceError> {
        Self::new(path.display().to_string(), open::open(path))
    }

    /// Reads a trace that is already in memory, in any format but text. `name` stands for it in
    /// errors.
    ///
    /// # Errors
    /// As [`TraceReader::open`].
    pub fn from_bytes(name: &str, bytes: &[u8]) -> Result<Self, TraceError> {
        Self::new(name.to_owned(), open::open_bytes(bytes))
    }

    fn new(file: String, opened: Result<Opened, Fault>) -> Result<Self, TraceError> {
        let opened = opened.map_err(|fault| fault.within(file.as_str()))?;
        let Opened { header, batches, pages, file_size, digest } = opened;
        let verified = digest != DigestState::Claimed;
        let mut reader = Self { file, file_size, header, batches, pages, verified };
        if digest == DigestState::Unknown {
            reader.header.digest = reader.digest_of_rows()?;
        }
        Ok(reader)
    }

    /// What the file says about itself.
    #[must_use]
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// Path of the file, or what stands for it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.file
    }

    /// How the provenance of a trace made from this one refers to it.
    #[must_use]
    pub fn source(&self) -> Source {
        let name = Path::new(&self.file).file_name();
        Source {
            name: name.map_or_else(|| self.file.clone(), |name| name.display().to_string()),
            sha256: None,
            digest: Some(self.header.digest.clone()),
            rows: Some(self.header.rows),
        }
    }

    /// Size of the file in bytes.
    #[must_use]
    pub fn file_size(&self) -> u64 {
        self.file_size
    }

    /// The rows as columns, checked batch by batch. An error ends the iteration.
    pub fn batches(&self) -> impl Iterator<Item = Result<Batch, TraceError>> + '_ {
        let mut checks = RowChecks::new(self.header.slos.len(), self.header.models.len());
        let mut sound = true;
        let mut done: Option<&Batch> = None;
        self.batches.iter().map_while(move |batch| {
            if let Some(done) = done.replace(batch) {
                self.pages.release(done);
            }
            let checked = sound.then(|| self.check_batch(&mut checks, batch))?;
            sound = checked.is_ok();
            Some(checked.map(|()| batch.clone()).map_err(|fault| fault.within(self.file.as_str())))
        })
    }

    /// The rows, each checked. An error ends the iteration.
    pub fn rows(&self) -> impl Iterator<Item = Result<TraceRow, TraceError>> + '_ {
        self.batches().flat_map(|batch| match batch {
            Ok(batch) => Rows { batch: Some(batch), index: 0, error: None },
            Err(error) => Rows { batch: None, index: 0, error: Some(error) },
        })
    }

    /// Reads all rows, and checks that they are those that were written.
    ///
    /// # Errors
    /// Where a row breaks a promise of the format, or the digest of the rows is not the header's.
    pub fn verify_digest(&self) -> Result<(), TraceError> {
        if self.verified {
            return Ok(());
        }
        let found = self.digest_of_rows()?;
        if found == self.header.digest {
            return Ok(());
        }
        let expected = self.header.digest.clone();
        Err(Fault::Digest { found, expected }.within(self.file.as_str()))
    }

    fn digest_of_rows(&self) -> Result<String, TraceError> {
        let mut digest = TableDigest::new(&self.header.slos, &self.header.models);
        for batch in self.batches() {
            digest.update(&batch?);
        }
        Ok(digest.finish())
    }

    fn check_batch(&self, checks: &mut RowChecks, batch: &Batch) -> Result<(), Fault> {
        let ids_increased = checks.ids_increase();
        checks.check(batch)?;
        if ids_increased && !checks.ids_increase() {
            self.check_ids_unique()?;
        }
        Ok(())
    }

    /// The slow way, for ids that do not count up: remembers them all, once.
    fn check_ids_unique(&self) -> Result<(), Fault> {
        let ids = || (0_u64..).zip(self.batches.iter().flat_map(|batch| batch.request_ids()));
        let mut seen = IdSet::default();
        let Some((row, id)) = ids().find(|&(_, &id)| !seen.insert(id)) else {
            return Ok(());
        };
        let (first, _) = ids().find(|&(_, other)| other == id).expect("it has been seen before");
        let problem = format!("{id} is also the id of row {first}; ids must be unique");
        Err(Fault::Row { row, column: column::REQUEST_ID, problem })
    }
}

/// Rows of one batch, or the error that stands in its place.
struct Rows {
    batch: Option<Batch>,
    index: usize,
    error: Option<TraceError>,
}

impl Iterator for Rows {
    type Item = Result<TraceRow, TraceError>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(error) = self.error.take() {
            return Some(Err(error));
        }
        let batch = self.batch.as_ref().filter(|batch| self.index < batch.len())?;
        self.index += 1;
        Some(Ok(batch.row(self.index - 1)))
    }
}

#[cfg(test)]
mod tests;

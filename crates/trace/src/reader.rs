//! Reads a trace file without copying it.
//!
//! The file is mapped into memory, and its columns are used where they lie. Nothing in it is
//! believed: opening checks the container ([`container`]), the schema and every batch's place in
//! the file ([`message`]); reading the rows checks what each row promises. So a damaged or foreign
//! file is an error that says where, never a panic.

mod container;
mod dictionary;
mod message;

use std::fs::{self, File};
use std::path::Path;

use arrow_buffer::Buffer;
use bytes::Bytes;

use crate::checks::RowChecks;
use crate::digest::TableDigest;
use crate::error::{Fault, TraceError};
use crate::header::{self, Header};
use crate::row::{Batch, TraceRow};
use crate::schema::column;

/// An open trace file.
#[derive(Debug)]
pub struct TraceReader {
    file: String,
    file_size: u64,
    header: Header,
    batches: Vec<Batch>,
}

impl TraceReader {
    /// Opens a trace file, and checks all but its rows.
    ///
    /// The file must not be changed or truncated while the reader lives, since its pages are read
    /// when they are needed.
    ///
    /// # Errors
    /// Where the file cannot be read, is damaged, or is not a trace of this version.
    pub fn open(path: &Path) -> Result<Self, TraceError> {
        let file = path.display().to_string();
        let opened = map(path).and_then(|buffer| open(&buffer));
        let (header, batches, file_size) = opened.map_err(|fault| fault.within(file.as_str()))?;
        Ok(Self { file, file_size, header, batches })
    }

    /// Reads a trace file that is already in memory. `name` stands for it in errors.
    ///
    /// # Errors
    /// As [`TraceReader::open`].
    pub fn from_bytes(name: &str, bytes: &[u8]) -> Result<Self, TraceError> {
        let opened = open(&Buffer::from(bytes));
        let (header, batches, file_size) = opened.map_err(|fault| fault.within(name))?;
        Ok(Self { file: name.to_owned(), file_size, header, batches })
    }

    /// What the file says about itself.
    #[must_use]
    pub fn header(&self) -> &Header {
        &self.header
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
        self.batches.iter().map_while(move |batch| {
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
        let mut digest = TableDigest::new(&self.header.slos, &self.header.models);
        for batch in self.batches() {
            digest.update(&batch?);
        }
        let found = digest.finish();
        if found == self.header.digest {
            return Ok(());
        }
        let expected = self.header.digest.clone();
        Err(Fault::Digest { found, expected }.within(self.file.as_str()))
    }

    fn check_batch(&self, checks: &mut RowChecks, batch: &Batch) -> Result<(), Fault> {
        let ids_increased = checks.ids_increase();
        checks.check(batch)?;
        if ids_increased && !checks.ids_increase() {
            self.check_ids_unique()?;
        }
        Ok(())
    }

    /// The slow way, for ids that do not count up: sorts them all, once.
    fn check_ids_unique(&self) -> Result<(), Fault> {
        let mut ids: Vec<i64> =
            self.batches.iter().flat_map(|batch| batch.request_ids()).copied().collect();
        ids.sort_unstable();
        let Some(pair) = ids.windows(2).find(|pair| pair[0] == pair[1]) else {
            return Ok(());
        };
        let all = self.batches.iter().flat_map(|batch| batch.request_ids());
        let mut rows = (0_u64..).zip(all).filter(|&(_, id)| *id == pair[0]).map(|(row, _)| row);
        let first = rows.next().expect("an id found twice is there");
        let row = rows.next().expect("an id found twice is there twice");
        let problem = format!("{} is also the id of row {first}; ids must be unique", pair[0]);
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

/// Maps a file into memory.
fn map(path: &Path) -> Result<Buffer, Fault> {
    // Opening a pipe would wait for a writer, so look before.
    let kind = fs::metadata(path).map_err(Fault::io("open"))?;
    if !kind.is_file() {
        return Err(Fault::foreign("not a regular file; a trace cannot be read from a pipe"));
    }
    if kind.len() == 0 {
        return Err(Fault::damaged("the file is empty"));
    }
    let file = File::open(path).map_err(Fault::io("open"))?;
    #[expect(unsafe_code, reason = "a file can be mapped in no other way")]
    // SAFETY: the map is only read. That nobody truncates the file meanwhile is asked of the
    // caller, in the documentation of `open`.
    let mapped = unsafe { memmap2::Mmap::map(&file) }.map_err(Fault::io("map"))?;
    Ok(Buffer::from(Bytes::from_owner(mapped)))
}

/// Checks all but the rows.
fn open(buffer: &Buffer) -> Result<(Header, Vec<Batch>, u64), Fault> {
    let container = container::Container::parse(buffer)?;
    header::check_format(&container.metadata)?;
    let dictionary_ids = container.dictionary_ids()?;
    let (slos, models) = dictionary::read(&container, dictionary_ids)?;
    let header = Header::parse(&container.metadata, slos, models)?;
    let batches =
        container.batches.iter().map(message::read_batch).collect::<Result<Vec<_>, _>>()?;
    let rows: u64 = batches.iter().map(|batch| batch.len() as u64).sum();
    if rows != header.rows {
        let problem = format!("it holds {rows} rows, but its footer says {}", header.rows);
        return Err(Fault::damaged(problem));
    }
    Ok((header, batches, buffer.len() as u64))
}

#[cfg(test)]
mod tests;

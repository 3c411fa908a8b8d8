//! What is left of a stream or an Arrow file that breaks off, as after a crash or a full disk.
//!
//! Batches are kept as long as they are whole and their rows keep the promises of the format: a
//! disk may have written the place of a batch without its bytes.

use std::path::Path;

use arrow_buffer::Buffer;

use super::TraceReader;
use super::message;
use super::open::{Labels, Opened, regular};
use super::pages::{Pages, map};
use super::stream::Stream;
use crate::checks::RowChecks;
use crate::error::{Fault, TraceError};
use crate::ids::IdSet;
use crate::row::Batch;
use crate::schema::column;

/// What was found, and what was left aside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Salvage {
    /// Rows that were kept.
    pub rows: u64,
    /// Bytes of the file.
    pub bytes: u64,
    /// Batches that were there and yet not kept.
    pub batches_lost: usize,
    /// Why the rest was left aside; `None` where the file is whole.
    pub problem: Option<String>,
}

impl TraceReader {
    /// Opens what is left of an Arrow stream or file whose end is missing.
    ///
    /// # Errors
    /// Where not even the schema and the lists of names are whole.
    pub fn salvage(path: &Path) -> Result<(Self, Salvage), TraceError> {
        let file = path.display().to_string();
        let found = regular(path).and_then(|file| salvage(map(&file)?));
        let (opened, salvage) = found.map_err(|fault| fault.within(file.as_str()))?;
        Ok((Self::new(file, Ok(opened))?, salvage))
    }

    /// As [`TraceReader::salvage`], of bytes in memory.
    ///
    /// # Errors
    /// As [`TraceReader::salvage`].
    pub fn salvage_bytes(name: &str, bytes: &[u8]) -> Result<(Self, Salvage), TraceError> {
        let found = salvage((bytes.into(), Pages::default())).map_err(|fault| fault.within(name));
        let (opened, salvage) = found?;
        Ok((Self::new(name.to_owned(), Ok(opened))?, salvage))
    }
}

fn salvage((buffer, pages): (Buffer, Pages)) -> Result<(Opened, Salvage), Fault> {
    let Stream { container, broken, .. } = Stream::walk(&buffer)?;
    let labels = Labels::of(&container)?;
    let mut sound = Sound::new(&labels);
    let mut problem = broken;
    let mut batches = Vec::new();
    for block in &container.batches {
        let batch =
            message::read_batch(block).and_then(|batch| sound.check(&batch).map(|()| batch));
        match batch {
            Ok(batch) => batches.push(batch),
            Err(fault) => {
                problem = Some(fault);
                break;
            }
        }
    }
    let salvage = Salvage {
        rows: sound.checks.rows(),
        bytes: buffer.len() as u64,
        batches_lost: container.batches.len() - batches.len(),
        problem: problem.map(|fault| match fault {
            Fault::CutShort { problem } => problem,
            other => other.to_string(),
        }),
    };
    let opened = labels.counted(&container, batches, pages, buffer.len() as u64)?;
    Ok((opened, salvage))
}

/// Checks batches, and the ids of all of them.
struct Sound {
    checks: RowChecks,
    ids: IdSet,
}

impl Sound {
    fn new(labels: &Labels) -> Self {
        let (slos_len, models_len) = labels.lens();
        Self { checks: RowChecks::new(slos_len, models_len), ids: IdSet::default() }
    }

    fn check(&mut self, batch: &Batch) -> Result<(), Fault> {
        let first_row = self.checks.rows();
        self.checks.check(batch)?;
        match self.ids.insert_all(batch.request_ids()) {
            None => Ok(()),
            Some(index) => Err(Fault::Row {
                row: first_row + index as u64,
                column: column::REQUEST_ID,
                problem: "is the id of an earlier row too".to_owned(),
            }),
        }
    }
}

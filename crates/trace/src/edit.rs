//! Traces made of other traces: converted, cut, merged, scaled; and compared.
//!
//! Each edit reads traces, and gives a [`Derived`]: the header of the new trace and its rows, made
//! while they are written, so that memory does not grow with them. What was done stands in the
//! header's provenance.

mod cut;
mod diff;
mod merge;
mod scale;
mod workload;

use std::io::Write;

use crate::error::{Fault, TraceError};
use crate::format::Format;
use crate::header::Header;
use crate::reader::TraceReader;
use crate::row::TraceRow;
use crate::writer::{TraceWriter, Written};

pub use cut::Cut;
pub use diff::{ClassDifference, Difference, FieldDifference, RowDifference, Side, difference};
pub use merge::merge;
pub use scale::scale;

/// Rows between two reports of progress.
const PUSH_ROWS: usize = 8_192;

/// Why a trace could not be made of others.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EditError {
    /// What was asked for does not fit the traces.
    #[error("{0}")]
    Refused(String),
    /// A source could not be read.
    #[error(transparent)]
    Read(TraceError),
    /// The new trace could not be written.
    #[error(transparent)]
    Write(TraceError),
}

/// Rows on their way out of their sources.
type Rows<'a> = Box<dyn Iterator<Item = Result<TraceRow, TraceError>> + 'a>;

/// A trace that is made while it is written.
pub struct Derived<'a> {
    header: Header,
    rows: Rows<'a>,
    /// At most this many.
    rows_max: u64,
    /// The trace whose digest the rows must have.
    same_as: Option<&'a TraceReader>,
}

/// The same trace, to be written in another format.
#[must_use]
pub fn convert(trace: &TraceReader) -> Derived<'_> {
    Derived {
        header: trace.header().clone(),
        rows: Box::new(trace.rows()),
        rows_max: trace.header().rows,
        same_as: Some(trace),
    }
}

impl Derived<'_> {
    /// What the new trace will say about itself; its number of rows and its digest are not known.
    #[must_use]
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// Makes the rows and writes them. `progress` is told (rows so far, rows at most).
    ///
    /// # Errors
    /// Where a source is damaged, or `out` fails.
    pub fn write_as<W: Write + Send>(
        self,
        format: Format,
        out: W,
        mut progress: impl FnMut(u64, u64),
    ) -> Result<Written<W>, EditError> {
        let mut writer =
            TraceWriter::create_as(format, out, &self.header).map_err(EditError::Write)?;
        let mut pending = Vec::with_capacity(PUSH_ROWS);
        let mut count = 0;
        for row in self.rows {
            pending.push(row.map_err(EditError::Read)?);
            if pending.len() == PUSH_ROWS {
                writer.push(&pending).map_err(EditError::Write)?;
                count += pending.len() as u64;
                progress(count, self.rows_max);
                pending.clear();
            }
        }
        writer.push(&pending).map_err(EditError::Write)?;
        let written = writer.finish().map_err(EditError::Write)?;
        match self.same_as {
            Some(source) if source.header().digest != written.digest => {
                let (found, expected) = (written.digest, source.header().digest.clone());
                Err(EditError::Read(Fault::Digest { found, expected }.within(source.name())))
            }
            _ => Ok(written),
        }
    }
}

impl std::fmt::Debug for Derived<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Derived").field("header", &self.header).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;

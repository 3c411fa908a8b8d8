//! Copies of what cannot be used where it lies: a pipe, Parquet, text.
//!
//! They lie in the folder for temporary files (`TMPDIR`), without a name, so that nothing of them
//! is left however the program ends. Memory is bounded by a few batches, whatever the input holds.

use std::fs::File;
use std::io::{self, BufWriter, Read, Seek as _, Write as _};

use arrow_buffer::Buffer;

use super::pages::{Pages, map};
use crate::error::Fault;
use crate::format::Format;
use crate::header::{Content, Header};
use crate::row::Batch;
use crate::writer::{TraceWriter, Written};

/// Bytes for each call of the operating system.
const BUFFER_SIZE: usize = 1 << 20;

/// Copies all that comes out of a pipe, of which `start` has been read.
pub(super) fn copy(start: &[u8], mut pipe: impl Read) -> Result<File, Fault> {
    let mut file = create()?;
    file.write_all(start).map_err(full)?;
    // Reading and writing fail for different reasons, which `io::copy` would mix up.
    let mut buffer = vec![0; BUFFER_SIZE];
    loop {
        match pipe.read(&mut buffer) {
            Ok(0) => break,
            Ok(len) => file.write_all(&buffer[..len]).map_err(full)?,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(Fault::io("read")(error)),
        }
    }
    file.rewind().map_err(full)?;
    Ok(file)
}

/// Writes the batches that `next` gives as an Arrow file, checking rows on the way, and compares
/// them with what the header claims.
pub(super) fn convert(
    header: &Header,
    mut next: impl FnMut() -> Result<Option<Batch>, Fault>,
) -> Result<(Buffer, Pages), Fault> {
    let file = BufWriter::with_capacity(BUFFER_SIZE, create()?);
    let mut writer =
        TraceWriter::create_as(Format::Arrow, file, header).map_err(|error| error.fault)?;
    while let Some(batch) = next()? {
        writer.push_batch(&batch).map_err(|error| of_copy(error.fault))?;
    }
    let written = writer.finish().map_err(|error| of_copy(error.fault))?;
    let Written { out, rows, digest, .. } = written;
    check_content(&Content { rows, digest }, header)?;
    map(&out.into_inner().map_err(|error| full(error.into_error()))?)
}

/// Compares what is there with what is claimed.
fn check_content(found: &Content, header: &Header) -> Result<(), Fault> {
    if found.rows != header.rows {
        let (rows, claimed) = (found.rows, header.rows);
        return Err(Fault::damaged(format!(
            "it holds {rows} rows, but its metadata says {claimed}"
        )));
    }
    if found.digest != header.digest {
        let (found, expected) = (found.digest.clone(), header.digest.clone());
        return Err(Fault::Digest { found, expected });
    }
    Ok(())
}

fn create() -> Result<File, Fault> {
    tempfile::tempfile().map_err(full)
}

fn full(source: io::Error) -> Fault {
    Fault::Io { action: "write a temporary copy, for which TMPDIR says the place", source }
}

/// A row may be at fault, or the place for the copy.
fn of_copy(fault: Fault) -> Fault {
    match fault {
        Fault::Io { source, .. } => full(source),
        other => other,
    }
}

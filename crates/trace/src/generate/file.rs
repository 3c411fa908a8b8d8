//! Draws a trace and writes it, both at once.

use std::io::Write;
use std::sync::Arc;

use request::Seed;

use super::{GenerateError, generate};
use crate::error::TraceError;
use crate::format::Format;
use crate::header::Header;
use crate::workload::Workload;
use crate::writer::{TraceWriter, Written};

/// Why a trace could not be generated into a file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GenerateToError {
    /// It could not be drawn.
    #[error(transparent)]
    Generate(#[from] GenerateError),
    /// It could not be written.
    #[error(transparent)]
    Write(#[from] TraceError),
}

/// Draws the requests of a workload and writes them to `out` as a trace file, which holds the same
/// bytes for any number of threads.
///
/// `progress` is told (rows so far, rows expected) after each batch.
///
/// # Errors
/// Where the workload is not valid, threads cannot be started, or `out` fails.
pub fn generate_to<W: Write + Send>(
    out: W,
    workload: &Workload,
    seed: Seed,
    threads: usize,
    progress: impl FnMut(u64, u64),
) -> Result<Written<W>, GenerateToError> {
    generate_as(Format::Arrow, out, workload, seed, threads, progress)
}

/// As [`generate_to`], in any format.
///
/// # Errors
/// As [`generate_to`].
pub fn generate_as<W: Write + Send>(
    format: Format,
    out: W,
    workload: &Workload,
    seed: Seed,
    threads: usize,
    mut progress: impl FnMut(u64, u64),
) -> Result<Written<W>, GenerateToError> {
    let mut generator = generate(workload, seed, threads)?;
    let pool = Arc::clone(&generator.pool);
    let expected = generator.rows_expected();
    let mut writer = TraceWriter::create_as(format, out, &Header::new(workload, seed, &[]))?;
    let (mut pending, mut rows_written) = (generator.next(), 0);
    while let Some(rows) = pending {
        // The next batch is drawn while this one is hashed and written.
        let pushed;
        (pending, pushed) = pool.join(|| generator.next(), || writer.push(&rows));
        pushed?;
        rows_written += rows.len() as u64;
        progress(rows_written, expected);
    }
    Ok(writer.finish()?)
}

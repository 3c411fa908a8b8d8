//! Where a new trace goes: a file in any format, or standard output.

use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use anyhow::{Context as _, anyhow};
use trace::{Format, TraceError, Written, sidecar_path};

use super::output_file::OutputFile;

/// A few batches of the file for each call of the operating system.
const BUFFER_SIZE: usize = 1 << 20;

/// What stands for standard output.
const STDOUT: &str = "-";

/// A place for a trace, and the format that it gets there.
#[derive(Debug)]
pub(super) struct Destination {
    path: PathBuf,
    format: Format,
}

/// What a trace is written to.
pub(super) type Output = BufWriter<OutputFile>;

impl Destination {
    /// The format is the given one, or the one that the name says.
    pub(super) fn new(path: &Path, format: Option<Format>) -> anyhow::Result<Self> {
        let format = match format {
            Some(format) => format,
            None => Format::of(path).map_err(|error| anyhow!("{error}, or --format"))?,
        };
        Ok(Self { path: path.to_owned(), format })
    }

    pub(super) fn format(&self) -> Format {
        self.format
    }

    pub(super) fn is_stdout(&self) -> bool {
        self.path == Path::new(STDOUT)
    }

    /// How messages call it.
    pub(super) fn name(&self) -> String {
        match self.is_stdout() {
            true => "standard output".to_owned(),
            false => self.path.display().to_string(),
        }
    }

    /// Starts the file. Writing fails once `interrupted` is set.
    pub(super) fn start(&self, interrupted: &Arc<AtomicBool>) -> anyhow::Result<Output> {
        let file = match self.is_stdout() {
            true => OutputFile::stdout(interrupted)?,
            false => OutputFile::create(&self.path, interrupted)?,
        };
        Ok(BufWriter::with_capacity(BUFFER_SIZE, file))
    }

    /// Puts what was written in its place, with what must lie beside it.
    pub(super) fn commit(
        &self,
        written: Written<Output>,
        interrupted: &Arc<AtomicBool>,
    ) -> anyhow::Result<Written<()>> {
        let Written { out, rows, digest, sidecar } = written;
        let out = out.into_inner().map_err(io::IntoInnerError::into_error);
        let out = out.with_context(|| format!("{}: cannot write", self.name()))?;
        // Before the table, so that a finished table always has its metadata.
        match &sidecar {
            Some(text) if out.is_file() => self.write_sidecar(text, interrupted)?,
            Some(_) => {
                let name = self.name();
                eprintln!("trace: {name}: no place for the metadata of a CSV table, left out");
            }
            None => {}
        }
        out.commit().with_context(|| format!("{}: cannot write", self.name()))?;
        Ok(Written { out: (), rows, digest, sidecar })
    }

    fn write_sidecar(&self, text: &str, interrupted: &Arc<AtomicBool>) -> anyhow::Result<()> {
        let path = sidecar_path(&self.path);
        let mut file = OutputFile::create(&path, interrupted)?;
        let write = file.write_all(text.as_bytes()).and_then(|()| file.commit());
        write.with_context(|| format!("{}: cannot write", path.display()))
    }

    /// An error of the writer, which does not know what the file is called.
    pub(super) fn blame(&self, error: TraceError) -> TraceError {
        TraceError { file: self.name(), ..error }
    }
}

//! What the cluster saw and decided, in a file.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use cluster::log::LogLine;

use crate::ServeError;

/// Writes a line an event. The first error is kept until the end: the log is for those who look
/// afterwards, and no client should feel that it cannot be written.
#[derive(Debug)]
pub(crate) struct EventLog {
    path: PathBuf,
    file: BufWriter<File>,
    error: Option<io::Error>,
}

impl EventLog {
    pub(crate) fn create(path: &Path) -> Result<Self, ServeError> {
        let failed = |source| ServeError::EventLog { path: path.to_owned(), source };
        let file = BufWriter::new(File::create(path).map_err(failed)?);
        Ok(Self { path: path.to_owned(), file, error: None })
    }

    pub(crate) fn write(&mut self, line: LogLine<'_>) {
        if self.error.is_none() {
            self.error = writeln!(self.file, "{line}").err();
        }
    }

    /// Writes what is left.
    ///
    /// # Errors
    /// Where the log could not be written, now or earlier.
    pub(crate) fn end(mut self) -> Result<(), ServeError> {
        let result = self.error.map_or_else(|| self.file.flush(), Err);
        result.map_err(|source| ServeError::EventLog { path: self.path, source })
    }
}

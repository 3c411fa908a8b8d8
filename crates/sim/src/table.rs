//! Outcomes into a file, in the order of the trace.

use std::path::Path;

use outcome::{Outcome, OutcomeError, OutcomeWriter, RunInfo};

use crate::simulation::Recorder;
use crate::window::Window;

/// Writes an outcome table while the simulation goes on.
#[derive(Debug)]
pub struct TableRecorder {
    writer: OutcomeWriter,
    window: Window<Outcome>,
    error: Option<OutcomeError>,
}

impl TableRecorder {
    /// Starts a table at `path`.
    ///
    /// # Errors
    /// As [`OutcomeWriter::create`].
    pub fn create(path: &Path, info: &RunInfo) -> Result<Self, OutcomeError> {
        let writer = OutcomeWriter::create(path, info)?;
        Ok(Self { writer, window: Window::default(), error: None })
    }

    /// Completes the table.
    ///
    /// # Errors
    /// Where it could not be written, now or earlier.
    pub fn finish(self, info: &RunInfo) -> Result<(), OutcomeError> {
        match self.error {
            Some(error) => Err(error),
            None => self.writer.finish(info),
        }
    }
}

impl Recorder for TableRecorder {
    fn ended(&mut self, row: u64, outcome: &Outcome) {
        self.window.put(row, *outcome);
        while let Some(outcome) = self.window.next() {
            // The first error is kept: what follows it would only say the same.
            if self.error.is_none() {
                self.error = self.writer.push(&outcome).err();
            }
        }
    }
}

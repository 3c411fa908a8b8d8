//! What can be wrong with a source.

use std::fmt;
use std::io;

use crate::error::TraceError;
use crate::workload::WorkloadError;

/// A source that could not be imported: which one, where in it, and what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// The operating system refused.
    #[error("{file}: cannot {action}: {cause}")]
    Io {
        /// The source.
        file: String,
        /// What was tried.
        action: &'static str,
        /// Why it failed.
        #[source]
        cause: io::Error,
    },
    /// The source does not read, or does not say what is needed.
    #[error("{file}: {flaw}")]
    Source {
        /// The source.
        file: String,
        /// What is wrong with it.
        flaw: Flaw,
    },
    /// The workload that fills in what the source does not say is not valid.
    #[error(transparent)]
    Workload(#[from] WorkloadError),
    /// The trace could not be written.
    #[error(transparent)]
    Write(#[from] TraceError),
    /// Whoever watches the progress asked to stop.
    #[error("stopped")]
    Stopped,
}

/// What is wrong with a source, and where.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Flaw {
    /// Where; `None` where it is about the whole source.
    pub place: Option<Place>,
    /// Name of the column, where it is about one.
    pub column: Option<String>,
    /// What was found, and what would be right.
    pub problem: String,
    /// Not a flaw: the watcher asked to stop.
    pub(crate) stopped: bool,
}

/// Where a request stands in its source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Line of a text, from 1.
    Line(u64),
    /// Row of a table, from 1.
    Row(u64),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line(number) => write!(f, "line {number}"),
            Self::Row(number) => write!(f, "row {number}"),
        }
    }
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.place, &self.column) {
            (Some(place), Some(column)) => write!(f, "{place}, column {column}: ")?,
            (Some(place), None) => write!(f, "{place}: ")?,
            (None, Some(column)) => write!(f, "column {column}: ")?,
            (None, None) => {}
        }
        f.write_str(&self.problem)
    }
}

impl Flaw {
    /// About the whole source.
    pub(crate) fn new(problem: impl Into<String>) -> Self {
        Self { problem: problem.into(), ..Self::default() }
    }

    /// At a place.
    pub(crate) fn at(place: Place, problem: impl Into<String>) -> Self {
        Self { place: Some(place), ..Self::new(problem) }
    }

    /// In a column.
    pub(crate) fn within_column(self, column: &str) -> Self {
        Self { column: Some(column.to_owned()), ..self }
    }

    pub(crate) fn stopped() -> Self {
        Self { stopped: true, ..Self::new("stopped") }
    }

    /// Says which source this is about.
    pub(crate) fn within(self, file: &str) -> ImportError {
        match self.stopped {
            true => ImportError::Stopped,
            false => ImportError::Source { file: file.to_owned(), flaw: self },
        }
    }
}

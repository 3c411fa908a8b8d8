//! What can be wrong with a trace file.

use std::io;

use crate::workload::WorkloadError;

/// A trace that could not be read or written: which file, and what is wrong with it.
#[derive(Debug, thiserror::Error)]
#[error("{file}: {fault}")]
pub struct TraceError {
    /// Path of the file, or what stands for it.
    pub file: String,
    /// What is wrong.
    pub fault: Fault,
}

/// What is wrong with a trace.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// The operating system refused.
    #[error("cannot {action}: {source}")]
    Io {
        /// What was tried.
        action: &'static str,
        /// Why it failed.
        source: io::Error,
    },
    /// The bytes are not those of a whole Arrow file.
    #[error("not a readable trace: {problem}; make it again with `trace gen`, or copy it again")]
    Damaged {
        /// What was found where something else should be.
        problem: String,
    },
    /// A stream whose end is not there.
    #[error(
        "cut short: {problem}; `trace convert --salvage` keeps the whole batches that are there"
    )]
    CutShort {
        /// Where it breaks off.
        problem: String,
    },
    /// A sound file, but of something else or of another version.
    #[error("{problem}")]
    Foreign {
        /// What it is, and what to do.
        problem: String,
    },
    /// A column has the wrong name or type, or is missing.
    #[error("column {column}: {problem}")]
    Column {
        /// Name the column should have.
        column: &'static str,
        /// What is wrong with it.
        problem: String,
    },
    /// A value breaks a promise of the format.
    #[error("row {row}, column {column}: {problem}")]
    Row {
        /// Position of the row, from 0.
        row: u64,
        /// Name of the column.
        column: &'static str,
        /// What is wrong with the value.
        problem: String,
    },
    /// A value in a table of text is not what its column holds.
    #[error("line {line}, column {column}: {problem}")]
    Line {
        /// Line of the file, from 1.
        line: u64,
        /// Name of the column.
        column: &'static str,
        /// What is wrong with the text.
        problem: String,
    },
    /// The rows are not those that were written.
    #[error(
        "digest is {found}, but the metadata says {expected}: the rows were changed after they were \
         written; make the trace again"
    )]
    Digest {
        /// Digest of the rows as they are.
        found: String,
        /// Digest that the file's metadata holds.
        expected: String,
    },
    /// The workload to be written is not valid.
    #[error(transparent)]
    Workload(#[from] WorkloadError),
}

impl Fault {
    pub(crate) fn damaged(problem: impl Into<String>) -> Self {
        Self::Damaged { problem: problem.into() }
    }

    pub(crate) fn foreign(problem: impl Into<String>) -> Self {
        Self::Foreign { problem: problem.into() }
    }

    pub(crate) fn column(column: &'static str, problem: impl Into<String>) -> Self {
        Self::Column { column, problem: problem.into() }
    }

    pub(crate) fn io(action: &'static str) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { action, source }
    }

    /// Says which file this is about.
    pub(crate) fn within(self, file: impl Into<String>) -> TraceError {
        TraceError { file: file.into(), fault: self }
    }
}

//! What can be wrong with a table, said with the file, the place in it and what to do.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// Why a table could not be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OutcomeError {
    /// The operating system refused.
    #[error("cannot {action} {}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What was tried.
        action: &'static str,
        /// What the system said.
        source: io::Error,
    },
    /// The file's name does not say which format it has.
    #[error(
        "{}: cannot tell the format of the table from the name; end it in .arrow, .parquet or .csv",
        path.display()
    )]
    UnknownFormat {
        /// The file.
        path: PathBuf,
    },
    /// The file is something else, or damaged.
    #[error("{}: not a readable outcome table: {problem}", path.display())]
    NotATable {
        /// The file.
        path: PathBuf,
        /// What was found.
        problem: String,
    },
    /// The table's metadata is not as the format says.
    #[error("{}: metadata key {key}: {problem}", path.display())]
    Metadata {
        /// The file.
        path: PathBuf,
        /// The key, for example `reprise.version`.
        key: String,
        /// What is wrong with its value.
        problem: String,
    },
    /// A column is missing or has another type.
    #[error("{}: column {column}: {problem}", path.display())]
    Column {
        /// The file.
        path: PathBuf,
        /// The column.
        column: String,
        /// What is wrong with it.
        problem: String,
    },
    /// A row breaks a promise of the format.
    #[error("{}: {place}, column {column}: {problem}", path.display())]
    Row {
        /// The file.
        path: PathBuf,
        /// Where in the file.
        place: Place,
        /// The column.
        column: String,
        /// What is wrong there.
        problem: String,
    },
    /// The place of a journal is taken, and what is there would be lost.
    #[error("{}: {problem}; remove it, or choose another name for the table", path.display())]
    InTheWay {
        /// What is there.
        path: PathBuf,
        /// Why it is not overwritten.
        problem: String,
    },
    /// A library below could not write; a full disk, or a bug of ours.
    #[error("cannot write {}: {problem}", path.display())]
    Encode {
        /// The file.
        path: PathBuf,
        /// What the library said.
        problem: String,
    },
}

/// Where in a file, as its reader would count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Place {
    /// A row of data, counted from 1.
    Row(u64),
    /// A line of text, counted from 1; the header is line 1.
    Line(u64),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Row(row) => write!(f, "row {row}"),
            Self::Line(line) => write!(f, "line {line}"),
        }
    }
}

impl OutcomeError {
    /// Makes an [`OutcomeError::Io`] of what the system said.
    pub(crate) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { path: path.into(), action, source }
    }

    /// Makes an [`OutcomeError::NotATable`].
    pub(crate) fn not_a_table(path: &Path, problem: impl fmt::Display) -> Self {
        Self::NotATable { path: path.into(), problem: problem.to_string() }
    }

    /// Makes an [`OutcomeError::Encode`] of what a library said.
    pub(crate) fn encode<E: fmt::Display>(path: &Path) -> impl FnOnce(E) -> Self {
        move |error| Self::Encode { path: path.into(), problem: error.to_string() }
    }
}

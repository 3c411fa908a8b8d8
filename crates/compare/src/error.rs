//! Why two tables cannot be compared.

use std::path::{Path, PathBuf};

/// Why two tables cannot be compared.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CompareError {
    /// A table cannot be read.
    #[error(transparent)]
    Read(#[from] outcome::OutcomeError),
    /// A table has no rows.
    #[error("{}: the table is empty, so there is nothing to compare", path.display())]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// A table holds several runs.
    #[error("{}: the table holds runs {first} and {other}; give one run a side", path.display())]
    SeveralRuns {
        /// The file.
        path: PathBuf,
        /// Number of the run of the first row.
        first: i32,
        /// Number of another run.
        other: i32,
    },
    /// The tables are not of the same trace.
    #[error(
        "runs are not of the same trace: {problem}\n  A: {}\n  B: {}\n\
        only runs of one trace file at one rate can be compared",
        a.display(), b.display()
    )]
    DifferentTraces {
        /// The baseline's file.
        a: PathBuf,
        /// The candidate's file.
        b: PathBuf,
        /// The first difference.
        problem: String,
    },
    /// A run that should have been measured was simulated.
    #[error(
        "{}: the run was simulated, and only measured ones are set beside a simulation\n\
        name one simulated table first, then those of `replay`; two simulations are compared \
        without --agreement",
        path.display()
    )]
    Simulated {
        /// The file.
        path: PathBuf,
    },
    /// A run cannot be trusted.
    #[error(
        "{}: the run is invalid: {reasons}\nmeasure it again, or compare all the same with --force",
        path.display()
    )]
    InvalidRun {
        /// The file.
        path: PathBuf,
        /// What its timing verdict says.
        reasons: String,
    },
}

impl CompareError {
    /// Makes a [`CompareError::DifferentTraces`].
    pub(crate) fn different(a: &Path, b: &Path, problem: String) -> Self {
        Self::DifferentTraces { a: a.into(), b: b.into(), problem }
    }
}

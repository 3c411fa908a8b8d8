//! Why runs cannot be compared.

use std::path::{Path, PathBuf};

use request::Moment;

/// Why runs cannot be compared.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CompareError {
    /// A table cannot be read.
    #[error(transparent)]
    Read(#[from] outcome::OutcomeError),
    /// A table is there, but cannot be used.
    #[error("{}: {problem}", path.display())]
    Table {
        /// The file.
        path: PathBuf,
        /// What is wrong, and where.
        problem: String,
    },
    /// A table has no requests.
    #[error("{}: the table has no requests{}, so there is nothing to compare", path.display(), from_text(*from))]
    Empty {
        /// The file.
        path: PathBuf,
        /// Since when.
        from: Moment,
    },
    /// A table was named twice on one side.
    #[error(
        "{}: the table is named twice on one side; a run counts once, so name each once",
        path.display()
    )]
    Twice {
        /// The file.
        path: PathBuf,
    },
    /// No tables were given.
    #[error("there are no tables to compare; name a baseline and a candidate")]
    NoTables,
    /// A pattern stands for no files.
    #[error("`{pattern}`: {problem}")]
    Pattern {
        /// As it was typed.
        pattern: String,
        /// What is wrong with it.
        problem: String,
    },
    /// There are more classes than can be told apart.
    #[error("{}: {count} pairs of tier and SLO class; at most {max} can be compared", path.display())]
    Classes {
        /// The file.
        path: PathBuf,
        /// How many there are.
        count: usize,
        /// How many there may be.
        max: usize,
    },
    /// So many blocks cannot be.
    #[error(
        "{blocks} blocks: scheduled time is cut into {} to {} blocks; say how many with --blocks",
        crate::input::BLOCKS_MIN,
        crate::run::BLOCKS_MAX
    )]
    Blocks {
        /// How many were asked for.
        blocks: u32,
    },
    /// A table that should hold one run holds several.
    #[error("{}: the table holds runs {first} and {other}; an agreement takes tables of one run", path.display())]
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
        "runs are not of the same trace: {problem}\n  first: {}\n  other: {}\n\
        only runs of one trace file at one rate can be compared",
        first.display(), other.display()
    )]
    DifferentTraces {
        /// The file that all others are held against.
        first: PathBuf,
        /// The file that differs.
        other: PathBuf,
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
        "{run}: the run is invalid: {reasons}\n\
        measure it again, or compare all the same with --force"
    )]
    InvalidRun {
        /// The run.
        run: String,
        /// What its timing verdict says.
        reasons: String,
    },
    /// So many runs cannot be calibrated.
    #[error(
        "{runs} {}: a calibration takes 2 to {} runs of one version; ten are good, and fewer than \
        four say little",
        if *runs == 1 { "run" } else { "runs" },
        crate::calibration::RUNS_MAX
    )]
    RunsToCalibrate {
        /// How many there are.
        runs: usize,
    },
    /// The sides were not fired alike.
    #[error(
        "the sides were not fired alike: {problem}\n\
        measure them by turns on one machine (`replay --versus`), or compare all the same with \
        --force"
    )]
    Lags {
        /// By how much.
        problem: String,
    },
}

fn from_text(from: Moment) -> String {
    match from {
        Moment::ZERO => String::new(),
        from => format!(
            " that arrive from {} s on (--warmup drops those before)",
            from.as_nanos() as f64 / 1e9
        ),
    }
}

impl CompareError {
    /// Makes a [`CompareError::DifferentTraces`].
    pub(crate) fn different(first: &Path, other: &Path, problem: String) -> Self {
        Self::DifferentTraces { first: first.into(), other: other.into(), problem }
    }

    /// Makes a [`CompareError::Table`].
    pub(crate) fn bad_table(path: &Path, problem: String) -> Self {
        Self::Table { path: path.into(), problem }
    }
}

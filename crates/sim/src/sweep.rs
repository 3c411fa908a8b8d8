//! Many simulations in one go: policies x workers x rate scales x seeds x traces x keys of the
//! profile.
//!
//! A [`Plan`] says which, one cell for each combination; [`run`] simulates the cells in parallel,
//! each on one thread over a shared trace, and keeps what they come to in a [`Journal`], so that a
//! sweep that was killed goes on where it was. [`write_table`] makes one table of all cells, whose
//! bytes depend on the plan alone. What a person looks at is a [`Overview`].

mod journal;
mod list;
mod metric;
mod overview;
mod plan;
mod table;
mod variant;

use std::path::PathBuf;
use std::sync::Mutex;
use std::{io, iter};

use cluster::{Emulation, ProfileError};
use policy::Registry;
use rayon::iter::{IndexedParallelIterator, IntoParallelIterator, ParallelIterator};

use crate::{Figures, SimError};

pub use journal::Journal;
pub(crate) use list::Decimal;
pub use list::{ListError, expand};
pub use metric::Metric;
pub(crate) use metric::percent;
pub use overview::{Overview, Palette, Point};
pub(crate) use plan::each_once;
pub use plan::{Cell, Plan, PlanError, WorkersChoice};
pub use table::write_table;
use variant::VARIANTS_MAX;
pub use variant::{Parameter, Variant, variants};

/// What a sweep came to.
#[derive(Clone, Debug)]
pub struct Sweep {
    /// In the order of [`Plan::cells`]; an error is that of a policy that broke a rule, or the like,
    /// and concerns no other cell.
    pub cells: Vec<(Cell, Result<Figures, String>)>,
    /// How many cells were simulated now. The journal knew the others.
    pub simulated: usize,
    /// How many lines of the journal could not be read; their cells were simulated again.
    pub torn_lines: usize,
}

/// Why a sweep cannot be made or kept.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SweepError {
    /// A file cannot be read or written.
    #[error("cannot {action} {}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What was tried.
        action: &'static str,
        /// What the system said.
        source: io::Error,
    },
    /// A file that is in the journal's place is none.
    #[error(
        "{}: it is no journal of a sweep; move it away, or start over with --fresh",
        path.display()
    )]
    NoJournal {
        /// The file.
        path: PathBuf,
    },
    /// The table's name does not say which format it has.
    #[error(transparent)]
    Format(#[from] outcome::OutcomeError),
    /// The table cannot be encoded.
    #[error("{}: cannot encode the table: {problem}", path.display())]
    Encode {
        /// The file.
        path: PathBuf,
        /// What the library said.
        problem: String,
    },
    /// A name is no key of a TOML file.
    #[error("'{name}' is no key of a profile")]
    Key {
        /// The name.
        name: String,
    },
    /// A name is a key of a section that there is not.
    #[error("'{name}': the profile has no section [{section}] (it has: {known})")]
    Section {
        /// The name.
        name: String,
        /// The section.
        section: String,
        /// Those there are.
        known: String,
    },
    /// There are more combinations of keys than anybody could wait for.
    #[error("the values combine to {count} profiles; at most {VARIANTS_MAX} are simulated")]
    TooMany {
        /// How many.
        count: usize,
    },
    /// A profile with a key set otherwise is none.
    #[error("{parameter}")]
    Profile {
        /// The keys and their values.
        parameter: String,
        /// What is wrong.
        source: ProfileError,
    },
}

impl SweepError {
    fn io(action: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { path, action, source }
    }
}

/// Simulates the cells of `plan` that `journal` does not know, on the threads of the current pool;
/// each is told to `ended` and kept in the journal as it ends.
///
/// # Errors
/// Where the journal cannot be written. What is wrong with a cell stands in its place.
pub fn run(
    plan: &Plan,
    registry: &Registry,
    mut journal: Option<Journal>,
    ended: &(dyn Fn() + Sync),
) -> Result<Sweep, SweepError> {
    let torn_lines = journal.as_ref().map_or(0, |journal| journal.torn_lines);
    let mut known = Vec::new();
    for cell in plan.cells() {
        let key = plan.key(cell);
        let kept = journal.as_mut().and_then(|journal| journal.take(&key));
        known.push((cell, key, kept));
    }
    let simulated = known.iter().filter(|(_, _, kept)| kept.is_none()).count();
    let journal = Mutex::new(journal);
    let lock = || journal.lock().expect("no thread ends while it holds the lock");
    let one = |(cell, key, kept): (Cell, String, Option<Figures>)| -> Result<_, SweepError> {
        if let Some(figures) = kept {
            ended();
            return Ok((cell, Ok(figures)));
        }
        let figures = simulate(plan, registry, cell);
        if let (Ok(figures), Some(journal)) = (&figures, lock().as_mut()) {
            journal.append(&key, figures)?;
        }
        ended();
        Ok((cell, figures.map_err(|error| describe(&error))))
    };
    // A cell is seconds long: none may wait behind another while a thread is idle.
    let cells = known.into_par_iter().with_max_len(1).map(one).collect::<Result<_, _>>()?;
    if let Some(journal) = lock().as_mut() {
        journal.sync()?;
    }
    Ok(Sweep { cells, simulated, torn_lines })
}

fn simulate(plan: &Plan, registry: &Registry, cell: Cell) -> Result<Figures, SimError> {
    let emulation = Emulation {
        workers: plan.workers[cell.workers].workers.clone(),
        profile: plan.variants[cell.variant].profile.clone(),
        seed: plan.seeds[cell.seed],
    };
    let policy = registry.make(&plan.policies[cell.policy])?;
    let (trace, rate_scale) = (&plan.traces[cell.trace], plan.rate_scales[cell.rate_scale]);
    Figures::simulate(trace, rate_scale, plan.limit, &emulation, policy)
}

/// An error and what caused it, in a line.
fn describe(error: &dyn std::error::Error) -> String {
    let causes = iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

#[cfg(test)]
mod tests;

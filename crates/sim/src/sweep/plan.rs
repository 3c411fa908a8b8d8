//! Which simulations a sweep is made of.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use cluster::Workers;
use request::Seed;
use sha2::{Digest as _, Sha256};
use trace::{RateScale, TraceReader};

use super::variant::Variant;

/// Version of what a cell holds: part of its key, and written into the table.
pub(super) const VERSION: &str = "1";

/// The most cells of one sweep.
const CELLS_MAX: usize = 1_000_000;

/// What simulates.
pub(super) const TOOL: &str = concat!("sim ", env!("CARGO_PKG_VERSION"));

/// Which build of the program this is: one that was built anew may simulate other things.
fn program() -> &'static str {
    static PROGRAM: OnceLock<String> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let file = std::env::current_exe().and_then(std::fs::metadata);
        let told = file.and_then(|file| Ok(format!("{} {:?}", file.len(), file.modified()?)));
        // A program that cannot find itself is told by its version alone.
        told.unwrap_or_default()
    })
}

/// The values of each axis; every combination is a cell.
#[derive(Debug)]
pub struct Plan {
    /// The traces.
    pub traces: Vec<TraceReader>,
    /// The profiles, by the keys in which they differ.
    pub variants: Vec<Variant>,
    /// The workers.
    pub workers: Vec<WorkersChoice>,
    /// Factors on the traces' rates.
    pub rate_scales: Vec<RateScale>,
    /// The policies, by their full names.
    pub policies: Vec<String>,
    /// Where service times are drawn from.
    pub seeds: Vec<Seed>,
    /// Only the first so many requests of each trace.
    pub limit: Option<u64>,
}

/// Workers, and what they are called.
#[derive(Clone, Debug)]
pub struct WorkersChoice {
    /// A number, or the name of a file.
    pub label: String,
    /// What it stands for.
    pub workers: Workers,
}

/// The positions of a cell's values on the axes of its plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cell {
    /// In [`Plan::traces`].
    pub trace: usize,
    /// In [`Plan::variants`].
    pub variant: usize,
    /// In [`Plan::workers`].
    pub workers: usize,
    /// In [`Plan::rate_scales`].
    pub rate_scale: usize,
    /// In [`Plan::policies`].
    pub policy: usize,
    /// In [`Plan::seeds`].
    pub seed: usize,
}

/// Why a plan is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// Two cells would be the same.
    #[error("{axis} names '{value}' twice")]
    Twice {
        /// The flag.
        axis: &'static str,
        /// The value.
        value: String,
    },
    /// There are more cells than anybody could wait for.
    #[error("the values combine to {count} cells; at most {CELLS_MAX} are simulated")]
    TooMany {
        /// How many.
        count: usize,
    },
}

impl Plan {
    /// Checks that no value stands twice on an axis, and that the cells are not too many.
    ///
    /// # Errors
    /// Where they do or are.
    pub fn check(&self) -> Result<(), PlanError> {
        let count = self.cell_count();
        if count > CELLS_MAX {
            return Err(PlanError::TooMany { count });
        }
        let digest = |trace: &TraceReader| trace.header().digest.clone();
        let label = |choice: &WorkersChoice| choice.label.clone();
        each_once("the list of traces", &self.traces, |trace| trace.name().to_owned(), digest)?;
        each_once("--workers", &self.workers, label, |choice| choice.workers.text().to_owned())?;
        each_once("--rate-scales", &self.rate_scales, ToString::to_string, ToString::to_string)?;
        each_once("--policies", &self.policies, Clone::clone, Clone::clone)?;
        each_once("--seeds", &self.seeds, ToString::to_string, ToString::to_string)?;
        each_once("--set", &self.variants, Variant::to_string, Variant::to_string)
    }

    /// All cells, seeds varying fastest and traces slowest.
    #[must_use]
    pub fn cells(&self) -> Vec<Cell> {
        let mut cells = Vec::with_capacity(self.cell_count());
        for trace in 0..self.traces.len() {
            for variant in 0..self.variants.len() {
                for workers in 0..self.workers.len() {
                    for rate_scale in 0..self.rate_scales.len() {
                        for policy in 0..self.policies.len() {
                            cells.extend((0..self.seeds.len()).map(|seed| Cell {
                                trace,
                                variant,
                                workers,
                                rate_scale,
                                policy,
                                seed,
                            }));
                        }
                    }
                }
            }
        }
        cells
    }

    /// How many cells there are.
    #[must_use]
    pub fn cell_count(&self) -> usize {
        let axes = [
            self.traces.len(),
            self.variants.len(),
            self.workers.len(),
            self.rate_scales.len(),
            self.policies.len(),
            self.seeds.len(),
        ];
        axes.into_iter().fold(1, usize::saturating_mul)
    }

    /// What tells this cell from every other, of this plan or of another: a digest of all that its
    /// figures depend on.
    #[must_use]
    pub fn key(&self, cell: Cell) -> String {
        let limit = self.limit.map(|limit| limit.to_string()).unwrap_or_default();
        let mut digest = Sha256::new();
        for part in [
            VERSION,
            TOOL,
            program(),
            &self.traces[cell.trace].header().digest,
            &limit,
            self.variants[cell.variant].profile.text(),
            self.workers[cell.workers].workers.text(),
            &self.rate_scales[cell.rate_scale].to_string(),
            &self.policies[cell.policy],
            &self.seeds[cell.seed].to_string(),
        ] {
            // With its length, so that no two lists of parts run into one text.
            digest.update((part.len() as u64).to_le_bytes());
            digest.update(part);
        }
        let bytes: [u8; 32] = digest.finalize().into();
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// The cell in words, for errors.
    #[must_use]
    pub fn describe(&self, cell: Cell) -> String {
        let mut parts = vec![
            self.traces[cell.trace].name().to_owned(),
            self.policies[cell.policy].clone(),
            format!("workers {}", self.workers[cell.workers].label),
            format!("rate x{}", self.rate_scales[cell.rate_scale]),
            format!("seed {}", self.seeds[cell.seed]),
        ];
        let variant = self.variants[cell.variant].to_string();
        parts.extend((!variant.is_empty()).then_some(variant));
        parts.join(", ")
    }
}

/// Checks that no value is another's twin.
pub(crate) fn each_once<T>(
    axis: &'static str,
    values: &[T],
    name: impl Fn(&T) -> String,
    identity: impl Fn(&T) -> String,
) -> Result<(), PlanError> {
    let mut seen = BTreeSet::new();
    match values.iter().find(|value| !seen.insert(identity(value))) {
        Some(value) => Err(PlanError::Twice { axis, value: name(value) }),
        None => Ok(()),
    }
}

#[cfg(test)]
pub(super) mod tests;

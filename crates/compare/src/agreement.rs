//! Simulation against reality: how far measured runs are from the simulation of the same trace, and
//! how much of that the way of measuring explains.
//!
//! Every request is one on both sides, and a simulation with the policy, profile, workers and seed
//! of the scheduler does the same work. So whatever differs has one of three causes, which are
//! taken away one after the other ([`View`]): the request was sent late; its way to the scheduler
//! and back cost something ([`Account`]); the scheduler did something else than the simulator.

mod account;
mod fate;
mod figure;
mod join;
mod limits;
mod members;
mod mismatch;
mod report;
mod row;
mod table;

pub use account::{APART_NS, Account, Lag, Overhead, Pair};
pub use fate::{Changes, Fate, Statuses};
pub use figure::{Figure, Measure};
pub use limits::{Limits, Word};
pub use report::AgreementReport;
pub use row::{Row, Spread, View};
pub use table::{RunTable, check_verdicts};

use std::collections::BTreeSet;

use outcome::Outcome;

use crate::{Class, CompareError};

/// How far measured runs are from a simulation of their trace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agreement {
    /// Number of requests in the trace.
    pub n: u64,
    /// What counts as agreement.
    pub limits: Limits,
    /// Signs that the sides are not of the same thing, a sentence each.
    pub warnings: Vec<String>,
    /// Each class, in the order of the report.
    pub classes: Vec<ClassAgreement>,
    /// Where the latencies of each run come from.
    pub accounts: Vec<Account>,
}

/// How far the sides are apart in one class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClassAgreement {
    /// Which requests.
    pub class: Class,
    /// How many of them are in the trace.
    pub n: u64,
    /// Each measure.
    pub rows: Vec<Row>,
    /// How many requests ended how in the simulation.
    pub simulated: Statuses,
    /// The same of each run.
    pub measured: Vec<Statuses>,
    /// Of each run, how many requests had another fate than in the simulation.
    pub changes: Vec<Changes>,
    /// Of each run, how many requests have a rest beyond [`APART_NS`].
    pub apart: Vec<u64>,
}

/// Sets measured runs beside the simulation of their trace.
///
/// # Errors
/// Where they are not runs of the same trace, or a run was simulated itself. Verdicts are not
/// looked at; see [`check_verdicts`].
pub fn agreement(
    simulated: &RunTable,
    runs: &[RunTable],
    limits: Limits,
) -> Result<Agreement, CompareError> {
    for run in runs {
        if mismatch::is_simulated(&run.info) {
            return Err(CompareError::Simulated { path: run.path.clone() });
        }
        join::check(simulated, run)?;
    }
    let account = |run: &RunTable| Account::new(simulated.rows(), run.rows());
    let accounts: Vec<_> = runs.iter().map(account).collect();
    let classes = members::members(simulated).into_iter();
    let classes = classes
        .map(|(class, members)| ClassAgreement::new(class, &members, simulated, runs, &accounts));
    Ok(Agreement {
        n: simulated.rows().len() as u64,
        limits,
        warnings: mismatch::warnings(simulated, runs),
        classes: classes.collect(),
        accounts,
    })
}

impl Agreement {
    /// Whether the runs agree with the simulation. A row in which too few requests tell has no say.
    #[must_use]
    pub fn overall(&self) -> Word {
        Word::overall(self.words().map(|(.., word)| word))
    }

    /// Each row that is judged, with its class and what is said of it.
    pub fn words(&self) -> impl Iterator<Item = (&ClassAgreement, &Row, Word)> {
        self.classes.iter().flat_map(|class| {
            let word = |row| class.word(row, &self.limits);
            class.rows.iter().filter_map(move |row| Some((class, row, word(row)?)))
        })
    }
}

impl ClassAgreement {
    fn new(
        class: Class,
        members: &[usize],
        simulated: &RunTable,
        runs: &[RunTable],
        accounts: &[Account],
    ) -> Self {
        let of_model = pick(simulated, members);
        let of_runs: Vec<_> = runs.iter().map(|run| pick(run, members)).zip(accounts).collect();
        let apart = |(rows, account): &(Vec<&Outcome>, &Account)| {
            let pairs = members.iter().zip(&of_model).zip(rows);
            let pairs = pairs.filter_map(|((&index, a), b)| Pair::new(index, a, b));
            pairs.filter(|pair| account.is_apart(pair)).count() as u64
        };
        let rows_of_runs = || of_runs.iter().map(|(rows, _)| rows);
        Self {
            class,
            n: members.len() as u64,
            rows: row::rows(&of_model, &of_runs),
            simulated: fate::statuses(&of_model),
            measured: rows_of_runs().map(|rows| fate::statuses(rows)).collect(),
            changes: rows_of_runs().map(|rows| fate::changes(&of_model, rows)).collect(),
            apart: of_runs.iter().map(apart).collect(),
        }
    }

    /// What is said of one of its rows: the middle run is judged, as it was measured. `None` where
    /// the measure is shown and not judged.
    #[must_use]
    pub fn word(&self, row: &Row, limits: &Limits) -> Option<Word> {
        let middle = row.spread(View::Measured)?.middle;
        limits.judge(row.measure, self.n, row.simulated, middle)
    }

    /// The fates that a request had in the simulation and in some run, where they differ.
    #[must_use]
    pub fn changed_fates(&self) -> BTreeSet<(Fate, Fate)> {
        self.changes.iter().flat_map(|changes| changes.keys().copied()).collect()
    }

    /// How many requests of each run had these fates.
    #[must_use]
    pub fn changed(&self, fates: (Fate, Fate)) -> Vec<u64> {
        let count = |changes: &Changes| changes.get(&fates).copied().unwrap_or(0);
        self.changes.iter().map(count).collect()
    }
}

/// The rows of a table at these positions.
fn pick<'a>(table: &'a RunTable, members: &[usize]) -> Vec<&'a Outcome> {
    members.iter().filter_map(|&index| table.rows().get(index)).collect()
}

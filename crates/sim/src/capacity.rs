//! How much is enough: the fewest workers, or the highest rate, at which targets hold.
//!
//! A level, a number of workers or a factor on the rate, is probed by simulating it once for each
//! seed: the same seeds at every level and for every policy, so that all of them meet the same
//! work. A target holds where the confidence bound of its value over the seeds does ([`Evidence`]).
//! The search gallops and then bisects (`search.rs`), so that the answer and the level next to it,
//! which fails, have both been simulated and not been reasoned about.

mod evidence;
mod goal;
mod load;
mod report;
mod search;
mod target;

use cluster::{Emulation, Profile};
use policy::Registry;
use rayon::iter::{IntoParallelRefIterator, ParallelIterator};
use request::Seed;
use trace::{RateScale, TraceReader};

use crate::{Figures, Scope, SimError};

pub use evidence::{Confidence, ConfidenceError, Evidence};
pub use goal::{Goal, Level};
pub use report::Report;
pub use target::{Target, TargetError, parse_targets};

/// What is asked.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// The requests.
    pub trace: &'a TraceReader,
    /// Only the first so many of them.
    pub limit: Option<u64>,
    /// How long they take.
    pub profile: &'a Profile,
    /// Where their service times are drawn from: a simulation each.
    pub seeds: &'a [Seed],
    /// How sure it must be that a target holds.
    pub confidence: Confidence,
    /// All of them must hold.
    pub targets: &'a [Target],
    /// What is looked for.
    pub goal: &'a Goal,
}

/// What a policy needs, or bears.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// The policy.
    pub policy: String,
    /// Position among the probes; `None` where not even the easiest level holds.
    pub found: Option<usize>,
    /// Whether the answer is the hardest level there is, so that no harder one was seen to fail.
    pub at_limit: bool,
    /// Position of a probe that fails although it is easier than the answer. More probing may then
    /// find another answer.
    pub contradiction: Option<usize>,
    /// All levels that were tried, in the order of trying.
    pub probes: Vec<Probe>,
}

/// A level that was tried.
#[derive(Clone, Debug, PartialEq)]
pub struct Probe {
    /// What was tried.
    pub level: Level,
    /// Arrival rate x mean service time, in workers.
    pub offered_load: f64,
    /// Busy share of the workers, mean over the seeds.
    pub utilisation: f64,
    /// What the seeds say of each target.
    pub evidence: Vec<Evidence>,
}

impl Probe {
    /// Whether all targets hold.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.evidence.iter().all(|evidence| evidence.holds)
    }
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CapacityError {
    /// The trace cannot be simulated.
    #[error("{policy}, {level}")]
    Sim {
        /// The policy.
        policy: String,
        /// Where.
        level: String,
        /// Why.
        source: Box<SimError>,
    },
    /// The trace cannot be read, or the profile does not suit it.
    #[error(transparent)]
    Trace(Box<SimError>),
    /// There is nothing to be held.
    #[error("the trace has no requests of {0}, so no target can hold for them")]
    NoRequests(Scope),
}

impl Question<'_> {
    /// Looks for the answer of `policy`, on the threads of the current pool.
    ///
    /// # Errors
    /// Where a simulation cannot be made, or a target is about requests that the trace has not.
    pub fn answer(&self, registry: &Registry, policy: &str) -> Result<Answer, CapacityError> {
        let load = load::offered(self.trace, self.limit, self.profile)
            .map_err(|error| CapacityError::Trace(Box::new(error)))?;
        let range = self.goal.range(load);
        let mut probes = Vec::new();
        let mut probe = |rank| {
            let probe = self.probe(registry, policy, self.goal.level(rank), load)?;
            let holds = probe.holds();
            probes.push((rank, probe));
            Ok::<_, CapacityError>(holds)
        };
        let hardest = search::hardest(range, &mut probe)?;
        // More workers, or a lower rate, might do worse; it is looked at next to the answer.
        let easier = hardest.and_then(|rank| range.easier(rank));
        if let Some(rank) = easier.filter(|rank| !probes.iter().any(|(known, _)| known == rank)) {
            let easier = self.probe(registry, policy, self.goal.level(rank), load)?;
            probes.push((rank, easier));
        }
        let position = |rank: i64| probes.iter().position(|(known, _)| *known == rank);
        let is_contrary = |&(rank, ref probe): &(i64, Probe)| {
            hardest.is_some_and(|hardest| rank < hardest) && !probe.holds()
        };
        Ok(Answer {
            policy: policy.to_owned(),
            found: hardest.and_then(position),
            at_limit: hardest == Some(range.hardest),
            contradiction: probes.iter().position(is_contrary),
            probes: probes.into_iter().map(|(_, probe)| probe).collect(),
        })
    }

    fn probe(
        &self,
        registry: &Registry,
        policy: &str,
        level: Level,
        load: f64,
    ) -> Result<Probe, CapacityError> {
        let simulate = |&seed: &Seed| {
            let workers = self.goal.workers(level);
            let emulation = Emulation { workers, profile: self.profile.clone(), seed };
            let (trace, rate_scale) = (self.trace, level.rate_scale());
            let policy = registry.make(policy)?;
            Figures::simulate(trace, rate_scale, self.limit, &emulation, policy)
        };
        let runs: Result<Vec<Figures>, SimError> = self.seeds.par_iter().map(simulate).collect();
        let runs = runs.map_err(|source| CapacityError::Sim {
            policy: policy.to_owned(),
            level: level.to_string(),
            source: Box::new(source),
        })?;
        let evidence = |target: &Target| {
            Evidence::new(target, &runs, self.confidence)
                .ok_or_else(|| CapacityError::NoRequests(target.class.clone()))
        };
        let utilisation = runs.iter().map(|run| run.utilisation).sum::<f64>() / runs.len() as f64;
        Ok(Probe {
            level,
            offered_load: load * level.rate_scale().factor(),
            utilisation,
            evidence: self.targets.iter().map(evidence).collect::<Result<_, _>>()?,
        })
    }
}

impl Level {
    /// The factor on the trace's rate.
    fn rate_scale(self) -> RateScale {
        match self {
            Self::Workers(_) => RateScale::ONE,
            Self::Rate(rate_scale) => rate_scale,
        }
    }
}

#[cfg(test)]
mod tests;

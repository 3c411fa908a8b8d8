//! How requests come, at a steady mean rate: one after another by some law, in bursts, in batches.
//!
//! The types only say what is meant; [`crate::generate()`] draws it.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::text;

/// How the requests of a class come.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Arrivals {
    /// When something comes.
    #[serde(flatten)]
    pub process: Process,
    /// How many requests come at once; one where this is `None`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub batch: Option<BatchSize>,
}

/// The law of the times at which requests, or batches of them, come.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(tag = "process", rename_all = "snake_case")]
pub enum Process {
    /// Independent exponential gaps: as many independent users come.
    #[default]
    Poisson,
    /// Equal gaps, the first cut short at random so that classes do not march in step.
    Constant,
    /// Independent gaps, uniform from (1 - jitter) to (1 + jitter) times their mean.
    Uniform {
        /// From 0 to 1.
        jitter: f64,
    },
    /// Independent gaps of a gamma law.
    Gamma {
        /// Coefficient of variation: 1 is Poisson, above 1 clumps, below 1 evens out.
        cv: f64,
    },
    /// Independent gaps of a Weibull law.
    Weibull {
        /// Coefficient of variation.
        cv: f64,
    },
    /// Poisson arrivals whose rate jumps between states, visited in the order of the list, over
    /// and over: bursts.
    Modulated {
        /// At least one, not all silent.
        states: Vec<State>,
        /// How long a visit lasts.
        #[serde(default, skip_serializing_if = "is_exponential")]
        dwell: DwellLaw,
        /// Whether all classes that say so burst together.
        #[serde(default, skip_serializing_if = "is_false")]
        shared: bool,
    },
    /// The schedule of MLPerf LoadGen's Server scenario, bit for bit.
    Loadgen {
        /// LoadGen's `schedule_rng_seed`.
        schedule_seed: u64,
    },
    /// Times that came from elsewhere and cannot be drawn again.
    Recorded,
}

/// A state of [`Process::Modulated`].
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct State {
    /// Rate in any unit: only the ratio to the other states' matters, since the class's mean rate
    /// is kept.
    pub rate: f64,
    /// Mean length of a visit.
    #[serde(rename = "dwell_ns", with = "text::nanos")]
    pub dwell: Duration,
}

/// How the lengths of visits to a state are drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DwellLaw {
    /// Exponential, which makes the process Markov-modulated.
    #[default]
    Exponential,
    /// Always the mean.
    Constant,
}

/// How many requests come at once.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "law", rename_all = "snake_case")]
pub enum BatchSize {
    /// Always the same number.
    Fixed {
        /// At least 1.
        size: u32,
    },
    /// Geometric from 1 on.
    Geometric {
        /// At least 1.
        mean: f64,
    },
}

impl Process {
    /// Whether arrivals are a schedule of LoadGen's.
    pub(crate) fn is_loadgen(&self) -> bool {
        matches!(self, Self::Loadgen { .. })
    }
}

impl BatchSize {
    /// Mean number of requests in a batch.
    #[must_use]
    pub fn mean(&self) -> f64 {
        match *self {
            Self::Fixed { size } => f64::from(size),
            Self::Geometric { mean } => mean,
        }
    }
}

impl Arrivals {
    /// The process without batches.
    #[must_use]
    pub fn of(process: Process) -> Self {
        Self { process, batch: None }
    }

    /// Mean number of requests that come at once.
    #[must_use]
    pub fn batch_mean(&self) -> f64 {
        self.batch.map_or(1.0, |batch| batch.mean())
    }

    /// Whether this is the plain Poisson process, which a file need not mention.
    pub(super) fn is_poisson(&self) -> bool {
        *self == Self::default()
    }
}

fn is_exponential(law: &DwellLaw) -> bool {
    *law == DwellLaw::Exponential
}

fn is_false(flag: &bool) -> bool {
    !flag
}

//! What a table says about its run as a whole: the metadata.

mod pairs;
mod runs;

use std::collections::BTreeMap;
use std::fmt;

pub(crate) use pairs::{Pair, from_pairs, known_at_end, known_at_start, of_journal, version};
pub use runs::RunRecord;

/// The run that a table tells of, or its runs.
///
/// What is fixed before the first request stands beside what is known only when the last one has
/// ended; [`OutcomeWriter::finish`](crate::OutcomeWriter::finish) takes the whole again, completed.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct RunInfo {
    /// The program that made the run: `replay` or `sim`.
    pub producer: String,
    /// Its name and version, for example `reprise 0.1.0`.
    pub tool: String,
    /// Digest of the trace's logical content; empty where the trace has none.
    pub trace_digest: String,
    /// Name of the trace, for people.
    pub trace_name: String,
    /// What was measured: the target's address, or the policy's name.
    pub subject: String,
    /// Parameters of the subject and of the run, by name.
    pub parameters: BTreeMap<String, String>,
    /// Factor on the trace's rate, as it was given; `1` where the trace ran as it is.
    pub rate_scale: String,
    /// The machine that measured; `None` in virtual time.
    pub host: Option<String>,
    /// Which clock the times are from: `virtual` or `monotonic`.
    pub clock: String,
    /// Start of the run, Unix ns; `None` in virtual time.
    pub epoch_unix_ns: Option<i64>,
    /// How well the machine keeps time with nothing attached; `None` in virtual time.
    pub floor: Option<Floor>,
    /// CPU time that the hypervisor took away during the run, ns; `None` where unknown.
    pub steal_ns: Option<i64>,
    /// By how much the wall clock moved against the monotonic one during the run, ns; `None` where
    /// unknown.
    pub clock_step_ns: Option<i64>,
    /// Whether the run can be trusted.
    pub verdict: Verdict,
    /// Why the verdict is not [`Verdict::Valid`], one sentence each.
    pub verdict_reasons: Vec<String>,
    /// Whether the run ended before its trace did.
    pub cut_short: bool,
    /// Each run of a table of several, of which the fields above tell the whole; empty of a table
    /// of one. [`of_runs`](Self::of_runs) fills both in.
    pub runs: Vec<RunRecord>,
    /// Names of the SLO classes, in the order of the trace.
    pub slos: Vec<String>,
    /// Names of the models, in the order of the trace.
    pub models: Vec<String>,
}

/// Lag of the machine's own pacing with nothing attached, ns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Floor {
    /// Number of wake-ups measured.
    pub samples: u64,
    /// Median.
    pub p50_ns: i64,
    /// 99th percentile.
    pub p99_ns: i64,
    /// 99.9th percentile.
    pub p999_ns: i64,
    /// The worst.
    pub max_ns: i64,
}

/// Whether the load generator kept time well enough for the run to mean something.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// As faithful as the limits ask.
    #[default]
    Valid,
    /// Usable, with a banner.
    Degraded,
    /// Not to be compared.
    Invalid,
}

impl Verdict {
    /// All verdicts, best first.
    pub const ALL: [Self; 3] = [Self::Valid, Self::Degraded, Self::Invalid];

    /// Its spelling in a table.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::Degraded => "degraded",
            Self::Invalid => "invalid",
        }
    }

    /// The verdict spelt `name`, or `None` where there is none.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|verdict| verdict.name() == name)
    }
}

impl<'de> serde::Deserialize<'de> for Verdict {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = <std::borrow::Cow<'_, str>>::deserialize(deserializer)?;
        Self::from_name(&name).ok_or_else(|| {
            serde::de::Error::custom(format!("`{name}` is none of valid, degraded and invalid"))
        })
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

//! The groups of requests that are reported apart.

use std::fmt;

use request::Tier;

/// A group of requests. Its order is that of the report: all, then tiers, then their SLO classes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// Every request.
    All,
    /// The requests of a tier.
    Tier(Tier),
    /// The requests of a tier and an SLO class: its position in the trace's list and its name.
    TierSlo(Tier, u16, String),
}

/// As it begins the key of a metric: `all`, `tier1`, `tier1.urgent`.
impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.pad("all"),
            Self::Tier(tier) => f.pad(&format!("tier{tier}")),
            Self::TierSlo(tier, _, slo) => f.pad(&format!("tier{tier}.{slo}")),
        }
    }
}

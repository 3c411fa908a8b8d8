//! The groups of requests that are reported apart.

use std::collections::BTreeMap;
use std::fmt;

use request::Tier;

use crate::RunTable;

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

impl Class {
    /// The classes that have requests in `table`, in order, with the positions of their requests
    /// among its rows.
    pub(crate) fn of(table: &RunTable) -> BTreeMap<Self, Vec<usize>> {
        let mut cells: BTreeMap<(Tier, u16), Vec<usize>> = BTreeMap::new();
        for (index, row) in table.rows().iter().enumerate() {
            cells.entry((row.tier, row.slo)).or_default().push(index);
        }
        let mut classes = BTreeMap::from([(Self::All, (0..table.rows().len()).collect())]);
        for ((tier, slo), members) in cells {
            let of_tier: &mut Vec<usize> = classes.entry(Self::Tier(tier)).or_default();
            of_tier.extend(&members);
            let name = table.info.slos.get(usize::from(slo)).cloned().unwrap_or_default();
            classes.insert(Self::TierSlo(tier, slo, name), members);
        }
        classes
    }
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

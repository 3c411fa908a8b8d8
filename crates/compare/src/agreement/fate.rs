//! What became of a request, as whoever waits for it sees it.

use std::collections::BTreeMap;

use outcome::{Outcome, Status};

/// What became of a request: served in time, served too late, or not served.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fate {
    /// Ended `ok` by its deadline.
    Met,
    /// Ended `ok` after it.
    Late,
    /// Did not end `ok`.
    Failed(Status),
}

impl Fate {
    /// That of a request.
    #[must_use]
    pub fn of(row: &Outcome) -> Self {
        match row.status {
            Status::Ok if row.slo_met() => Self::Met,
            Status::Ok => Self::Late,
            failed => Self::Failed(failed),
        }
    }

    /// `met`, `late`, or the name of a status.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Met => "met",
            Self::Late => "late",
            Self::Failed(status) => status.name(),
        }
    }
}

/// How many requests had one fate in the simulation and another when measured, by both.
pub type Changes = BTreeMap<(Fate, Fate), u64>;

/// Counts the requests whose fate differs; both sides are in the same order.
pub(super) fn changes(simulated: &[&Outcome], measured: &[&Outcome]) -> Changes {
    let mut changes = Changes::new();
    for (simulated, measured) in simulated.iter().zip(measured) {
        let fates = (Fate::of(simulated), Fate::of(measured));
        if fates.0 != fates.1 {
            *changes.entry(fates).or_default() += 1;
        }
    }
    changes
}

/// How many requests ended in each status; those that none ended in are left out.
pub type Statuses = BTreeMap<Status, u64>;

/// Counts the statuses.
pub(super) fn statuses(rows: &[&Outcome]) -> Statuses {
    let mut statuses = Statuses::new();
    for row in rows {
        *statuses.entry(row.status).or_default() += 1;
    }
    statuses
}

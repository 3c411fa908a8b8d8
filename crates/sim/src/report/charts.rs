//! The charts of a report, one file for each kind.

mod latency;
mod over_time;
mod waits;

use drawing::Chart;

use super::chart::Drawn;

/// All of them. Policies lie over each other, on the same axes.
pub(super) fn all(policies: &[Drawn<'_>]) -> Vec<Chart> {
    vec![
        latency::chart(policies),
        over_time::attainment(policies),
        over_time::waiting(policies),
        over_time::utilisation(policies),
        waits::chart(policies),
    ]
}

//! Our engine as a library: policy, cluster and agenda, with nothing read or written.

use anyhow::bail;
use cluster::Cluster;
use sim::{Fate, simulate};

use crate::{Policy, Record, Work};

/// Runs `work` through the cluster that `sim` has.
///
/// # Errors
/// Where a policy breaks a rule or refuses a request, which none of the three does.
pub fn run(work: &Work, policy: Policy, record: &mut impl Record) -> anyhow::Result<()> {
    let policy = policy::by_name(policy.name())?;
    let cluster = Cluster::new(policy, work.profile.clone(), work.workers, work.seed());
    let requests = work.rows.iter().map(|row| work.request(row));
    let mut refused = 0_u64;
    simulate(requests, cluster, |position, fate| match fate {
        Fate::Served(served) => record.served(
            &work.rows[position as usize],
            served.started.as_nanos(),
            served.finished.as_nanos(),
        ),
        Fate::Refused { .. } => refused += 1,
    })?;
    if refused > 0 {
        bail!("{refused} requests were refused, which other engines do not do");
    }
    Ok(())
}

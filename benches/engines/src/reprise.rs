//! Our engine as a library: policy, cluster and agenda, with nothing read or written.

use anyhow::bail;
use cluster::{Cluster, Emulation, Violation, Workers};
use sim::{Fate, Fates, simulate};

use crate::{Policy, Record, Work};

/// Runs `work` through the cluster that `sim` has.
///
/// # Errors
/// Where a policy breaks a rule or refuses a request, which none of the three does.
pub fn run(work: &Work, policy: Policy, record: &mut impl Record) -> anyhow::Result<()> {
    let policy = policy::by_name(policy.name())?;
    let (workers, profile) = (Workers::equal(work.workers), work.profile.clone());
    let emulation = Emulation { workers, profile, seed: work.seed() };
    let mut cluster = Cluster::new(policy, &emulation);
    let arrivals = work.rows.iter().map(|row| Ok::<_, Violation>((work.request(row), row)));
    let mut refused = 0_u64;
    let mut fates = Fates(|row, fate| match fate {
        Fate::Served(served) => {
            record.served(row, served.started.as_nanos(), served.finished.as_nanos());
        }
        Fate::Refused { .. } | Fate::Lost { .. } => refused += 1,
    });
    simulate(arrivals, &mut cluster, &mut fates)?;
    if refused > 0 {
        bail!("{refused} requests were refused, which other engines do not do");
    }
    Ok(())
}

//! Under preemptive priority a tier does not notice those below it.

use proptest::prelude::*;
use request::{Moment, Request, Tier};

use super::{TIMES_US, requests, rows, stoppable};

proptest! {
    /// Whatever the load of the lower tiers, to the ns, on any number of workers.
    #[test]
    fn lower_tiers_change_nothing_for_those_above(
        rows in rows(2),
        workers in 1u32..4,
        last in prop::sample::select(vec![Tier::Vip, Tier::Premium]),
    ) {
        let requests = requests(&rows);
        for policy in ["priority:preempt=on", "tier-edf:preempt=on"] {
            let times = |requests: Vec<Request>| -> Vec<(Moment, Moment)> {
                let run = stoppable(&TIMES_US, workers).run(policy, requests);
                let above = run.served().filter(|(request, _)| request.tier <= last);
                above.map(|(_, served)| (served.started, served.finished)).collect()
            };
            let alone = requests.iter().copied().filter(|request| request.tier <= last);
            prop_assert_eq!(times(alone.collect()), times(requests.clone()), "{}", policy);
        }
    }
}

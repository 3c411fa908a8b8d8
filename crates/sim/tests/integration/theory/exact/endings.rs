//! Every request ends, once.

use cluster::Fault;
use proptest::prelude::*;

use super::clusters::{Kind, MODELS, clusters};
use super::{policies, requests, rows};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    /// On any cluster, under any policy: whatever fails, is refused, preempted or batched. The lab
    /// checks that none ends twice and that none is left, and Little's law.
    #[test]
    fn every_request_ends_once(
        rows in rows(MODELS),
        lab in clusters(Kind { forever: false, steps: true }),
        policy in policies(),
    ) {
        let run = lab.run(&policy, requests(&rows));
        for (request, served) in run.served() {
            prop_assert!(request.arrival <= served.started && served.started < served.finished);
        }
    }

    /// Where workers go for ever, requests that nobody can serve end the run with an error that
    /// says so, and nothing else does.
    #[test]
    fn a_run_without_workers_says_so(
        rows in rows(MODELS),
        lab in clusters(Kind { forever: true, steps: true }),
        policy in policies(),
    ) {
        if let Err(violation) = lab.try_run(&policy, requests(&rows)) {
            prop_assert!(matches!(violation.fault, Fault::Starved(_) | Fault::StarvedByOutages { .. }), "{violation}");
        }
    }
}

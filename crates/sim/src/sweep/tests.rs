use std::sync::atomic::{AtomicUsize, Ordering};

use policy::{Actions, Event, Parameters, Policy, PolicySpec, View};
use request::Moment;

use super::plan::tests::plan;
use super::*;
use crate::Scope;

/// Leaves every request waiting for ever, which is against the rules.
struct Idle;

impl Policy for Idle {
    fn name(&self) -> String {
        "idle".to_owned()
    }

    fn on_event(&mut self, _: Moment, _: Event<'_>, _: &dyn View, _: &mut Actions) {}
}

fn idle() -> PolicySpec {
    let make = |_: &Parameters| -> Box<dyn Policy> { Box::new(Idle) };
    PolicySpec { name: "idle", summary: "does nothing", parameters: &[], make }
}

#[test]
fn a_policy_that_breaks_a_rule_costs_its_own_cells() {
    let mut plan = plan(1, 1, 1, 1, 2);
    plan.policies.push("idle".to_owned());
    let registry = Registry::built_in().with(idle());
    let ended = AtomicUsize::new(0);
    let count = || {
        ended.fetch_add(1, Ordering::Relaxed);
    };
    let sweep = run(&plan, &registry, None, &count).unwrap();
    assert_eq!((sweep.cells.len(), sweep.simulated, ended.into_inner()), (6, 6, 6));
    for (cell, run) in &sweep.cells {
        match (plan.policies[cell.policy].as_str(), run) {
            ("idle", Err(error)) => assert!(error.contains("idle"), "{error}"),
            ("idle", Ok(_)) => panic!("doing nothing is against the rules"),
            (_, run) => assert!(run.is_ok(), "{run:?}"),
        }
    }
    let overview = Overview::new(&plan, &sweep, Metric::Attainment, Scope::All);
    let points = overview.points().iter().map(|point| (point.policy.as_str(), point.count));
    assert_eq!(points.collect::<Vec<_>>(), [("edf", 2), ("fifo", 2), ("idle", 0)]);
    let text = overview.to_string();
    assert!(text.lines().any(|line| line.split_whitespace().eq(["1", "idle", "-"])), "{text}");
}

/// A cell that failed is not kept: it may be mended meanwhile.
#[test]
fn what_failed_runs_again_and_what_ended_does_not() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal");
    let mut plan = plan(1, 1, 2, 1, 1);
    plan.policies.push("idle".to_owned());
    let registry = Registry::built_in().with(idle());
    let simulated = || {
        let journal = Journal::open(&path).unwrap();
        run(&plan, &registry, Some(journal), &|| {}).unwrap().simulated
    };
    assert_eq!(simulated(), 6);
    assert_eq!(simulated(), 2);
}

use wire::inference::{ModelEnsembling, ModelSequenceBatching};

use super::*;

/// A policy that heeds the timeout of a request.
fn heeding() -> ModelQueuePolicy {
    ModelQueuePolicy {
        default_timeout_microseconds: 2_000_000,
        allow_timeout_override: true,
        ..ModelQueuePolicy::default()
    }
}

/// A model of three priorities, all of which heed timeouts.
fn batching() -> ModelDynamicBatching {
    ModelDynamicBatching {
        priority_levels: 3,
        default_priority_level: 3,
        default_queue_policy: Some(heeding()),
        ..ModelDynamicBatching::default()
    }
}

/// What is noted of a model that is scheduled so.
#[track_caller]
fn check(choice: Option<SchedulingChoice>, sends: &[&str], expected: &[&str]) {
    // As long as `heeding` allows, and less than a microsecond more.
    let slo_ns_max = 2_000_000_999;
    let config = ModelConfig { scheduling_choice: choice };
    assert_eq!(notes("m", &config, sends, slo_ns_max), expected);
}

const BOTH: [&str; 2] = ["priority", "timeout"];

#[test]
fn a_triton_that_heeds_both_leaves_nothing_to_note() {
    check(Some(SchedulingChoice::DynamicBatching(batching())), &BOTH, &[]);
}

#[test]
fn a_priority_that_triton_ignores_is_noted() {
    let levels = |levels, default| {
        Some(SchedulingChoice::DynamicBatching(ModelDynamicBatching {
            priority_levels: levels,
            default_priority_level: default,
            ..batching()
        }))
    };
    let none = "model 'm' has no priority_levels: Triton ignores priority";
    check(levels(0, 0), &BOTH, &[none]);
    check(levels(0, 0), &["timeout"], &[]);
    check(
        levels(2, 1),
        &["priority"],
        &[
            "model 'm' has priority_levels 2 for 3 tiers: Triton takes a greater priority as 1, its \
           default",
        ],
    );
    check(levels(9, 5), &["priority"], &[]);
}

#[test]
fn a_timeout_that_triton_ignores_is_noted_for_each_queue() {
    let off = ModelQueuePolicy { allow_timeout_override: false, ..heeding() };
    let unset = ModelQueuePolicy { default_timeout_microseconds: 0, ..heeding() };
    let policies = |default, own: &[(u64, &ModelQueuePolicy)]| {
        let own = own.iter().map(|&(level, policy)| (level, *policy)).collect();
        Some(SchedulingChoice::DynamicBatching(ModelDynamicBatching {
            default_queue_policy: default,
            priority_queue_policy: own,
            ..batching()
        }))
    };
    let default_off = "model 'm', default_queue_policy: allow_timeout_override is off, so Triton \
                       ignores timeout";
    check(policies(None, &[]), &BOTH, &[default_off]);
    check(policies(None, &[]), &["priority"], &[]);
    check(
        policies(Some(off), &[(2, &unset)]),
        &BOTH,
        &[
            default_off,
            "model 'm', priority_queue_policy of priority 2: default_timeout_microseconds is not \
             set, and a timeout can only shorten it, so Triton ignores timeout",
        ],
    );
    // Where each priority has a policy of its own, nobody uses the default.
    let own = heeding();
    check(policies(None, &[(1, &own), (2, &own), (3, &own)]), &BOTH, &[]);
}

#[test]
fn a_timeout_that_triton_cuts_is_noted() {
    let capped = ModelQueuePolicy { default_timeout_microseconds: 1_999_999, ..heeding() };
    let choice = |policy| {
        Some(SchedulingChoice::DynamicBatching(ModelDynamicBatching {
            default_queue_policy: Some(policy),
            ..batching()
        }))
    };
    let note = "model 'm', default_queue_policy: default_timeout_microseconds is 1999999, so Triton \
                cuts longer timeouts to that; the longest SLO of the trace is 2000000";
    check(choice(capped), &BOTH, &[note]);
    check(choice(capped), &["priority"], &[]);
    let config = ModelConfig { scheduling_choice: choice(capped) };
    for (slo_ns_max, noted) in
        [(0, false), (1_999_999_999, false), (2_000_000_000, true), (i64::MAX, true), (-1, false)]
    {
        assert_eq!(!notes("m", &config, &BOTH, slo_ns_max).is_empty(), noted, "{slo_ns_max}");
    }
}

#[test]
fn a_timeout_that_refuses_nothing_is_noted() {
    let delaying = ModelQueuePolicy { timeout_action: TimeoutAction::Delay.into(), ..heeding() };
    let choice = |own| {
        Some(SchedulingChoice::DynamicBatching(ModelDynamicBatching {
            priority_queue_policy: [(2, own)].into(),
            ..batching()
        }))
    };
    let note = "model 'm', priority_queue_policy of priority 2: timeout_action is DELAY, so Triton \
                puts off requests whose timeout is over and refuses none: no request ends as expired \
                (REJECT refuses them)";
    check(choice(delaying), &BOTH, &[note]);
    check(choice(delaying), &["priority"], &[]);
    // Nobody waits too long where no timeout is heeded.
    let off = ModelQueuePolicy { allow_timeout_override: false, ..delaying };
    let ignored = "model 'm', priority_queue_policy of priority 2: allow_timeout_override is off, so \
                   Triton ignores timeout";
    check(choice(off), &BOTH, &[ignored]);
}

#[test]
fn a_model_without_queues_of_its_own_is_noted() {
    check(None, &BOTH, &["model 'm' has no dynamic_batching: Triton ignores priority and timeout"]);
    check(
        Some(SchedulingChoice::EnsembleScheduling(ModelEnsembling {})),
        &["timeout"],
        &["model 'm' is an ensemble: see that the models in it heed timeout"],
    );
    check(
        Some(SchedulingChoice::SequenceBatching(ModelSequenceBatching {})),
        &BOTH,
        &["model 'm' has sequence_batching: Triton orders its requests by sequence, not by \
           priority"],
    );
}

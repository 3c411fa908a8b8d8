//! Whether Triton heeds a priority and a timeout. It takes both in silence where the model is not
//! configured for them, and a run would then measure something else than it seems to.

use request::Tier;
use wire::inference::model_config::SchedulingChoice;
use wire::inference::model_queue_policy::TimeoutAction;
use wire::inference::{
    self, ModelConfig, ModelConfigRequest, ModelConfigResponse, ModelDynamicBatching,
    ModelQueuePolicy,
};

use super::answer::{Answer, answer};
use super::{KserveError, Wanted};
use crate::Ask;
use crate::plain::plain;

/// Notes on the scheduling parameters that requests of a model carry; none where the server is no
/// Triton.
pub(super) fn ask_for_notes(
    ask: &mut dyn Ask,
    wanted: &Wanted<'_>,
    sends: &[&str],
    slo_ns_max: i64,
) -> Result<Vec<String>, KserveError> {
    let question =
        ModelConfigRequest { name: wanted.name.to_owned(), version: wanted.version.to_owned() };
    let unread = |why: &str| {
        Ok(vec![format!(
            "model '{}': whether the server heeds {} was not checked ({why})",
            wanted.name,
            sends.join(" and ")
        )])
    };
    match answer(ask, inference::MODEL_CONFIG_PATH, &question) {
        Ok(Answer::Given(ModelConfigResponse { config })) => {
            Ok(notes(wanted.name, &config.unwrap_or_default(), sends, slo_ns_max))
        }
        Ok(Answer::Unimplemented) => Ok(Vec::new()),
        Ok(Answer::Absent(said)) | Err(KserveError::Refused { message: said, .. }) => {
            unread(&plain(&said))
        }
        Err(error) => Err(error),
    }
}

/// Which of the parameters the model does not heed, or not as they say, and why.
fn notes(name: &str, config: &ModelConfig, sends: &[&str], slo_ns_max: i64) -> Vec<String> {
    let batching = match &config.scheduling_choice {
        Some(SchedulingChoice::DynamicBatching(batching)) => batching,
        Some(SchedulingChoice::EnsembleScheduling(_)) => {
            return vec![format!(
                "model '{name}' is an ensemble: see that the models in it heed {}",
                sends.join(" and ")
            )];
        }
        Some(SchedulingChoice::SequenceBatching(_)) => {
            return vec![format!(
                "model '{name}' has sequence_batching: Triton orders its requests by sequence, not \
                 by priority"
            )];
        }
        None => {
            return vec![format!(
                "model '{name}' has no dynamic_batching: Triton ignores {}",
                sends.join(" and ")
            )];
        }
    };
    let mut notes = Vec::new();
    if sends.contains(&"priority") {
        notes.extend(priority_note(name, batching));
    }
    if sends.contains(&"timeout") {
        for (whose, policy) in policies(batching) {
            let policy = policy.copied().unwrap_or_default();
            let whats = timeout_notes(&policy, slo_ns_max);
            notes.extend(whats.iter().map(|what| format!("model '{name}', {whose}: {what}")));
        }
    }
    notes
}

fn priority_note(name: &str, batching: &ModelDynamicBatching) -> Option<String> {
    let (levels, default) = (batching.priority_levels, batching.default_priority_level);
    let tiers = Tier::ALL.len();
    match levels {
        0 => Some(format!("model '{name}' has no priority_levels: Triton ignores priority")),
        _ if levels < tiers as u64 => Some(format!(
            "model '{name}' has priority_levels {levels} for {tiers} tiers: Triton takes a greater \
             priority as {default}, its default"
        )),
        _ => None,
    }
}

/// The policies of a model's queues, and which queues they are of.
fn policies(batching: &ModelDynamicBatching) -> Vec<(String, Option<&ModelQueuePolicy>)> {
    let own = &batching.priority_queue_policy;
    let mut policies = Vec::new();
    if batching.priority_levels == 0 || (own.len() as u64) < batching.priority_levels {
        policies.push(("default_queue_policy".to_owned(), batching.default_queue_policy.as_ref()));
    }
    if batching.priority_levels > 0 {
        policies.extend(own.iter().map(|(level, policy)| {
            (format!("priority_queue_policy of priority {level}"), Some(policy))
        }));
    }
    policies
}

/// Triton takes a timeout where it may override the default and is the shorter of the two, and no
/// timeout is shorter than a default of 0, which means none.
fn timeout_notes(policy: &ModelQueuePolicy, slo_ns_max: i64) -> Vec<String> {
    if !policy.allow_timeout_override {
        return vec!["allow_timeout_override is off, so Triton ignores timeout".to_owned()];
    }
    let default_us = policy.default_timeout_microseconds;
    if default_us == 0 {
        return vec![
            "default_timeout_microseconds is not set, and a timeout can only shorten it, so Triton \
             ignores timeout"
                .to_owned(),
        ];
    }
    let mut notes = Vec::new();
    // As whole microseconds, which is what a timeout is sent in.
    let slo_us_max = u64::try_from(slo_ns_max / 1_000).unwrap_or_default();
    if default_us < slo_us_max {
        notes.push(format!(
            "default_timeout_microseconds is {default_us}, so Triton cuts longer timeouts to that; \
             the longest SLO of the trace is {slo_us_max}"
        ));
    }
    if policy.timeout_action() == TimeoutAction::Delay {
        notes.push(
            "timeout_action is DELAY, so Triton puts off requests whose timeout is over and refuses \
             none: no request ends as expired (REJECT refuses them)"
                .to_owned(),
        );
    }
    notes
}

#[cfg(test)]
mod tests;

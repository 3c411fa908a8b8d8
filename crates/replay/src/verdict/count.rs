//! Does every request of the run have its outcome, once?

use outcome::{Code, Outcome, Status};

use super::{Check, Judgement, Unit};

/// The share of requests that may be missing and the run only degraded.
const DEGRADED_SHARE: f64 = 1e-5;

const UNSENT: Check =
    Check::new("unsent", "the number of requests that could not be sent", Unit::Count);
const LOST: Check =
    Check::new("lost", "the number of requests that were lost by the client", Unit::Count);
const DUPLICATED: Check =
    Check::new("duplicated", "the number of requests with two outcomes", Unit::Count);

pub(super) fn check(judgement: &mut Judgement, outcomes: &[Outcome]) {
    let allowed = outcomes.len() as f64 * DEGRADED_SHARE;
    let count = |is: fn(&Outcome) -> bool| outcomes.iter().filter(|one| is(one)).count() as f64;
    judgement.add(UNSENT.of(count(is_unsent), 0.0, allowed));
    judgement.add(LOST.of(count(is_lost), 0.0, allowed));
    let mut ids: Vec<_> = outcomes.iter().map(|outcome| outcome.request_id).collect();
    ids.sort_unstable();
    let duplicated = ids.windows(2).filter(|pair| pair[0] == pair[1]).count();
    judgement.add(DUPLICATED.of(duplicated as f64, 0.0, 0.0));
}

/// Whoever cuts a run short means to leave requests out.
fn is_unsent(outcome: &Outcome) -> bool {
    outcome.status == Status::Unsent && outcome.code != Some(Code::CutShort)
}

/// No part of the client accounted for it: it is in error, and nothing is known of it.
fn is_lost(outcome: &Outcome) -> bool {
    outcome.status == Status::Error && outcome.sent.is_none() && outcome.done.is_none()
}

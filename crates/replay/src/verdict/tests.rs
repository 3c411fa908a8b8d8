use outcome::{Code, Status};
use request::{Moment, RequestId, Tier};

use super::*;

const MS: i64 = 1_000_000;

/// The request at 10 ms times `index`: SLO 100 ms, sent on time, answered after 20 ms.
fn punctual(index: i64) -> Outcome {
    let at = |nanos| Moment::from_nanos(index * 10 * MS + nanos);
    Outcome {
        run: 0,
        request_id: RequestId(index),
        tier: Tier::Vip,
        slo: 0,
        model: 0,
        arrival: at(0),
        deadline: at(100 * MS),
        sent: Some(at(0)),
        started: None,
        done: Some(at(20 * MS)),
        status: Status::Ok,
        worker: None,
        batch: None,
        code: None,
        first_byte: None,
        held_ns: None,
    }
}

/// 1000 such requests; `lag` by position.
fn run(lag: impl Fn(i64) -> i64) -> Vec<Outcome> {
    let outcome = |index: i64| {
        let at = |nanos| Some(Moment::from_nanos(index * 10 * MS + nanos));
        let lag = lag(index);
        Outcome { sent: at(lag), done: at(lag.max(0) + 20 * MS), ..punctual(index) }
    };
    (0..1000).map(outcome).collect()
}

fn verdict(lag: impl Fn(i64) -> i64) -> (Verdict, String) {
    let judgement = judge(&run(lag), None);
    (judgement.verdict, judgement.reasons().join("; "))
}

#[test]
fn a_punctual_run_is_valid() {
    assert_eq!(verdict(|_| 30_000), (Verdict::Valid, String::new()));
    assert_eq!(judge(&[], None).verdict, Verdict::Valid);
}

#[test]
fn a_constant_lag_is_seen_in_the_median() {
    let (verdict, reasons) = verdict(|_| 500_000);
    assert_eq!(verdict, Verdict::Degraded);
    assert_eq!(reasons, "lag p50 is 0.500 ms, above 0.205 ms");
    assert_eq!(self::verdict(|_| 3 * MS).0, Verdict::Invalid);
}

#[test]
fn a_tail_is_seen_in_p99_and_in_the_share_of_late_sends() {
    let (verdict, reasons) = verdict(|index| if index % 50 == 0 { 3 * MS } else { 10_000 });
    assert_eq!(verdict, Verdict::Degraded);
    assert!(reasons.contains("lag p99 is 3.000 ms, above 1.000 ms"), "{reasons}");
    assert!(reasons.contains("share of sends later"), "{reasons}");
}

#[test]
fn one_long_pause_is_seen_in_the_maximum() {
    let (verdict, reasons) = verdict(|index| if index == 500 { 150 * MS } else { 10_000 });
    assert_eq!(verdict, Verdict::Invalid);
    assert!(reasons.contains("lag max is 150.000 ms, above 100.000 ms"), "{reasons}");
    assert!(reasons.contains("out of order"), "{reasons}");
}

#[test]
fn a_drift_is_seen_although_no_send_is_very_late() {
    let (verdict, reasons) = verdict(|index| index * 300);
    assert_eq!(verdict, Verdict::Degraded);
    assert!(reasons.contains("drift of the lag is 30.0 us/s"), "{reasons}");
}

#[test]
fn an_early_send_is_seen() {
    assert_eq!(verdict(|index| if index == 3 { -10_000 } else { 10 }).0, Verdict::Degraded);
    assert_eq!(verdict(|index| if index == 3 { -60_000 } else { 10 }).0, Verdict::Invalid);
}

#[test]
fn requests_that_could_not_be_sent_make_a_run_invalid() {
    let mut outcomes = run(|_| 10);
    for outcome in &mut outcomes[500..600] {
        let (status, code) = (Status::Unsent, Some(Code::InFlightLimit));
        *outcome = Outcome { sent: None, done: None, status, code, ..*outcome };
    }
    let judgement = judge(&outcomes, None);
    assert_eq!(judgement.verdict, Verdict::Invalid);
    assert!(judgement.reasons().join(";").contains("could not be sent is 100"), "{judgement:?}");
}

#[test]
fn a_dead_server_and_an_interrupt_are_not_the_generators_fault() {
    let mut outcomes = run(|_| 10);
    for outcome in &mut outcomes[500..] {
        let (status, code) = (Status::Unavailable, Some(Code::NotConnected));
        *outcome = Outcome { sent: None, done: Some(outcome.arrival), status, code, ..*outcome };
    }
    assert_eq!(judge(&outcomes, None).verdict, Verdict::Valid);
    for outcome in &mut outcomes[500..] {
        let (status, code) = (Status::Unsent, Some(Code::CutShort));
        *outcome = Outcome { done: None, status, code, ..*outcome };
    }
    assert_eq!(judge(&outcomes, None).verdict, Verdict::Valid);
}

/// The value of a check, and its verdict.
fn found(judgement: &Judgement, name: &str) -> (f64, Verdict) {
    let check = judgement.checks.iter().find(|check| check.name == name).unwrap();
    (check.value, check.verdict)
}

#[test]
fn every_check_is_listed_with_its_limits() {
    let judgement = judge(&run(|_| 30_000), Some(-400));
    let names: Vec<_> = judgement.checks.iter().map(|check| check.name).collect();
    let all = [
        "lag p50",
        "lag p99",
        "lag p99.9",
        "lag max",
        "late",
        "early",
        "drift",
        "drift in all",
        "order",
        "rate",
        "unsent",
        "lost",
        "duplicated",
        "clock",
    ];
    assert_eq!(names, all);
    assert!(judgement.checks.iter().all(|check| check.valid_limit <= check.degraded_limit));
    // What is not known is not checked.
    assert!(judge(&run(|_| 0), None).checks.iter().all(|check| check.name != "clock"));
}

#[test]
fn in_virtual_time_nothing_is_off() {
    let judgement = judge(&run(|_| 0), None);
    assert!(judgement.checks.iter().all(|check| check.value == 0.0), "{judgement:?}");
    assert_eq!(judgement.exact().verdict, Verdict::Valid);
    let off = judge(&run(|index| i64::from(index == 500)), None);
    assert_eq!((off.verdict, off.exact().verdict), (Verdict::Valid, Verdict::Invalid));
}

#[test]
fn a_clock_that_was_set_lies_to_the_scheduler() {
    let verdict = |step_ns| judge(&run(|_| 10), Some(step_ns)).verdict;
    assert_eq!(verdict(-MS), Verdict::Valid);
    assert_eq!(verdict(MS + 1), Verdict::Degraded);
    assert_eq!(verdict(-5 * MS), Verdict::Degraded);
    assert_eq!(verdict(5 * MS + 1), Verdict::Invalid);
    assert_eq!(verdict(i64::MIN), Verdict::Invalid);
    let reasons = judge(&run(|_| 10), Some(3_600_000 * MS)).reasons();
    assert_eq!(reasons.len(), 1);
    assert!(reasons[0].starts_with("the step of the wall clock"), "{reasons:?}");
}

#[test]
fn a_request_is_accounted_for_once() {
    let mut outcomes = run(|_| 10);
    outcomes[7].request_id = RequestId(8);
    assert_eq!(found(&judge(&outcomes, None), "duplicated"), (1.0, Verdict::Invalid));
    let mut outcomes = run(|_| 10);
    let (status, code) = (Status::Error, Some(Code::Internal));
    outcomes[7] = Outcome { sent: None, done: None, status, code, ..outcomes[7] };
    assert_eq!(found(&judge(&outcomes, None), "lost"), (1.0, Verdict::Invalid));
    // One of a hundred thousand is a blemish.
    let mut many: Vec<Outcome> = (0..100_000).map(punctual).collect();
    many[7] = Outcome { sent: None, done: None, status, code, ..many[7] };
    assert_eq!(found(&judge(&many, None), "lost"), (1.0, Verdict::Degraded));
}

#[test]
fn a_request_that_the_other_side_did_not_take_was_still_tried() {
    let mut outcomes = run(|_| 10);
    // The server is there and reads nothing: it ends a window later, and is not of that window.
    for outcome in &mut outcomes[100..900] {
        let done = Some(Moment::from_nanos(outcome.arrival.as_nanos() + 10_000 * MS));
        *outcome = Outcome { sent: None, done, status: Status::Timeout, ..*outcome };
    }
    assert_eq!(found(&judge(&outcomes, None), "rate"), (0.0, Verdict::Valid));
    // But a client that came to it only when the window was over did not.
    for outcome in &mut outcomes[900..] {
        let (status, code) = (Status::Unavailable, Some(Code::NotConnected));
        let done = Some(Moment::from_nanos(11_000 * MS));
        *outcome = Outcome { sent: None, done, status, code, ..*outcome };
    }
    outcomes.push(punctual(1_050));
    assert_eq!(found(&judge(&outcomes, None), "rate").1, Verdict::Invalid);
}

#[test]
fn a_burst_at_the_edge_of_a_window_is_no_change_of_rate() {
    let mut outcomes = run(|_| 10);
    let at = Moment::from_nanos;
    for outcome in &mut outcomes[800..] {
        outcome.arrival = at(10_000 * MS - 5);
        outcome.deadline = at(10_100 * MS);
        outcome.sent = Some(at(10_000 * MS + 5));
    }
    outcomes.push(punctual(1_050));
    assert_eq!(found(&judge(&outcomes, None), "rate"), (0.0, Verdict::Valid));
    for outcome in &mut outcomes[800..1000] {
        outcome.sent = Some(at(10_003 * MS));
    }
    assert_eq!(found(&judge(&outcomes, None), "rate").1, Verdict::Invalid);
}

#[test]
fn a_request_that_many_overtook_is_out_of_order_by_the_last_of_them() {
    let (_, reasons) = verdict(|index| if index == 500 { 95 * MS } else { 10_000 });
    assert!(reasons.contains("out of order is 90.000 ms, above 1.000 ms"), "{reasons}");
}

#[test]
fn times_at_the_end_of_the_world_are_judged_without_a_panic() {
    let (far, before) = (Moment::from_nanos(i64::MAX), Moment::from_nanos(i64::MIN));
    let mut outcomes = run(|_| 0);
    for outcome in &mut outcomes[998..] {
        *outcome = Outcome { arrival: far, deadline: far, sent: Some(before), ..*outcome };
    }
    assert_eq!(judge(&outcomes, Some(i64::MIN)).verdict, Verdict::Invalid);
}

/// A receiver that takes nothing for 200 ms makes requests late, and the client is not to blame.
#[test]
fn what_the_receiver_held_up_is_not_held_against_the_client() {
    let late = run(|index| if index % 10 == 0 { 200 * MS } else { 0 });
    assert_eq!(judge(&late, Some(0)).verdict, Verdict::Invalid);
    let held: Vec<Outcome> =
        late.into_iter().map(|outcome| Outcome { held_ns: outcome.lag_ns(), ..outcome }).collect();
    let judgement = judge(&held, Some(0));
    assert_eq!(judgement.verdict, Verdict::Valid, "{:?}", judgement.reasons());
}

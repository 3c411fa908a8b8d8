use super::*;
use request::{Moment, RequestId, Tier};

const MS: i64 = 1_000_000;

/// 1000 requests, 10 ms apart, SLO 100 ms, answered after 20 ms; `lag` by position.
fn run(lag: impl Fn(i64) -> i64) -> Vec<Outcome> {
    let outcome = |index: i64| {
        let arrival = index * 10 * MS;
        let at = Moment::from_nanos;
        Outcome {
            run: 0,
            request_id: RequestId(index),
            tier: Tier::Vip,
            slo: 0,
            model: 0,
            arrival: at(arrival),
            deadline: at(arrival + 100 * MS),
            sent: Some(at(arrival + lag(index))),
            started: None,
            done: Some(at(arrival + lag(index).max(0) + 20 * MS)),
            status: Status::Ok,
            worker: None,
            batch: None,
            code: None,
            first_byte: None,
        }
    };
    (0..1000).map(outcome).collect()
}

fn verdict(lag: impl Fn(i64) -> i64) -> (Verdict, String) {
    let judgement = judge(&run(lag));
    (judgement.verdict, judgement.reasons.join("; "))
}

#[test]
fn a_punctual_run_is_valid() {
    assert_eq!(verdict(|_| 30_000), (Verdict::Valid, String::new()));
    assert_eq!(judge(&[]).verdict, Verdict::Valid);
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
    let judgement = judge(&outcomes);
    assert_eq!(judgement.verdict, Verdict::Invalid);
    assert!(judgement.reasons.join(";").contains("could not be sent is 100"), "{judgement:?}");
}

#[test]
fn a_dead_server_and_an_interrupt_are_not_the_generators_fault() {
    let mut outcomes = run(|_| 10);
    for outcome in &mut outcomes[500..] {
        let (status, code) = (Status::Unavailable, Some(Code::NotConnected));
        *outcome = Outcome { sent: None, done: Some(outcome.arrival), status, code, ..*outcome };
    }
    assert_eq!(judge(&outcomes).verdict, Verdict::Valid);
    for outcome in &mut outcomes[500..] {
        let (status, code) = (Status::Unsent, Some(Code::CutShort));
        *outcome = Outcome { done: None, status, code, ..*outcome };
    }
    assert_eq!(judge(&outcomes).verdict, Verdict::Valid);
}

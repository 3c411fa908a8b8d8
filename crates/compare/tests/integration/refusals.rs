//! What is not compared, and why it says so.

use compare::{RunTable, check_verdicts, compare};
use outcome::{Outcome, RunInfo, Verdict};
use request::{Moment, RequestId, Tier};

use crate::runs::{info, rows, table};

fn refusal(b: Vec<Outcome>) -> String {
    compare(&table("a", rows(100)), &table("b", b)).unwrap_err().to_string()
}

#[test]
fn the_first_request_that_differs_is_named() {
    let changed = |change: fn(Outcome) -> Outcome| {
        let mut rows = rows(100);
        rows[7] = change(rows[7]);
        refusal(rows)
    };
    for (told, found) in [
        (
            changed(|row| Outcome { request_id: RequestId(900), ..row }),
            "request 900 (arrival_ns 70000000, tier 2, slo urgent)",
        ),
        (
            changed(|row| Outcome { arrival: Moment::from_nanos(70_000_001), ..row }),
            "request 7 (arrival_ns 70000001, tier 2, slo urgent)",
        ),
        (
            changed(|row| Outcome { tier: Tier::Vip, ..row }),
            "request 7 (arrival_ns 70000000, tier 1, slo urgent)",
        ),
        (
            changed(|row| Outcome { slo: 1, ..row }),
            "request 7 (arrival_ns 70000000, tier 2, slo normal)",
        ),
    ] {
        let expected = format!(
            "runs are not of the same trace: in order of arrival, number 8 of A is \
            request 7 (arrival_ns 70000000, tier 2, slo urgent), of B {found}"
        );
        assert!(told.starts_with(&expected), "{told}");
    }
}

#[test]
fn every_request_must_be_on_both_sides() {
    let told = refusal(rows(100)[..399].to_vec());
    assert!(told.contains("A has 400 requests and B has 399"), "{told}");
}

#[test]
fn digests_tell_traces_apart() {
    let with_digest = |digest: &str| {
        let info = RunInfo { trace_digest: digest.into(), ..info("fifo") };
        RunTable::new("b", info, rows(100)).unwrap()
    };
    let error = compare(&table("a", rows(100)), &with_digest("77aa")).unwrap_err().to_string();
    assert!(error.contains("the digest of A's trace is 3fa94c01d2f6, that of B's is 77aa"));
    // Where a side has none, the requests themselves are enough.
    assert!(compare(&table("a", rows(100)), &with_digest("")).is_ok());
}

#[test]
fn a_side_is_one_run_with_requests() {
    let error = RunTable::new("a", info("edf"), Vec::new()).unwrap_err().to_string();
    assert_eq!(error, "a: the table is empty, so there is nothing to compare");
    let mut rows = rows(100);
    rows[3].run = 2;
    let error = RunTable::new("a", info("edf"), rows).unwrap_err().to_string();
    assert_eq!(error, "a: the table holds runs 0 and 2; give one run a side");
}

#[test]
fn an_invalid_run_is_refused() {
    let with_verdict = |verdict| {
        let verdict_reasons = vec!["lag p99 is 9 ms".into()];
        RunTable::new("b", RunInfo { verdict, verdict_reasons, ..info("edf") }, rows(100)).unwrap()
    };
    let a = table("a", rows(100));
    assert!(check_verdicts(&a, &with_verdict(Verdict::Degraded)).is_ok());
    let error = check_verdicts(&a, &with_verdict(Verdict::Invalid)).unwrap_err().to_string();
    assert!(error.starts_with("b: the run is invalid: lag p99 is 9 ms\n"), "{error}");
}

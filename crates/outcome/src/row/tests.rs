//! Derived values, and every promise of a row broken once.

use std::time::Duration;

use request::Moment;

use crate::testing::{answered, varied};
use crate::{Code, Outcome, Status};

fn at(nanos: i64) -> Option<Moment> {
    Some(Moment::from_nanos(nanos))
}

#[test]
fn only_an_answer_has_a_latency() {
    let row = answered(0, 5_000);
    assert_eq!(row.latency(), Some(Duration::from_micros(5)));
    for &status in Status::ALL.iter().filter(|&&status| status != Status::Ok) {
        let failed = Outcome { status, ..row };
        assert_eq!(failed.latency(), None);
        assert!(!failed.slo_met());
    }
}

#[test]
fn an_answer_at_the_deadline_is_in_time() {
    assert!(answered(0, 100_000_000).slo_met());
    assert!(!answered(0, 100_000_001).slo_met());
}

#[test]
fn lag_may_be_negative() {
    let row = answered(0, 5_000);
    assert_eq!(Outcome { sent: at(999_990), ..row }.lag_ns(), Some(-10));
    assert_eq!(Outcome { sent: at(1_000_010), ..row }.lag_ns(), Some(10));
    assert_eq!(Outcome { sent: None, ..row }.lag_ns(), None);
}

#[test]
fn a_broken_promise_names_its_column() {
    let row = answered(0, 5_000);
    let moment = Moment::from_nanos;
    for (broken, column) in [
        (Outcome { run: -1, ..row }, "run"),
        (Outcome { arrival: moment(-1), ..row }, "arrival_ns"),
        (Outcome { deadline: moment(0), ..row }, "deadline_ns"),
        (Outcome { started: at(0), ..row }, "started_ns"),
        (Outcome { done: at(0), ..row }, "done_ns"),
        (Outcome { sent: None, done: at(0), ..row }, "done_ns"),
        (Outcome { done: None, ..row }, "done_ns"),
        (Outcome { status: Status::Unsent, ..row }, "sent_ns"),
        (Outcome { status: Status::Unsent, sent: None, started: at(2_000), ..row }, "started_ns"),
        (Outcome { first_byte: at(999_999), ..row }, "first_byte_ns"),
        (Outcome { held_ns: Some(-1), ..row }, "held_ns"),
        (Outcome { first_byte: at(1_005_001), ..row }, "done_ns"),
        (
            Outcome { status: Status::Unsent, sent: None, first_byte: at(2_000), ..row },
            "first_byte_ns",
        ),
        (Outcome { code: Some(Code::Internal), ..row }, "code"),
        (Outcome { worker: Some(u32::MAX), ..row }, "worker"),
        (Outcome { batch: Some(0), ..row }, "batch"),
        (Outcome { batch: Some(u32::MAX), ..row }, "batch"),
    ] {
        let flaw = broken.flaw().unwrap_or_else(|| panic!("{column} is let through"));
        assert_eq!(flaw.column, column, "{flaw}");
    }
}

#[test]
fn honest_rows_have_no_flaw() {
    for row in varied(100) {
        assert_eq!(row.flaw(), None);
    }
}

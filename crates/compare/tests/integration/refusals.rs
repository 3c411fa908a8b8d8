//! What is not compared, and why it says so.

use std::path::Path;

use compare::{
    CompareError, Files, Overall, Reading, Settings, Side, Traffic, check_lags, check_timing,
    compare, read,
};
use outcome::{Outcome, RunInfo, Verdict};
use request::{Moment, RequestId, Tier};

use crate::runs::{info, rows, write};

fn read_both(
    folder: &Path,
    a: (&RunInfo, &[Outcome]),
    b: (&RunInfo, &[Outcome]),
) -> Result<(Traffic, Vec<Side>), CompareError> {
    let files = [("a.arrow", a), ("b.arrow", b)].map(|(name, (info, rows))| Files {
        name: None,
        paths: vec![write(folder, name, info, rows)],
    });
    read(&files, Reading::default())
}

fn refusal(b: &[Outcome]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let (info, a) = (info("x"), rows(100));
    read_both(folder.path(), (&info, &a), (&info, b)).unwrap_err().to_string()
}

#[test]
fn the_first_request_that_differs_is_named() {
    let changed = |change: fn(Outcome) -> Outcome| {
        let mut rows = rows(100);
        rows[7] = change(rows[7]);
        refusal(&rows)
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
            "runs are not of the same trace: in order of arrival, number 8 of the first is \
            request 7 (arrival_ns 70000000, tier 2, slo urgent), of the other {found}"
        );
        assert!(told.starts_with(&expected), "{told}");
    }
}

#[test]
fn every_request_must_be_on_both_sides() {
    let told = refusal(&rows(100)[..399]);
    assert!(told.contains("the first has 400 requests and the other 399"), "{told}");
}

#[test]
fn digests_tell_traces_apart() {
    let folder = tempfile::tempdir().unwrap();
    let (rows, info) = (rows(100), info("fifo"));
    let with_digest = |digest: &str| RunInfo { trace_digest: digest.into(), ..info.clone() };
    let both = |digest| read_both(folder.path(), (&info, &rows), (&with_digest(digest), &rows));
    let error = both("77aa").unwrap_err().to_string();
    assert!(error.contains(
        "the digest of the first run's trace is 3fa94c01d2f6, that of the other's is 77aa"
    ));
    // Where a side has none, the requests themselves are enough.
    assert!(both("").is_ok());
}

/// SLO classes are joined by name: each table has a list of its own.
#[test]
fn another_order_of_slo_classes_is_no_difference() {
    let folder = tempfile::tempdir().unwrap();
    let (a, info_a) = (rows(100), info("a"));
    let info_b = RunInfo { slos: vec!["normal".into(), "urgent".into()], ..info("b") };
    let b: Vec<_> = a.iter().map(|row| Outcome { slo: 1 - row.slo, ..*row }).collect();
    let (traffic, sides) = read_both(folder.path(), (&info_a, &a), (&info_b, &b)).unwrap();
    let settings = Settings { by_slo: true, ..Settings::default() };
    let comparison = compare(&traffic, &sides[0], &sides[1], &settings);
    assert_eq!(comparison.overall, Overall::Ok);
    assert!(comparison.metrics.iter().all(|metric| metric.by_run[0] == metric.by_run[1]));
}

#[test]
fn an_invalid_run_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let rows = rows(100);
    let checked = |verdict| {
        let verdict_reasons = vec!["lag p99 is 9 ms".into()];
        let b = RunInfo { verdict, verdict_reasons, ..info("edf") };
        let (_, sides) = read_both(folder.path(), (&info("edf"), &rows), (&b, &rows)).unwrap();
        check_timing(&sides).map_err(|error| error.to_string())
    };
    assert_eq!(checked(Verdict::Degraded), Ok(()));
    let error = checked(Verdict::Invalid).unwrap_err();
    assert!(error.contains("b.arrow: the run is invalid: lag p99 is 9 ms\n"), "{error}");
}

/// The median of the fastest tier is 74 ms and its threshold 4.9 % of that, so 3.6 ms matter.
#[test]
fn sides_that_were_not_fired_alike_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (info, on_time) = (info("edf"), rows(100));
    let checked = |lag_us: i64| {
        let late = |row: &Outcome| {
            let sent = Moment::from_nanos(row.arrival.as_nanos() + lag_us * 1_000);
            Outcome { sent: Some(sent), done: row.done.max(Some(sent)), ..*row }
        };
        let late: Vec<_> = on_time.iter().map(late).collect();
        let (traffic, sides) = read_both(folder.path(), (&info, &on_time), (&info, &late)).unwrap();
        check_lags(&traffic, &sides[0], &sides[1], &Settings::default())
    };
    assert!(matches!(checked(0), Ok(None)));
    assert!(matches!(checked(300), Ok(None)));
    assert!(matches!(checked(1_000), Ok(Some(_))));
    let error = checked(2_000).unwrap_err().to_string();
    assert!(error.contains("0.000 ms late in the mean"), "{error}");
    assert!(error.contains("2.000 ms"), "{error}");
}

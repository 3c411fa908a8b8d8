//! The tables that the command writes.

use std::fs;
use std::time::Duration;

use outcome::{Outcome, Status};

use crate::support::{Fixture, TEN_MS};

#[test]
fn a_folder_holds_a_table_for_each_policy() {
    let fixture = Fixture::new();
    fixture.stdout(&["t.arrow", "--policy", "edf,edf:late=drop,priority", "-o", "new/out"]);
    let entries = fs::read_dir(fixture.path("new/out")).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["edf-late-drop.arrow", "edf.arrow", "priority.arrow"]);
    let (info, rows) = fixture.table("new/out/edf-late-drop.arrow");
    assert_eq!((info.producer.as_str(), info.subject.as_str()), ("sim", "edf:late=drop"));
    let (_, others) = fixture.table("new/out/priority.arrow");
    let ids = |rows: &[Outcome]| rows.iter().map(|row| row.request_id).collect::<Vec<_>>();
    assert_eq!(ids(&rows), ids(&others), "runs of one trace join on their ids");
}

#[test]
fn every_format_holds_the_same_rows() {
    let fixture = Fixture::new();
    let table = |name| {
        fixture.stdout(&["t.arrow", "-o", name]);
        fixture.table(name).1
    };
    let rows = table("run.arrow");
    assert!(!rows.is_empty());
    assert!(rows.iter().all(|row| row.status == Status::Ok && row.done > row.started));
    assert_eq!(table("run.parquet"), rows);
    assert_eq!(table("run.csv"), rows);
    let text = String::from_utf8(fixture.bytes("run.csv")).unwrap();
    assert!(text.contains("request_id,"), "{text}");
}

#[test]
fn a_limit_takes_the_first_requests() {
    let fixture = Fixture::new();
    // FIFO: what comes later changes nothing for what came first.
    fixture.stdout(&["t.arrow", "--policy", "fifo", "-o", "all.arrow"]);
    fixture.stdout(&["t.arrow", "--policy", "fifo", "--limit", "20", "-o", "some.arrow"]);
    let ((_, all), (info, some)) = (fixture.table("all.arrow"), fixture.table("some.arrow"));
    assert_eq!(some, all[..20]);
    assert_eq!(info.parameters.get("limit").map(String::as_str), Some("20"));
}

#[test]
fn a_faster_rate_shortens_the_schedule_and_keeps_slos() {
    let fixture = Fixture::new();
    fixture.stdout(&["t.arrow", "-o", "slow.arrow"]);
    fixture.stdout(&["t.arrow", "--rate-scale", "4", "-o", "fast.arrow"]);
    let ((_, slow), (info, fast)) = (fixture.table("slow.arrow"), fixture.table("fast.arrow"));
    assert_eq!(info.rate_scale, "4");
    assert_eq!(slow.len(), fast.len());
    for (slow, fast) in slow.iter().zip(&fast) {
        assert_eq!(fast.deadline - fast.arrival, slow.deadline - slow.arrival);
        let (slow, fast) = (slow.arrival.as_nanos(), fast.arrival.as_nanos());
        assert!((fast * 4 - slow).abs() <= 2, "{slow} ns became {fast} ns, rounded");
    }
}

#[test]
fn late_requests_expire_under_overload_where_the_policy_drops_them() {
    let fixture = Fixture::new();
    fixture.stdout(&["t.arrow", "--policy", "edf,edf:late=drop", "--workers", "1", "-o", "out"]);
    let (_, served) = fixture.table("out/edf.arrow");
    assert!(served.iter().all(|row| row.status == Status::Ok));
    let (_, dropped) = fixture.table("out/edf-late-drop.arrow");
    let expired: Vec<_> = dropped.iter().filter(|row| row.status == Status::Expired).collect();
    assert!(!expired.is_empty() && expired.len() < dropped.len());
    for row in expired {
        assert_eq!((row.started, row.worker), (None, None), "{row:?}");
        assert!(row.done.is_some_and(|done| done >= row.deadline), "{row:?}");
    }
}

#[test]
fn a_profile_says_how_long_requests_take() {
    let fixture = Fixture::new();
    fixture.write("p.toml", TEN_MS);
    let flags = ["t.arrow", "--profile", "p.toml", "--workers", "1000", "-o", "run.arrow"];
    fixture.stdout(&flags);
    let (info, rows) = fixture.table("run.arrow");
    // So many workers that nobody waits: the latency is the service time.
    for row in &rows {
        assert_eq!(row.started, Some(row.arrival), "{row:?}");
        assert_eq!(row.done, Some(row.arrival + Duration::from_millis(10)), "{row:?}");
    }
    assert_eq!(info.parameters.get("profile").map(String::as_str), Some(TEN_MS));
}

use super::*;

fn row(first_ns: i64, deadline_ns: Option<i64>) -> Row {
    Row {
        connection: 0,
        stream: 1,
        deadline_ns,
        first_ns,
        last_ns: first_ns,
        first_unix_ns: first_ns + 1_000_000,
        body_bytes: 0,
    }
}

fn due(arrival_ns: i64) -> Due {
    Due { arrival_ns, deadline_ns: arrival_ns + 100 }
}

/// Three requests, due at 0, 10 and 30 us; the start is at 5 us of the monotonic clock.
const SCHEDULE: [i64; 3] = [0, 10_000, 30_000];
const START_NS: i64 = 5_000;

fn round(rows: Vec<Row>, told: &Told) -> anyhow::Result<Round> {
    Round::new("peer", rows, Some(&SCHEDULE.map(due)), told, None)
}

#[test]
fn lateness_counts_from_a_start_that_is_told() {
    let epoch = Told::Epoch { unix_ns: START_NS + 1_000_000 };
    let rows = SCHEDULE.map(|at| row(START_NS + at + 7_000, Some(START_NS + 1_000_000 + at + 100)));
    let round = round(rows.to_vec(), &epoch).unwrap();
    assert_eq!(round.anchor, Some(Anchor::Told));
    assert_eq!(round.late_us, Some(Spread { p50: 7.0, p99: 7.0, p999: 7.0 }));
    assert_eq!(round.beyond_least_us, Some(Spread { p50: 0.0, p99: 0.0, p999: 0.0 }));
    assert_eq!((round.arrived, round.gaps_ks), (3, Some(0.0)));
}

#[test]
fn a_request_that_did_not_arrive_moves_no_other() {
    let epoch = Told::Epoch { unix_ns: START_NS + 1_000_000 };
    let rows = [0, 30_000]
        .map(|at| row(START_NS + at + 7_000, Some(START_NS + 1_000_000 + at + 100)))
        .to_vec();
    let round = round(rows, &epoch).unwrap();
    assert_eq!((round.due, round.arrived), (3, 2));
    assert_eq!(round.late_us.unwrap().p999, 7.0);
}

#[test]
fn a_start_is_found_from_when_requests_were_begun() {
    // The second request was begun on time, the others 2 us late; all took 3 us more.
    let begun = Told::Begun(vec![START_NS + 2_000, START_NS + 10_000, START_NS + 32_000]);
    let rows = [5_000, 13_000, 35_000].iter().zip(1..);
    let rows = rows.map(|(at, number)| row(START_NS + at, Some(number))).collect();
    let round = round(rows, &begun).unwrap();
    assert_eq!(round.anchor, Some(Anchor::Begun));
    assert_eq!(round.late_us, Some(Spread { p50: 5.0, p99: 5.0, p999: 5.0 }));
}

#[test]
fn requests_without_identity_are_taken_by_order() {
    let rows = vec![row(40_000, None), row(9_000, None), row(21_000, None)];
    let found = round(rows, &Told::Nothing).unwrap();
    assert_eq!((found.anchor, found.late_us), (Some(Anchor::Least), None));
    assert_eq!(found.beyond_least_us, Some(Spread { p50: 1.0, p99: 2.0, p999: 2.0 }));
    assert!(round(vec![row(0, None)], &Told::Nothing).is_err());
}

#[test]
fn nothing_that_arrived_is_an_error() {
    assert!(round(Vec::new(), &Told::Nothing).is_err());
    assert!(round(vec![row(0, Some(1))], &Told::Epoch { unix_ns: 0 }).is_err());
}

#[test]
fn distances_of_distributions() {
    assert_eq!(ks_distance(&mut [1, 2, 3], &mut [3, 2, 1]), 0.0);
    assert_eq!(ks_distance(&mut [1, 2], &mut [3, 4]), 1.0);
    assert_eq!(ks_distance(&mut [1, 2, 3, 4], &mut [1, 2, 9, 9]), 0.5);
}

#[test]
fn stamps_that_are_shared_are_counted() {
    let rows: Vec<Row> = [1, 2, 2, 3].map(|at| row(at, None)).to_vec();
    assert_eq!(shared_stamps(&rows), 0.5);
}

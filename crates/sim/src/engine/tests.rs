//! Schedules that a hand can check. Theory and the laws that hold on any run are among the
//! integration tests.

use std::time::Duration;

use cluster::{Emulation, Profile, Served, Workers};
use policy::RefusalReason;
use request::{ModelId, Moment, RequestId, Seed, Tier};

use super::*;
use crate::{Fate, Fates};

/// (arrival, SLO, tier, model index) in microseconds.
type Row = (u32, u32, i64, u16);

fn requests(rows: &[Row]) -> Vec<Request> {
    let request = |(id, &(arrival, slo, tier, model)): (i64, &Row)| {
        let arrival = Moment::from_nanos(i64::from(arrival) * 1_000);
        Request {
            id: RequestId(id),
            arrival,
            deadline: arrival + Duration::from_micros(u64::from(slo)),
            tier: Tier::from_number(tier).unwrap(),
            model: ModelId(model),
        }
    };
    (0..).zip(rows).map(request).collect()
}

/// Models of constant times, in microseconds.
fn constant(times_us: &[u32]) -> Profile {
    let model = |(index, time): (usize, &u32)| {
        format!("[models.m{index}]\nlaw = \"constant\"\nmean_ms = {}e-3\n", time)
    };
    let models: String = times_us.iter().enumerate().map(model).collect();
    Profile::parse(&format!("version = 1\n{models}")).unwrap()
}

fn run(requests: &[Request], policy: &str, profile: &Profile, workers: u32) -> Vec<Fate> {
    let policy = policy::by_name(policy).unwrap();
    let (workers, profile) = (Workers::equal(workers), profile.clone());
    let mut cluster = Cluster::new(policy, &Emulation { workers, profile, seed: Seed(7) });
    let mut fates = vec![None; requests.len()];
    let arrivals = requests.iter().copied().zip(0..).map(Ok::<_, Violation>);
    let mut sojourns = 0;
    let mut record = Fates(|row: usize, fate| {
        let before = fates[row].replace(fate);
        assert_eq!(before, None, "request {row} ended twice");
        sojourns += (end(fate) - requests[row].arrival).as_nanos();
    });
    simulate(arrivals, &mut cluster, &mut record).unwrap();
    assert_eq!(cluster.queue().in_flight_area, sojourns, "Little's law, exact");
    fates.into_iter().map(|fate| fate.expect("every request ends")).collect()
}

fn end(fate: Fate) -> Moment {
    match fate {
        Fate::Served(served) => served.finished,
        Fate::Refused { at, .. } | Fate::Lost { at } => at,
    }
}

fn served(fates: &[Fate]) -> Vec<Served> {
    let served = |fate: &Fate| match fate {
        Fate::Served(served) => *served,
        Fate::Refused { .. } | Fate::Lost { .. } => panic!("{fate:?} was not served"),
    };
    fates.iter().map(served).collect()
}

fn start_and_finish_us(fates: &[Fate]) -> Vec<(i64, i64)> {
    let us = |moment: Moment| moment.as_nanos() / 1_000;
    served(fates).iter().map(|served| (us(served.started), us(served.finished))).collect()
}

#[test]
fn five_requests_by_hand() {
    let rows = [(0, 90, 3, 0), (1, 90, 3, 0), (2, 30, 2, 0), (3, 60, 1, 0), (40, 10, 3, 0)];
    let requests = requests(&rows);
    let run = |policy| start_and_finish_us(&run(&requests, policy, &constant(&[10]), 1));
    assert_eq!(run("fifo"), [(0, 10), (10, 20), (20, 30), (30, 40), (40, 50)]);
    assert_eq!(run("priority"), [(0, 10), (30, 40), (20, 30), (10, 20), (40, 50)]);
    assert_eq!(run("edf"), [(0, 10), (30, 40), (10, 20), (20, 30), (40, 50)]);
}

/// A (arrival 0, service 4, deadline 8) and B (1, 2, 3): only a policy that idles meets both.
#[test]
fn edf_misses_what_an_idling_policy_would_meet() {
    let requests = requests(&[(0, 8, 1, 0), (1, 2, 1, 1)]);
    let fates = run(&requests, "edf", &constant(&[4, 2]), 1);
    assert_eq!(start_and_finish_us(&fates), [(0, 4), (4, 6)]);
}

/// A completion and an arrival at one moment: the worker is free when the request comes, so the
/// request that waited goes first and the newcomer meets the other worker's fate.
#[test]
fn at_one_moment_a_completion_goes_before_an_arrival() {
    let requests = requests(&[(0, 99, 3, 0), (5, 99, 3, 0), (10, 20, 1, 0)]);
    let fates = run(&requests, "priority", &constant(&[10]), 1);
    assert_eq!(start_and_finish_us(&fates), [(0, 10), (10, 20), (20, 30)]);
}

#[test]
fn late_requests_are_dropped_at_their_turn_when_asked() {
    let requests = requests(&[(0, 50, 1, 0), (0, 5, 1, 0), (0, 50, 1, 0)]);
    let fates = run(&requests, "fifo:late=drop", &constant(&[10]), 1);
    let at = Moment::from_nanos(10_000);
    assert_eq!(fates[1], Fate::Refused { reason: RefusalReason::Expired, at });
    assert_eq!(start_and_finish_us(&[fates[0], fates[2]]), [(0, 10), (10, 20)]);
}

#[test]
fn no_request_is_no_event() {
    assert_eq!(run(&[], "fifo", &constant(&[1]), 1), []);
}

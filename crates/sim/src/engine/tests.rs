//! Known answers and exact properties of schedules, in integers.

use std::time::Duration;

use cluster::{Emulation, Profile, Served, Workers};
use policy::RefusalReason;
use proptest::prelude::*;
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

/// M/M/1 at utilisation 0.7: Wq = rho / (mu - lambda). The band is 4 %, over five standard errors
/// of this fixed run by batch means.
#[test]
fn mm1_waits_as_theory_says() {
    const REQUESTS: u32 = 400_000;
    let seed = Seed(3).derive("gaps");
    let mut at = 0.0;
    let requests: Vec<Request> = (0..REQUESTS)
        .map(|id| {
            let uniform = ((seed.draw(u64::from(id)) >> 11) + 1) as f64 / (1u64 << 53) as f64;
            at += -uniform.ln() * 1e6 / 0.7;
            let arrival = Moment::from_nanos(at as i64);
            let deadline = arrival + Duration::from_secs(1);
            let (id, tier, model) = (RequestId(i64::from(id)), Tier::Free, ModelId(0));
            Request { id, arrival, deadline, tier, model }
        })
        .collect();
    let text = "version = 1\n[models.m]\nlaw = \"exponential\"\nmean_ms = 1\n";
    let fates = run(&requests, "fifo", &Profile::parse(text).unwrap(), 1);
    let waited = |(fate, request): (&Served, &Request)| (fate.started - request.arrival).as_nanos();
    let total: u128 = served(&fates).iter().zip(&requests).map(waited).sum();
    let mean_ms = total as f64 / f64::from(REQUESTS) / 1e6;
    let theory_ms = 0.7 / (1.0 - 0.7);
    assert!((mean_ms / theory_ms - 1.0).abs() < 0.04, "{mean_ms} against {theory_ms}");
}

prop_compose! {
    /// Few distinct moments, so that ties are common.
    fn rows(model_count: u16)(
        rows in prop::collection::vec((0u32..60, 1u32..80, 1i64..=3, 0..model_count), 1..60)
    ) -> Vec<Row> {
        let mut rows = rows;
        rows.sort_by_key(|row| row.0);
        rows
    }
}

fn spans(fates: &[Fate]) -> Vec<(u32, Moment, Moment)> {
    served(fates).iter().map(|s| (s.worker.0, s.started, s.finished)).collect()
}

/// The busy intervals of one worker, joined where they touch.
fn busy_intervals(fates: &[Fate]) -> Vec<(Moment, Moment)> {
    let mut spans: Vec<_> = spans(fates).iter().map(|&(_, start, end)| (start, end)).collect();
    spans.sort_unstable();
    let mut joined: Vec<(Moment, Moment)> = Vec::new();
    for (start, end) in spans {
        match joined.last_mut() {
            Some(last) if last.1 == start => last.1 = end,
            _ => joined.push((start, end)),
        }
    }
    joined
}

proptest! {
    /// Kiefer and Wolfowitz: under FIFO, each request starts when it has come and the first of the
    /// workers is free. With one worker this is Lindley's recursion.
    #[test]
    fn fifo_follows_kiefer_wolfowitz(rows in rows(2), workers in 1u32..4) {
        let times = [7_000, 13_000];
        let requests = requests(&rows);
        let fates = run(&requests, "fifo", &constant(&[7, 13]), workers);
        let mut free_at = vec![0i64; workers as usize];
        for (request, served) in requests.iter().zip(served(&fates)) {
            free_at.sort_unstable();
            let start = request.arrival.as_nanos().max(free_at[0]);
            free_at[0] = start + times[usize::from(request.model.0)];
            prop_assert_eq!(served.started.as_nanos(), start);
            prop_assert_eq!(served.finished.as_nanos(), free_at[0]);
        }
    }

    /// No worker serves two batches at once, and nothing starts before it comes.
    #[test]
    fn a_worker_serves_one_batch_at_a_time(rows in rows(2), workers in 1u32..4) {
        let requests = requests(&rows);
        for policy in ["fifo", "priority", "edf", "wfq", "drr"] {
            let fates = run(&requests, policy, &constant(&[7, 13]), workers);
            for (request, served) in requests.iter().zip(served(&fates)) {
                prop_assert!(served.started >= request.arrival);
                prop_assert_eq!(served.batch_size, 1);
            }
            let mut spans = spans(&fates);
            spans.sort_unstable();
            for pair in spans.windows(2) {
                prop_assert!(pair[0].0 != pair[1].0 || pair[0].2 <= pair[1].1);
            }
        }
    }

    /// One worker: every policy that never idles is busy at the same times.
    #[test]
    fn one_worker_is_busy_at_the_same_times_under_every_policy(rows in rows(2)) {
        let requests = requests(&rows);
        let busy = |policy| busy_intervals(&run(&requests, policy, &constant(&[7, 13]), 1));
        prop_assert_eq!(busy("fifo"), busy("priority"));
        prop_assert_eq!(busy("fifo"), busy("edf"));
    }

    /// Equal constant times: the same multiset of starts under every policy that never idles.
    #[test]
    fn equal_times_give_equal_starts(rows in rows(1), workers in 1u32..4) {
        let requests = requests(&rows);
        let starts = |policy| {
            let fates = run(&requests, policy, &constant(&[9]), workers);
            let mut starts: Vec<_> = served(&fates).iter().map(|s| s.started).collect();
            starts.sort_unstable();
            starts
        };
        prop_assert_eq!(starts("fifo"), starts("priority"));
        prop_assert_eq!(starts("fifo"), starts("edf"));
    }

    /// With equal SLOs the earliest deadline is the earliest arrival.
    #[test]
    fn edf_is_fifo_when_slos_are_equal(rows in rows(2), workers in 1u32..4) {
        let rows: Vec<Row> = rows.iter().map(|&(at, _, tier, model)| (at, 50, tier, model)).collect();
        let requests = requests(&rows);
        let profile = constant(&[7, 13]);
        prop_assert_eq!(
            run(&requests, "edf", &profile, workers),
            run(&requests, "fifo", &profile, workers)
        );
    }

    /// Under FIFO no request starts later when there is one worker more.
    #[test]
    fn one_worker_more_delays_nobody(rows in rows(2), workers in 1u32..4) {
        let requests = requests(&rows);
        let starts = |workers| {
            let fates = run(&requests, "fifo", &constant(&[7, 13]), workers);
            served(&fates).iter().map(|s| s.started).collect::<Vec<_>>()
        };
        let (fewer, more) = (starts(workers), starts(workers + 1));
        prop_assert!(fewer.iter().zip(&more).all(|(fewer, more)| more <= fewer));
    }

    /// Two policies on one trace meet the same work.
    #[test]
    fn a_request_costs_the_same_under_every_policy(rows in rows(1), workers in 1u32..4) {
        let requests = requests(&rows);
        let text = "version = 1\n[models.m]\nlaw = \"lognormal\"\nmean_ms = 0.01\ncv = 1\n";
        let profile = Profile::parse(text).unwrap();
        let costs = |policy| {
            let fates = run(&requests, policy, &profile, workers);
            served(&fates).iter().map(|s| s.finished - s.started).collect::<Vec<_>>()
        };
        prop_assert_eq!(costs("fifo"), costs("edf"));
        prop_assert_eq!(costs("fifo"), costs("priority"));
    }
}

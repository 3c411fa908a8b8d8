//! Orders that are the best there are, against all others.

use proptest::prelude::*;
use request::{Request, Tier};

use super::clusters::away_at_first;
use super::{Row, TIMES_US, constant, constant_models, policies, requests, rows, stoppable};
use crate::theory::lab::{Lab, Run};

/// All requests come at 0, and the worker when all of them are there.
const BACK_US: u32 = 1;

/// Times of the models, in us.
const MODELS_US: [u32; 4] = [2, 3, 7, 20];

fn all_at_once() -> impl Strategy<Value = Vec<Row>> {
    prop::collection::vec((Just(0), 1u32..60, 1i64..=3, 0u16..4), 1..8)
}

fn lab() -> Lab {
    away_at_first(1, BACK_US, &constant_models(&MODELS_US))
}

fn time(request: &Request) -> i64 {
    i64::from(MODELS_US[usize::from(request.model.0)]) * 1_000
}

/// The least cost of all orders of `requests`; `cost` is of an order.
fn least(requests: &mut Vec<Request>, fixed: usize, cost: &impl Fn(&[Request]) -> i64) -> i64 {
    if fixed == requests.len() {
        return cost(requests);
    }
    let mut found = i64::MAX;
    for next in fixed..requests.len() {
        requests.swap(fixed, next);
        found = found.min(least(requests, fixed + 1, cost));
        requests.swap(fixed, next);
    }
    found
}

/// The cost of an order of requests that have all come, from the costs of each and its end.
fn in_order(
    one: impl Fn(&Request, i64) -> i64,
    join: impl Fn(i64, i64) -> i64,
) -> impl Fn(&[Request]) -> i64 {
    move |order| {
        let mut now = i64::from(BACK_US) * 1_000;
        let mut total = None;
        for request in order {
            now += time(request);
            let cost = one(request, now);
            total = Some(total.map_or(cost, |total| join(total, cost)));
        }
        total.unwrap_or(0)
    }
}

fn lateness(request: &Request, end: i64) -> i64 {
    end - request.deadline.as_nanos()
}

fn largest_lateness(run: &Run) -> i64 {
    let served =
        run.served().map(|(request, served)| lateness(request, served.finished.as_nanos()));
    served.max().unwrap()
}

fn in_time(run: &Run) -> usize {
    run.served().filter(|(request, served)| served.finished <= request.deadline).count()
}

/// Moore and Hodgson (1968): the most requests that can be in time. In order of deadlines, and when
/// one is late, the longest so far is given up.
fn most_in_time(requests: &[Request]) -> usize {
    let mut requests = requests.to_vec();
    requests.sort_by_key(|request| request.deadline);
    let (mut now, mut times) = (i64::from(BACK_US) * 1_000, Vec::new());
    for request in requests {
        now += time(&request);
        times.push(time(&request));
        if now > request.deadline.as_nanos() {
            times.sort_unstable();
            now -= times.pop().unwrap();
        }
    }
    times.len()
}

fn weight(tier: Tier) -> i64 {
    [5, 3, 1][usize::from(tier.number() - 1)]
}

proptest! {
    /// Jackson (1955). So EDF meets all deadlines where any order does.
    #[test]
    fn edf_makes_the_largest_lateness_least(rows in all_at_once()) {
        let run = lab().run("edf", requests(&rows));
        let best = least(&mut requests(&rows), 0, &in_order(lateness, i64::max));
        prop_assert_eq!(largest_lateness(&run), best);
    }

    /// Smith (1956).
    #[test]
    fn sjf_makes_the_sum_of_completion_times_least(rows in all_at_once()) {
        for (policy, is_weighted) in [("sjf", false), ("sjf:w1=5,w2=3,w3=1", true)] {
            let weight = |request: &Request| if is_weighted { weight(request.tier) } else { 1 };
            let run = lab().run(policy, requests(&rows));
            let ends = run.served().map(|(one, served)| weight(one) * served.finished.as_nanos());
            let cost = in_order(|request, end| weight(request) * end, |total, cost| total + cost);
            prop_assert_eq!(ends.sum::<i64>(), least(&mut requests(&rows), 0, &cost), "{}", policy);
        }
    }

    /// Moore and Hodgson's number is right, and no policy has more in time.
    #[test]
    fn no_policy_has_more_in_time_than_moore_and_hodgson(
        rows in all_at_once(),
        policy in policies(),
    ) {
        let requests = requests(&rows);
        let late = |request: &Request, end| i64::from(lateness(request, end) > 0);
        let fewest = least(&mut requests.clone(), 0, &in_order(late, |total, late| total + late));
        prop_assert_eq!(most_in_time(&requests), rows.len() - usize::try_from(fewest).unwrap());
        prop_assert!(in_time(&lab().run(&policy, requests.clone())) <= most_in_time(&requests));
    }

    /// Requests of one unit that come at whole units, on any number of workers. What starts at some
    /// moment must give way to what comes at the same moment, and `preempt` does just that.
    #[test]
    fn edf_makes_the_largest_lateness_of_unit_requests_least(
        rows in prop::collection::vec((0u32..5, 1u32..9), 1..8),
        workers in 1u32..3,
    ) {
        const UNIT_US: u32 = 10;
        let mut rows: Vec<Row> =
            rows.iter().map(|(at, slo)| (at * UNIT_US, slo * UNIT_US, 1, 0)).collect();
        rows.sort_by_key(|row| row.0);
        let run = constant(&[UNIT_US], workers).run("edf:preempt=on", requests(&rows));
        let cost = |order: &[Request]| {
            let mut free_at = vec![0i64; workers as usize];
            let late = order.iter().map(|request| {
                free_at.sort_unstable();
                free_at[0] = free_at[0].max(request.arrival.as_nanos()) + i64::from(UNIT_US) * 1_000;
                lateness(request, free_at[0])
            });
            late.max().unwrap()
        };
        prop_assert_eq!(largest_lateness(&run), least(&mut requests(&rows), 0, &cost));
    }

    /// Horn (1974): with preemption EDF is the best on one worker, whatever comes when. No schedule
    /// can be less late than a set of requests whose work, begun when the first of them comes, ends
    /// after the last of their deadlines.
    #[test]
    fn preemptive_edf_is_as_late_as_it_has_to_be(rows in rows(2)) {
        let requests = requests(&rows);
        let work = |request: &Request| i64::from(TIMES_US[usize::from(request.model.0)]) * 1_000;
        let mut bound = i64::MIN;
        for first in &requests {
            for last in &requests {
                let set = requests.iter().filter(|request| {
                    request.arrival >= first.arrival && request.deadline <= last.deadline
                });
                let set: Vec<_> = set.collect();
                if !set.is_empty() {
                    let work: i64 = set.into_iter().map(work).sum();
                    bound = bound.max(first.arrival.as_nanos() + work - last.deadline.as_nanos());
                }
            }
        }
        prop_assert_eq!(largest_lateness(&stoppable(&TIMES_US, 1).run("edf:preempt=on", requests)), bound);
    }
}

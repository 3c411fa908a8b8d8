//! No policy sees what has not happened yet.

use proptest::prelude::*;
use request::{Moment, Request, RequestId};
use sim::Fate;

use super::clusters::{Kind, MODELS, clusters};
use super::{policies, requests, rows};
use crate::theory::lab::{Run, end};

/// What had ended before `moment`, of the first `count` requests.
fn ended_before(run: &Run, moment: Moment, count: usize) -> Vec<Option<Fate>> {
    run.fates[..count].iter().map(|fate| (end(fate) < moment).then_some(*fate)).collect()
}

/// Other ids draw other service times, and nothing else of a request depends on its id.
fn renamed(mut requests: Vec<Request>, test: impl Fn(usize) -> bool) -> Vec<Request> {
    for (row, request) in requests.iter_mut().enumerate().filter(|(row, _)| test(*row)) {
        request.id = RequestId(1_000_000 + i64::try_from(row).unwrap());
    }
    requests
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    /// Requests that come from some moment on are taken away, and others put in their place.
    #[test]
    fn what_comes_later_changes_nothing_before(
        rows_of_one in rows(MODELS),
        rows_of_other in rows(MODELS),
        cut in 0i64..70,
        lab in clusters(Kind { forever: false, steps: true }),
        policy in policies(),
    ) {
        let cut = Moment::from_nanos(cut * 1_000);
        let one = requests(&rows_of_one);
        let common = one.iter().take_while(|request| request.arrival < cut).count();
        let other = renamed(requests(&rows_of_other), |_| true);
        let other = other.into_iter().filter(|request| request.arrival >= cut);
        let other = one[..common].iter().copied().chain(other).collect();
        let (one, other) = (lab.run(&policy, one), lab.run(&policy, other));
        prop_assert_eq!(ended_before(&one, cut, common), ended_before(&other, cut, common));
    }

    /// Some requests take longer or less long. Until the first of them ends, in either run, all is
    /// the same.
    #[test]
    fn nobody_knows_how_long_a_request_takes_before_it_ends(
        rows in rows(MODELS),
        changed in any::<u64>(),
        lab in clusters(Kind { forever: false, steps: false }),
        policy in policies(),
    ) {
        let is_changed = |row: usize| changed >> (row % 64) & 1 == 1;
        let one = lab.run(&policy, requests(&rows));
        let other = lab.run(&policy, renamed(requests(&rows), is_changed));
        let known = |run: &Run| {
            let changed = run.fates.iter().enumerate().filter(|(row, _)| is_changed(*row));
            let served = changed.filter(|(_, fate)| matches!(fate, Fate::Served(_)));
            served.map(|(_, fate)| end(fate)).min().unwrap_or(Moment::MAX)
        };
        let until = known(&one).min(known(&other));
        let ended = |run| ended_before(run, until, rows.len());
        prop_assert_eq!(ended(&one), ended(&other));
    }
}

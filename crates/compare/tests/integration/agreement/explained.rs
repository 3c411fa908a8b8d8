//! The part that lag and overhead explain.

use compare::agreement::{Agreement, Figure, Limits, Measure, RunTable, View, Word, agreement};
use outcome::Outcome;
use proptest::prelude::*;
use request::Moment;

use super::model::{
    MICROSECOND, MILLISECOND, agreed, later, measured, middle, model, of_all, run, sim_info,
    simulated,
};

/// Whether each figure is the simulated one in this view.
fn equal(agreement: &Agreement, view: View) -> bool {
    let rows = agreement.classes.iter().flat_map(|class| &class.rows);
    rows.into_iter().all(|row| {
        row.figures(view).is_some_and(|figures| figures.iter().all(|&b| b == row.simulated))
    })
}

#[test]
fn lag_and_overhead_are_taken_away_one_after_the_other() {
    let found = agreed([measured(300 * MICROSECOND, 200 * MICROSECOND)]);
    let differences = View::ALL.map(|view| {
        let row = of_all(&found, Measure::P50);
        row.spread(view).unwrap().middle.difference(row.simulated)
    });
    assert_eq!(differences, [9.5 / 9.0 - 1.0, 9.2 / 9.0 - 1.0, 0.0]);
    assert_eq!(found.overall(), Word::Differs);
    let account = &found.accounts[0];
    // The 250 requests that take an even number of ms did not wait.
    assert_eq!((account.paired, account.unqueued, account.apart), (500, 250, 0));
    let overhead = account.overhead.unwrap();
    assert_eq!((overhead.p50_ns, overhead.p95_ns), (200_000, 200_000));
    let lag = account.lag.unwrap();
    assert_eq!((lag.p50_ns, lag.max_ns, lag.total_ns), (300_000, 300_000, 150_000_000));
    assert_eq!(lag.held_ns, None);
}

#[test]
fn a_deadline_missed_by_the_lag_alone_is_met_without_it() {
    let found = agreed([measured(MICROSECOND, 0)]);
    let met = |view| middle(&found, Measure::Attainment, view);
    let share = |part| Figure::Share { part, whole: 500 };
    assert_eq!(View::ALL.map(met), [share(350), share(400), share(400)]);
}

#[test]
fn what_the_receiver_held_up_is_told() {
    let held = |row: Outcome| Outcome { held_ns: Some(75 * MICROSECOND), ..row };
    let found = agreed([measured(100 * MICROSECOND, 0).into_iter().map(held).collect()]);
    let lag = found.accounts[0].lag.unwrap();
    assert_eq!((lag.held_ns, lag.total_ns), (Some(37_500_000), 50_000_000));
}

#[test]
fn queues_are_no_overhead() {
    // Every request that waited waits 3 ms more: the others alone tell of the overhead.
    let more = |row: Outcome| {
        let waited = row.started != Some(row.arrival);
        later(row, 0, 100 * MICROSECOND + if waited { 3 * MILLISECOND } else { 0 })
    };
    let found = agreed([simulated().into_iter().map(more).collect()]);
    let account = &found.accounts[0];
    assert_eq!(account.overhead.unwrap().p50_ns, 100_000);
    assert_eq!((account.apart, found.classes[0].apart[0]), (250, 250));
    // The first of those that are equally far.
    let first = account.largest[0];
    assert_eq!((account.largest.len(), first.request_id.0), (5, 0));
    assert_eq!((first.simulated_ns, first.measured_ns), (5_000_000, 8_100_000));
    assert_eq!(account.rest_ns(&first), 3_000_000);
}

#[test]
fn the_largest_rest_comes_first_whatever_its_sign() {
    let mut rows = measured(0, 0);
    for (index, overhead_ns) in
        [(10, -2 * MILLISECOND), (20, 4 * MILLISECOND), (30, -3 * MILLISECOND), (40, MILLISECOND)]
    {
        rows[index] = later(simulated()[index], 0, overhead_ns);
    }
    let found = agreed([rows]);
    let account = &found.accounts[0];
    // A millisecond itself is not beyond a millisecond.
    assert_eq!(account.apart, 3);
    let rests: Vec<_> =
        account.largest.iter().map(|pair| (pair.index, account.rest_ns(pair))).collect();
    assert_eq!(rests, [(20, 4_000_000), (30, -3_000_000), (10, -2_000_000)]);
}

/// The simulation, in which the requests from `first` on waited for as many us as their number.
fn waiting_from(first: i64) -> RunTable {
    let wait = |row: Outcome| {
        let id = row.request_id.0;
        let wait_ns = if id < first { 0 } else { id * MICROSECOND };
        let started = Moment::from_nanos(row.arrival.as_nanos() + wait_ns);
        Outcome { started: Some(started), ..row }
    };
    let rows = simulated().into_iter().map(wait).collect();
    RunTable::new("sim.arrow", sim_info(), rows).unwrap()
}

#[test]
fn where_all_waited_those_that_waited_least_tell_the_overhead() {
    // The overhead of each request is as many us as its number.
    let rows = || -> Vec<Outcome> {
        let rows = simulated().into_iter();
        rows.map(|row| later(row, 0, row.request_id.0 * MICROSECOND)).collect()
    };
    // Of 0 to 39 us, number 20 is 19 us; of the 41 that did not wait, number 21 is 20 us.
    for (first, unqueued, p50_ns, p95_ns) in
        [(10, 10, 19_000, 37_000), (40, 40, 19_000, 37_000), (41, 41, 20_000, 38_000)]
    {
        let found = agreement(&waiting_from(first), &[run(rows())], Limits::default()).unwrap();
        let account = &found.accounts[0];
        let overhead = account.overhead.unwrap();
        assert_eq!(
            (account.unqueued, overhead.p50_ns, overhead.p95_ns),
            (unqueued, p50_ns, p95_ns)
        );
    }
}

#[test]
fn nobody_knows_the_overhead_of_few_requests_or_of_unknown_waits() {
    let known = simulated()[..39].to_vec();
    let unknown: Vec<_> =
        simulated().into_iter().map(|row| Outcome { started: None, ..row }).collect();
    for rows in [known, unknown] {
        let count = rows.len();
        let simulated = RunTable::new("sim.arrow", sim_info(), rows).unwrap();
        let run = run(measured(0, MICROSECOND)[..count].to_vec());
        let found = agreement(&simulated, &[run], Limits::default()).unwrap();
        assert_eq!(found.accounts[0].overhead, None);
        let rows = found.classes.iter().flat_map(|class| &class.rows);
        assert!(rows.into_iter().all(|row| row.figures(View::WithoutOverhead).is_none()));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn lag_upon_a_perfect_copy_is_explained(
        lags in proptest::collection::vec(-1_000_000_i64..20_000_000, 500),
        overhead_ns in 0_i64..5_000_000,
    ) {
        let late = |overhead_ns| {
            let rows = simulated().into_iter().zip(&lags);
            agreed([rows.map(|(row, &lag_ns)| later(row, lag_ns, overhead_ns)).collect()])
        };
        prop_assert!(equal(&late(0), View::WithoutLag));
        let found = late(overhead_ns);
        prop_assert!(equal(&found, View::WithoutOverhead));
        prop_assert_eq!(found.accounts[0].overhead.unwrap().p50_ns, overhead_ns);
        prop_assert_eq!(found.accounts[0].apart, 0);
    }

    #[test]
    fn the_order_of_rows_means_nothing(
        order in Just((0..500_usize).collect::<Vec<_>>()).prop_shuffle(),
        overhead_ns in 0_i64..5_000_000,
    ) {
        let rows = measured(MICROSECOND, overhead_ns);
        let shuffled = order.iter().map(|&index| rows[index]).collect();
        let model = model();
        let found = |rows| agreement(&model, &[run(rows)], Limits::default()).unwrap();
        prop_assert_eq!(found(shuffled), found(rows));
    }
}

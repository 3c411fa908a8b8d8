//! What a generated trace must be, whatever the seed; the statistics are in the integration tests.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::loadgen::LoadgenSchedule;
use super::*;
use crate::workload::{Amounts, Arrivals, BatchSize, Process, Workload, WorkloadFile};

fn rows_of(workload: &Workload, seed: u64, threads: usize) -> Vec<TraceRow> {
    generate(workload, Seed(seed), threads).unwrap().flatten().collect()
}

fn small(name: &str) -> Workload {
    let mut workload = Workload::built_in(name).unwrap().with_tensor_shape(&[1, 4]);
    workload.total_qps = 200.0;
    workload.duration = std::time::Duration::from_secs(5);
    workload
}

/// (tier, SLO class) to its (arrival, model, tensor seed).
type ByClass = BTreeMap<(u8, u16), Vec<(i64, u16, u64)>>;

/// What classes are made of, without what depends on the other classes.
fn by_class(rows: &[TraceRow]) -> ByClass {
    let mut classes = ByClass::new();
    for row in rows {
        let drawn = (row.request.arrival.as_nanos(), row.request.model.0, row.tensor_seed.0);
        classes.entry((row.request.tier.number(), row.slo)).or_default().push(drawn);
    }
    classes
}

#[test]
fn rows_are_in_order_and_numbered() {
    for name in Workload::BUILT_IN {
        let workload = small(name);
        let rows = rows_of(&workload, 1, 1);
        for (position, row) in rows.iter().enumerate() {
            assert_eq!(row.request.id.0, position as i64);
            let target = workload.slos[usize::from(row.slo)].target;
            assert_eq!(row.request.deadline - row.request.arrival, target);
        }
        assert!(rows.is_sorted_by_key(|row| (row.request.arrival, row.request.id)));
    }
}

#[test]
fn a_class_ends_with_the_duration_once_it_has_its_count() {
    let workload = small("balanced");
    for (class, rows) in by_class(&rows_of(&workload, 3, 1)) {
        let kept_for_count = rows.iter().filter(|row| row.0 >= 5_000_000_000).count();
        assert!(kept_for_count == 0 || rows.len() <= 15, "{class:?}");
    }
    // A class of 0.05/s has to go on for its five requests.
    let slow = Workload { total_qps: 1.0, ..small("balanced") };
    let classes = by_class(&rows_of(&slow, 3, 1));
    let counts: Vec<usize> = classes.values().map(Vec::len).collect();
    assert!(counts.iter().zip([5, 10, 15, 10, 15, 10, 10, 15, 10]).all(|(&n, min)| n >= min));
    assert!(classes[&(1, 0)].last().unwrap().0 > 5_000_000_000);
}

#[test]
fn a_class_too_slow_is_left_out() {
    let mut workload = small("balanced");
    workload.classes[0].share = 0.000_01;
    workload.classes[1].share = 0.149_99;
    let classes = by_class(&rows_of(&workload, 1, 1));
    assert_eq!(classes.len(), 8);
    assert!(!classes.contains_key(&(1, 0)));
}

#[test]
fn leaving_a_class_out_moves_no_other() {
    let workload = small("balanced");
    let whole = by_class(&rows_of(&workload, 9, 1));
    let mut without = workload.clone();
    // Its share goes to one class, since shares sum to 1; the other seven keep theirs.
    let dropped = without.classes.remove(3);
    without.classes[0].share += dropped.share;
    without.classes.reverse();
    let rest = by_class(&rows_of(&without, 9, 1));
    assert_eq!(rest.len(), 8);
    for (class, rows) in rest.iter().filter(|(class, _)| **class != (1, 0)) {
        assert_eq!(rows, &whole[class], "{class:?}");
    }
}

#[test]
fn another_seed_differs_in_every_class() {
    let workload = small("batch_heavy");
    let (one, two) = (by_class(&rows_of(&workload, 1, 1)), by_class(&rows_of(&workload, 2, 1)));
    for (class, rows) in &one {
        let shared = rows.iter().filter(|row| two[class].contains(row)).count();
        assert_eq!(shared, 0, "{class:?}");
    }
}

#[test]
fn a_long_silence_costs_no_windows() {
    let mut workload = small("balanced");
    workload.total_qps = 1e6;
    workload.min_query_count = 1_000_000;
    workload.duration = std::time::Duration::from_micros(1);
    workload.classes[0].share = 2e-8;
    workload.classes[1].share += 0.05 - 2e-8;
    let generator = generate(&workload, Seed(1), 1).unwrap();
    assert_eq!(generator.flatten().count(), 1_000_001);
}

/// A workload of about 1000 requests, with one of every kind of arrivals and rate.
fn varied() -> impl Strategy<Value = Workload> {
    let arrivals = prop::sample::select(vec![
        "poisson",
        "constant",
        "uniform:jitter=0.7",
        "gamma:cv=2.5",
        "gamma:cv=0.4",
        "weibull:cv=2",
        "on_off:on=100ms,off=400ms",
        "on_off:on=100ms,off=400ms,off_rate=0.1,shared=true",
        "on_off:on=50ms,off=50ms,dwell=constant",
        "loadgen:schedule_seed=3",
    ]);
    let rates = prop::sample::select(vec![
        None,
        Some("0-1:30,1-2:0,2-5:300"),
        Some("ramp:from=10,to=0"),
        Some("sinusoid:period=700ms,amplitude=1"),
    ]);
    let batches = prop::sample::select(vec![
        None,
        Some(BatchSize::Fixed { size: 3 }),
        Some(BatchSize::Geometric { mean: 2.5 }),
    ]);
    let count = prop::option::of(1_u64..1500);
    (arrivals, rates, batches, count).prop_map(|(arrivals, rate, batch, count)| {
        let is_loadgen = arrivals.starts_with("loadgen");
        let amounts = Amounts {
            total_qps: Some(200.0),
            duration: Some(std::time::Duration::from_secs(5)),
            count: count.filter(|_| !is_loadgen),
            arrivals: Some(arrivals.parse().unwrap()),
            rate: rate.filter(|_| !is_loadgen).map(|rate| rate.parse().unwrap()),
            ..Amounts::default()
        };
        let file = WorkloadFile::built_in("balanced").unwrap();
        let mut workload = file.workload(&amounts).unwrap();
        workload.arrivals.batch = batch.filter(|_| !is_loadgen);
        workload.validate().unwrap();
        workload
    })
}

fn with_arrivals(arrivals: &str, rate: Option<&str>) -> Workload {
    let amounts = Amounts {
        total_qps: Some(2000.0),
        duration: Some(std::time::Duration::from_secs(10)),
        arrivals: Some(arrivals.parse().unwrap()),
        rate: rate.map(|rate| rate.parse().unwrap()),
        ..Amounts::default()
    };
    WorkloadFile::built_in("balanced").unwrap().workload(&amounts).unwrap()
}

#[test]
fn loadgen_is_one_schedule_whose_classes_are_drawn() {
    let workload = with_arrivals("loadgen:schedule_seed=9", None);
    let rows = rows_of(&workload, 1, 1);
    let arrivals: Vec<i64> = rows.iter().map(|row| row.request.arrival.as_nanos()).collect();
    let schedule = LoadgenSchedule::new(9, 2000.0, 10_000_000_000, workload.min_query_count);
    assert_eq!(arrivals, schedule.collect::<Vec<_>>());
    assert_eq!(by_class(&rows).len(), 9);
    // Another seed draws other classes for the same schedule.
    let others = rows_of(&workload, 2, 1);
    assert!(others.iter().map(|row| row.request.arrival.as_nanos()).eq(arrivals));
    assert_ne!(others, rows);
}

#[test]
fn loadgen_can_be_a_schedule_for_each_class() {
    let mut workload = with_arrivals("poisson", None);
    workload.classes[0].arrivals = Some(Arrivals::of(Process::Loadgen { schedule_seed: 4 }));
    let qps = workload.total_qps * workload.classes[0].share;
    let count_min = workload.classes[0].count_min(&workload);
    let classes = by_class(&rows_of(&workload, 1, 1));
    let schedule = LoadgenSchedule::new(4, qps, 10_000_000_000, count_min);
    assert!(classes[&(1, 0)].iter().map(|row| row.0).eq(schedule));
}

#[test]
fn recorded_arrivals_are_not_drawn() {
    let workload = small("balanced").recorded();
    let problem = generate(&workload, Seed(1), 1).unwrap_err().to_string();
    assert!(problem.contains("cannot be drawn"), "{problem}");
}

#[test]
fn a_rate_is_kept_in_each_step() {
    let workload = with_arrivals("poisson", Some("0-5:100,5-6:0,6-10:800"));
    let rows = rows_of(&workload, 5, 1);
    let count = |from: i64, to: i64| {
        let arrivals = rows.iter().map(|row| row.request.arrival.as_nanos() / 1_000_000_000);
        arrivals.filter(|second| (from..to).contains(second)).count() as f64
    };
    // The mean of the steps is 370/s, and 2000/s were asked for.
    let scale = 2000.0 / 370.0;
    assert_eq!(count(5, 6), 0.0);
    for (from, to, rate) in [(0, 5, 100.0), (6, 8, 800.0), (8, 10, 800.0)] {
        let expected = rate * scale * (to - from) as f64;
        assert!((count(from, to) - expected).abs() < 3.3 * expected.sqrt(), "{from}-{to} s");
    }
}

#[test]
fn constant_arrivals_are_evenly_spaced() {
    let classes = by_class(&rows_of(&with_arrivals("constant", None), 5, 1));
    // 0.05 of 2000/s: one each 10 ms.
    let arrivals = &classes[&(1, 0)];
    assert_eq!(arrivals.len(), 1000);
    let gaps = arrivals.windows(2).map(|pair| pair[1].0 - pair[0].0);
    assert!(gaps.clone().all(|gap| (gap - 10_000_000).abs() <= 1));
    assert!(arrivals[0].0 < 10_000_000);
}

#[test]
fn batches_come_at_one_moment() {
    let mut workload = with_arrivals("poisson", None);
    workload.arrivals.batch = Some(BatchSize::Fixed { size: 4 });
    for (class, rows) in by_class(&rows_of(&workload, 5, 1)) {
        assert!(rows.len() % 4 == 0, "{class:?}");
        assert!(rows.chunks(4).all(|batch| batch.iter().all(|row| row.0 == batch[0].0)));
    }
}

/// A burst of far more requests than a window is meant to hold.
#[test]
fn a_burst_is_cut_into_windows() {
    let mut workload = with_arrivals("poisson", Some("0-9:1,9-9.001:10000000"));
    workload.total_qps = 100_000.0;
    let batches: Vec<_> = generate(&workload, Seed(1), 2).unwrap().collect();
    assert!(batches.iter().all(|batch| batch.len() <= WINDOW_ROWS_MAX + 9));
    assert!(batches.len() > 1);
    let rows: Vec<TraceRow> = batches.into_iter().flatten().collect();
    assert!(rows.is_sorted_by_key(|row| (row.request.arrival, row.request.id)));
    assert!(rows.len() > 900_000);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn threads_and_windows_cannot_be_seen(
        seed in any::<u64>(),
        threads in 2_usize..5,
        window_ns in 1_000_000_i64..10_000_000_000,
    ) {
        let workload = small("urgent_heavy");
        let expected = rows_of(&workload, seed, 1);
        prop_assert_eq!(&rows_of(&workload, seed, threads), &expected);
        let mut cut = generate(&workload, Seed(seed), 1).unwrap();
        cut.window_ns = window_ns;
        let cut: Vec<TraceRow> = cut.flatten().collect();
        prop_assert_eq!(&cut, &expected);
    }

    #[test]
    fn whatever_comes_is_a_function_of_the_seed(
        workload in varied(),
        seed in any::<u64>(),
        threads in 2_usize..5,
        window_ns in 1_000_000_i64..10_000_000_000,
    ) {
        let expected = rows_of(&workload, seed, 1);
        prop_assert_eq!(&rows_of(&workload, seed, threads), &expected);
        let mut cut = generate(&workload, Seed(seed), 1).unwrap();
        cut.window_ns = window_ns;
        let cut: Vec<TraceRow> = cut.flatten().collect();
        prop_assert_eq!(&cut, &expected);
        prop_assert!(expected.is_sorted_by_key(|row| (row.request.arrival, row.request.id)));
        if let Some(count) = workload.count {
            prop_assert_eq!(expected.len() as u64, count);
        }
    }

    #[test]
    fn every_class_reaches_its_count(
        seed in any::<u64>(),
        count in 0_u64..500,
        qps in 1.0_f64..500.0,
    ) {
        let mut workload = small("balanced");
        workload.min_query_count = count;
        workload.total_qps = qps;
        let rows = rows_of(&workload, seed, 1);
        let classes = by_class(&rows);
        prop_assert_eq!(classes.values().map(Vec::len).sum::<usize>(), rows.len());
        for class in &workload.classes {
            let slo = workload.slos.iter().position(|slo| slo.name == class.slo).unwrap();
            let found = classes[&(class.tier.number(), slo as u16)].len() as u64;
            prop_assert!(found >= class.count_min(&workload));
        }
    }
}

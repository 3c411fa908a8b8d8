//! What a generated trace must be, whatever the seed; the statistics are in the integration tests.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::workload::Workload;

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

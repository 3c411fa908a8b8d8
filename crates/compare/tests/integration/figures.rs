//! The numbers, against numbers found another way.

use compare::{Class, Comparison, MetricKind, Value, compare};
use outcome::{Latency, Outcome, Status, Summary};
use proptest::prelude::*;

use crate::runs::{info, rows, table};

fn compared(a: Vec<Outcome>, b: Vec<Outcome>) -> Comparison {
    compare(&table("a", a), &table("b", b)).unwrap()
}

#[test]
fn the_figures_are_those_of_the_summary() {
    let comparison = compared(rows(100), rows(110));
    for (rows, of_b) in [(rows(100), false), (rows(110), true)] {
        let summary = Summary::new(&info("x"), &rows);
        let value = |class: &str, kind| {
            let metric = comparison.metric(class, kind).unwrap();
            if of_b { metric.b } else { metric.a }
        };
        let named = summary
            .classes
            .iter()
            .map(|(class, figures)| (format!("tier{}.{}", class.tier, class.slo), *figures));
        for (class, figures) in named.chain([("all".into(), summary.all)]) {
            let whole = figures.count;
            for (kind, expected) in [
                (MetricKind::P50, Value::Latency(figures.p50.unwrap())),
                (MetricKind::P95, Value::Latency(figures.p95.unwrap())),
                (MetricKind::P99, Value::Latency(figures.p99.unwrap())),
                (MetricKind::SloAttainment, Value::Share { part: figures.slo_met, whole }),
                (MetricKind::ErrorRate, Value::Share { part: figures.errors(), whole }),
            ] {
                assert_eq!(value(&class, kind), expected, "{class}");
            }
        }
    }
}

#[test]
fn ten_per_cent_slower_is_ten_per_cent() {
    let comparison = compared(rows(100), rows(110));
    let p50 = comparison.metric("all", MetricKind::P50).unwrap();
    assert_eq!(p50.relative(), Some(0.1));
    let goodput = comparison.metric("all", MetricKind::Goodput).unwrap();
    assert_eq!(goodput.key(), "all/goodput");
    assert!(comparison.metric("tier1", MetricKind::Goodput).is_none());
}

#[test]
fn an_infinite_side_makes_an_infinite_difference() {
    let all_fail = |rows: Vec<Outcome>| {
        rows.into_iter().map(|row| Outcome { status: Status::Timeout, code: None, ..row }).collect()
    };
    let comparison = compared(rows(100), all_fail(rows(100)));
    let p50 = comparison.metric("all", MetricKind::P50).unwrap();
    assert_eq!(p50.b, Value::Latency(Latency::Infinite));
    assert_eq!((p50.difference(), p50.relative()), (Some(f64::INFINITY), Some(f64::INFINITY)));
    let error_rate = comparison.metric("all", MetricKind::ErrorRate).unwrap();
    assert_eq!(error_rate.difference(), Some(0.98));

    let comparison = compared(all_fail(rows(100)), all_fail(rows(100)));
    let p50 = comparison.metric("all", MetricKind::P50).unwrap();
    assert_eq!((p50.difference(), p50.relative()), (None, None));
    let attainment = comparison.metric("all", MetricKind::SloAttainment).unwrap();
    assert_eq!((attainment.difference(), attainment.relative()), (Some(0.0), None));
}

#[test]
fn one_request_has_no_rate() {
    let one = || rows(100)[..1].to_vec();
    assert!(compared(one(), one()).metric("all", MetricKind::Goodput).is_none());
}

#[test]
fn classes_add_up() {
    let comparison = compared(rows(100), rows(100));
    let count = |which: fn(&Class) -> bool| -> u64 {
        let metrics = comparison.metrics.iter();
        let p50s = metrics.filter(|metric| metric.kind == MetricKind::P50);
        p50s.filter(|metric| which(&metric.class)).map(|metric| metric.n).sum()
    };
    assert_eq!(count(|class| matches!(class, Class::All)), 400);
    assert_eq!(count(|class| matches!(class, Class::Tier(_))), 400);
    assert_eq!(count(|class| matches!(class, Class::TierSlo(..))), 400);
    assert!(comparison.metrics.is_sorted_by_key(|metric| (&metric.class, metric.kind)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    #[test]
    fn swapping_the_sides_turns_the_sign(
        count in 1_usize..400, factors in (50_i64..200, 50_i64..200), turn in 0_usize..400,
    ) {
        let a = rows(factors.0)[..count].to_vec();
        let mut b = rows(factors.1)[..count].to_vec();
        b.rotate_left(turn % count);
        let (there, back) = (compared(a.clone(), b.clone()), compared(b, a.clone()));
        for (there, back) in there.metrics.iter().zip(&back.metrics) {
            prop_assert_eq!(there.key(), back.key());
            prop_assert_eq!(there.difference(), back.difference().map(|difference| 0.0 - difference));
        }
        for metric in compared(a.clone(), a).metrics {
            prop_assert!(metric.difference().is_none_or(|difference| difference == 0.0));
        }
    }
}

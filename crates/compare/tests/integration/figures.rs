//! The numbers, against numbers found another way.

use compare::{
    Class, Comparison, Files, MetricKind, Overall, Reading, Settings, Status, Verdict, compare,
    read,
};
use outcome::{Outcome, Summary};
use proptest::prelude::*;

use crate::runs::{info, rows, write};

fn compared(a: &[Outcome], b: &[Outcome]) -> Comparison {
    compared_with(a, b, &Settings { by_slo: true, ..Settings::default() })
}

fn compared_with(a: &[Outcome], b: &[Outcome], settings: &Settings) -> Comparison {
    let folder = tempfile::tempdir().unwrap();
    let files = [("a.arrow", a), ("b.arrow", b)].map(|(name, rows)| {
        let path = write(folder.path(), name, &info(name), rows);
        Files { name: None, paths: vec![path] }
    });
    let (traffic, sides) = read(&files, Reading::default()).unwrap();
    compare(&traffic, &sides[0], &sides[1], settings)
}

fn all_fail(rows: Vec<Outcome>) -> Vec<Outcome> {
    let failed = |row| Outcome { status: outcome::Status::Timeout, code: None, ..row };
    rows.into_iter().map(failed).collect()
}

/// 100 copies of 400 requests, a second apart from the next: enough for every metric.
fn many(factor: i64) -> Vec<Outcome> {
    let copy = |copy: i64| {
        rows(factor).into_iter().map(move |row| {
            let shift =
                |moment: request::Moment| moment + std::time::Duration::from_secs(5 * copy as u64);
            Outcome {
                request_id: request::RequestId(row.request_id.0 + 400 * copy),
                arrival: shift(row.arrival),
                deadline: shift(row.deadline),
                sent: row.sent.map(shift),
                done: row.done.map(shift),
                ..row
            }
        })
    };
    (0..100).flat_map(copy).collect()
}

#[test]
#[expect(clippy::float_cmp, reason = "both are quotients of the same integers")]
fn the_figures_are_those_of_the_summary() {
    let comparison = compared(&many(100), &many(110));
    for (side, rows) in [many(100), many(110)].iter().enumerate() {
        let summary = Summary::new(&info("x"), rows);
        let named = summary
            .classes
            .iter()
            .map(|(class, figures)| (format!("tier{}.{}", class.tier, class.slo), *figures));
        for (class, figures) in named.chain([("all".into(), summary.all)]) {
            let whole = figures.count as f64;
            let nanos = |latency: Option<outcome::Latency>| {
                latency.unwrap().nanos().map_or(f64::INFINITY, |nanos| nanos as f64)
            };
            for (kind, expected) in [
                (MetricKind::P50, nanos(figures.p50)),
                (MetricKind::P95, nanos(figures.p95)),
                (MetricKind::P99, nanos(figures.p99)),
                (MetricKind::SloAttainment, figures.slo_met as f64 / whole),
                (MetricKind::ErrorRate, figures.errors() as f64 / whole),
            ] {
                let metric = comparison.metric(&class, kind).unwrap();
                assert_eq!(metric.by_run[side], [expected], "{class}/{kind}");
                let estimate = metric.estimate.as_ref().unwrap();
                assert_eq!([estimate.a, estimate.b][side], expected, "{class}/{kind}");
            }
        }
    }
}

#[test]
fn ten_per_cent_slower_regresses() {
    let comparison = compared(&many(100), &many(110));
    assert_eq!(comparison.overall, Overall::Regressed);
    let p50 = comparison.metric("all", MetricKind::P50).unwrap();
    assert!((p50.estimate.as_ref().unwrap().test.harm - 1.1_f64.ln()).abs() < 1e-12);
    assert_eq!(p50.verdict, Verdict::Regressed);
    let goodput = comparison.metric("all", MetricKind::Goodput).unwrap();
    assert_eq!(goodput.key(), "all/goodput");
    assert!(comparison.metric("tier1", MetricKind::Goodput).is_none());
}

#[test]
fn the_same_run_twice_is_equivalent_to_itself() {
    let comparison = compared(&many(100), &many(100));
    assert_eq!(comparison.overall, Overall::Inconclusive, "p99 is infinite on both sides");
    for metric in &comparison.metrics {
        let test = &metric.estimate.as_ref().unwrap().test;
        assert_eq!((test.harm, test.t, test.p_worse, test.p_better), (0.0, 0.0, 1.0, 1.0));
        let infinite = metric.by_run[0][0].is_infinite();
        let expected = if infinite { Verdict::Inconclusive } else { Verdict::Equivalent };
        assert_eq!(metric.verdict, expected, "{}", metric.key());
    }
}

#[test]
fn a_dead_candidate_regresses() {
    let comparison = compared(&many(100), &all_fail(many(100)));
    assert_eq!(comparison.overall, Overall::Regressed);
    for (kind, status) in [
        (MetricKind::P50, Status::Censored),
        (MetricKind::ErrorRate, Status::Ok),
        (MetricKind::SloAttainment, Status::Ok),
    ] {
        let metric = comparison.metric("tier1", kind).unwrap();
        assert_eq!(metric.verdict, Verdict::Regressed, "{kind}");
        assert_eq!(metric.estimate.as_ref().unwrap().status, status, "{kind}");
    }
    // Goodput of 0 has no logarithm.
    assert_eq!(comparison.metric("all", MetricKind::Goodput).unwrap().verdict, Verdict::TooFew);
    // And the other way round.
    let comparison = compared(&all_fail(many(100)), &many(100));
    let p50 = comparison.metric("tier1", MetricKind::P50).unwrap();
    assert_eq!(p50.verdict, Verdict::Improved);
    assert_eq!(p50.estimate.as_ref().unwrap().test.harm, f64::NEG_INFINITY);
}

#[test]
fn two_dead_sides_cannot_be_told_apart() {
    let comparison = compared(&all_fail(many(100)), &all_fail(many(100)));
    let p50 = comparison.metric("all", MetricKind::P50).unwrap();
    let test = &p50.estimate.as_ref().unwrap().test;
    assert_eq!((test.harm, test.p_worse, test.interval), (0.0, 1.0, None));
    assert_eq!(p50.verdict, Verdict::Inconclusive);
    let errors = comparison.metric("all", MetricKind::ErrorRate).unwrap();
    assert_eq!(errors.verdict, Verdict::Equivalent);
}

#[test]
fn one_request_is_too_few_for_anything() {
    let comparison = compared(&rows(100)[..1], &rows(110)[..1]);
    assert!(comparison.metrics.iter().all(|metric| metric.verdict == Verdict::TooFew));
    assert_eq!((comparison.overall, comparison.gating_count()), (Overall::Ok, 0));
}

/// Of every ten requests A meets three, and B's two runs two and four: as many in the mean.
#[test]
fn equal_means_of_unequal_numbers_of_runs_are_equal() {
    let run = |met: usize| -> Vec<compare::Row> {
        let row = |id: i64| compare::Row {
            id: request::RequestId(id),
            arrival: request::Moment::from_nanos(id * 1_000),
            tier: request::Tier::Vip,
            slo: 0,
            latency_ns: Some(1_000),
            slo_met: usize::try_from(id % 10).unwrap() < met,
            lag_ns: None,
        };
        (0..400).map(row).collect()
    };
    for (a, b) in [(vec![3], vec![2, 4]), (vec![4], vec![1, 7])] {
        let runs = |met: Vec<usize>| met.into_iter().map(run).collect();
        let (traffic, sides) = compare::of_rows(&[("a", runs(a)), ("b", runs(b))], 40).unwrap();
        let comparison = compare(&traffic, &sides[0], &sides[1], &Settings::default());
        let goodput = comparison.metric("all", MetricKind::Goodput).unwrap();
        let test = &goodput.estimate.as_ref().unwrap().test;
        assert_eq!((test.harm, test.t, test.p_worse, test.p_better), (0.0, 0.0, 1.0, 1.0));
    }
}

/// The same requests are above the median on both sides, but they take another time.
#[test]
fn equal_counts_are_not_certain() {
    let a = many(100);
    let longer = |(index, row): (usize, &Outcome)| {
        let more = std::time::Duration::from_micros(u64::from(index % 2 == 0));
        Outcome { done: row.done.map(|done| done + more), ..*row }
    };
    let b: Vec<_> = a.iter().enumerate().map(longer).collect();
    let comparison = compared(&a, &b);
    let p50 = comparison.metric("all", MetricKind::P50).unwrap();
    let test = &p50.estimate.as_ref().unwrap().test;
    assert_eq!((test.t, test.p_worse, test.exact), (0.0, 0.5, false));
}

#[test]
fn classes_add_up() {
    let comparison = compared(&rows(100), &rows(100));
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
    #![proptest_config(ProptestConfig::with_cases(24))]
    /// What is worse one way is better the other, by as much.
    #[test]
    fn swapping_the_sides_turns_the_sign(
        count in 100_usize..400, factors in (50_i64..200, 50_i64..200), turn in 0_usize..400,
    ) {
        let a = rows(factors.0)[..count].to_vec();
        let mut b = rows(factors.1)[..count].to_vec();
        b.rotate_left(turn % count);
        let (there, back) = (compared(&a, &b), compared(&b, &a));
        for (there, back) in there.metrics.iter().zip(&back.metrics) {
            prop_assert_eq!(there.key(), back.key());
            let (Some(one), Some(other)) = (&there.estimate, &back.estimate) else {
                prop_assert_eq!(there.estimate.is_none(), back.estimate.is_none());
                continue;
            };
            prop_assert_eq!((one.a, one.b), (other.b, other.a));
            prop_assert!(one.test.harm == -other.test.harm
                || (one.test.harm + other.test.harm).abs() < 1e-12);
            // Goodput's standard error counts from A's attainment, so only its sign turns.
            if there.kind != MetricKind::Goodput {
                prop_assert!(one.test.t == -other.test.t
                    || (one.test.t + other.test.t).abs() < 1e-9);
                prop_assert!((one.test.p_worse - other.test.p_better).abs() < 1e-9);
            }
        }
    }
}

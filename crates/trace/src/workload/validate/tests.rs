//! Each way in which a workload can be wrong, and what is said about it.

use std::time::Duration;

use super::*;
use crate::workload::{Amounts, Arrivals, DwellLaw, RatePoint, RateShape, State, WorkloadFile};

/// Breaks a good workload and checks that the refusal names what was broken.
#[track_caller]
fn check(breaks: impl FnOnce(&mut Workload), expected: &str) {
    let mut workload = Workload::built_in("balanced").unwrap();
    breaks(&mut workload);
    let message = workload.validate().unwrap_err().to_string();
    assert!(message.contains(expected), "`{message}` does not contain `{expected}`");
}

#[test]
fn a_rate_is_positive_and_finite() {
    for qps in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 0.0, -0.0, -1.0, 2e9, f64::MAX] {
        check(|workload| workload.total_qps = qps, "total_qps is");
    }
}

#[test]
fn a_duration_fits_the_table() {
    for duration in [Duration::ZERO, Duration::MAX, Duration::from_nanos(SPAN_NS_MAX + 1)] {
        check(|workload| workload.duration = duration, "duration is");
        check(|workload| workload.slos[1].target = duration, "slo `normal`: target is");
    }
}

#[test]
fn shares_are_parts_of_one() {
    check(|workload| workload.classes[0].share = 0.06, "shares sum to 1.01");
    check(|workload| workload.classes.clear(), "shares sum to 0 instead");
    check(|workload| drop(workload.classes.pop()), "shares sum to 0.9");
    for share in [f64::NAN, -0.1, 1.1, f64::INFINITY] {
        check(|workload| workload.classes[0].share = share, "class (1, urgent): share is");
        check(|workload| workload.classes[1].models[1].weight = share, "weight of vit is");
    }
    check(|workload| workload.classes[1].models.clear(), "model weights sum to 0 instead");
}

#[test]
fn classes_refer_to_what_is_there() {
    check(|workload| workload.classes[3].slo = "soon".to_owned(), "class (2, soon): slo is not");
    check(|workload| workload.models.truncate(1), "names `vit`, which is not");
    check(|workload| workload.classes[1] = workload.classes[0].clone(), "are used by two classes");
    check(|workload| workload.classes[1].models[1].model = "resnet50".to_owned(), "twice");
}

#[test]
fn names_are_lines_of_text() {
    check(|workload| workload.name.clear(), "name holds \"\"");
    check(|workload| workload.models[0].name = "a\nb".to_owned(), "models holds \"a\\nb\"");
    check(|workload| workload.slos[1] = workload.slos[0].clone(), "slos holds `urgent` twice");
    check(|workload| workload.slos.clear(), "slos holds 0 names");
}

#[test]
fn a_shape_makes_a_tensor() {
    check(|workload| workload.models[1].shape = vec![1, 0], "model `vit`: shape [1, 0]");
}

#[test]
fn a_minimum_count_can_be_reached() {
    check(|workload| workload.min_query_count = u64::MAX, "lower min_query_count");
    check(|workload| workload.total_qps = 0.01, "so nothing arrives");
}

#[test]
fn a_burst_fits_into_memory() {
    let shaped = |name: &str, rate: &str| {
        let file = WorkloadFile::built_in(name).unwrap();
        let amounts = Amounts {
            rate: Some(rate.parse().unwrap()),
            total_qps: Some(1e9),
            duration: Some(Duration::from_nanos(SPAN_NS_MAX)),
            ..Amounts::default()
        };
        file.workload(&amounts).map_err(|error| error.to_string())
    };
    // Found by fuzzing: 104 days of requests within half a second.
    let problem = shaped("balanced", "1.5-2:3").unwrap_err();
    assert!(problem.contains("requests/s when it is highest"), "{problem}");
    assert!(shaped("balanced", "1.5-200000:3").is_ok());
    let state = |rate, dwell| State { rate, dwell: Duration::from_nanos(dwell) };
    let states = vec![state(1.0, 1), state(0.0, 1 << 40)];
    let process = Process::Modulated { states, dwell: DwellLaw::Exponential, shared: false };
    let burst = |workload: &mut Workload| workload.arrivals = Arrivals { process, batch: None };
    check(burst, "class (1, urgent): rate of 1.5");
}

#[test]
fn relative_rates_are_numbers_that_can_be_added() {
    let point = |rate| RatePoint { at: Duration::ZERO, rate };
    for rate in [f64::MIN_POSITIVE, 1e-10, 1e10, -1.0, f64::NAN] {
        let shape = Some(RateShape::Points { points: vec![point(rate)] });
        check(|workload| workload.rate = shape.clone(), "give 0, or from 1e-9 to 1e9");
    }
}

//! What is said of each row, with figures found by hand.

use compare::agreement::{Agreement, Figure, Limits, Measure, RunTable, View, Word, agreement};
use outcome::{Latency, Outcome, Status};
use request::Moment;

use super::model::{
    MICROSECOND, MILLISECOND, agreed, measured, middle, model, of_all, run, sim_info, simulated,
};

fn word(agreement: &Agreement, measure: Measure) -> Option<Word> {
    agreement.classes[0].word(of_all(agreement, measure), &agreement.limits)
}

const fn ms(millis: u64) -> Figure {
    Figure::Latency(Latency::Finite(millis * 1_000_000))
}

#[test]
fn the_figures_are_those_of_the_ten_latencies() {
    let found = agreed([measured(0, 0)]);
    // Of 500 sorted latencies of 5, 6, .. 14 ms, 50 each, number 250 is 9, 475 and 495 are 14 ms;
    // those of up to 12 ms are in time.
    for (measure, expected) in [
        (Measure::P50, ms(9)),
        (Measure::P95, ms(14)),
        (Measure::P99, ms(14)),
        (Measure::Attainment, Figure::Share { part: 400, whole: 500 }),
    ] {
        assert_eq!(of_all(&found, measure).simulated, expected);
        assert_eq!(middle(&found, measure, View::Measured), expected);
    }
    assert_eq!((found.overall(), found.classes.len()), (Word::Agrees, 3));
}

#[test]
fn three_per_cent_is_three_per_cent() {
    // The median of 9 ms moves by 3 % with 0.27 ms.
    for (overhead_us, expected) in
        [(270, Word::Agrees), (271, Word::Differs), (-271, Word::Differs)]
    {
        let found = agreed([measured(0, overhead_us * MICROSECOND)]);
        assert_eq!(word(&found, Measure::P50), Some(expected), "{overhead_us} us");
        assert_eq!(word(&found, Measure::P99), None);
    }
    // What takes 12 ms is due after 12 ms: a microsecond makes 50 of 500 late.
    let found = agreed([measured(0, MICROSECOND)]);
    assert_eq!(word(&found, Measure::P50), Some(Word::Agrees));
    assert_eq!(word(&found, Measure::Attainment), Some(Word::Differs));
    let row = of_all(&found, Measure::Attainment);
    assert_eq!(middle(&found, Measure::Attainment, View::Measured).difference(row.simulated), -0.1);
}

#[test]
fn the_middle_run_is_judged() {
    let found = agreed([900, 0, 100].map(|overhead_us| measured(0, overhead_us * MICROSECOND)));
    let spread = of_all(&found, Measure::P50).spread(View::Measured).unwrap();
    let of = |overhead_us: u64| Figure::Latency(Latency::Finite(9_000_000 + overhead_us * 1_000));
    assert_eq!((spread.least, spread.middle, spread.most), (of(0), of(100), of(900)));
    assert_eq!(word(&found, Measure::P50), Some(Word::Agrees));
}

#[test]
fn failures_are_infinite_on_both_sides_or_they_differ() {
    let fail = |rows: Vec<Outcome>| -> Vec<Outcome> {
        let fail = |row: Outcome| Outcome { status: Status::Rejected, ..row };
        rows.into_iter()
            .map(|row| if row.request_id.0 % 10 == 9 { fail(row) } else { row })
            .collect()
    };
    let model = RunTable::new("sim", sim_info(), fail(simulated()));
    let both = agreement(&model.unwrap(), &[run(fail(measured(0, 0)))], Limits::default());
    assert_eq!(word(&both.unwrap(), Measure::P95), Some(Word::Agrees));

    let one = agreed([fail(measured(0, 0))]);
    assert_eq!(word(&one, Measure::P95), Some(Word::Differs));
    let row = of_all(&one, Measure::P95);
    assert_eq!(row.runs[0][0].unwrap().difference(row.simulated), f64::INFINITY);
}

#[test]
fn a_class_of_few_requests_has_no_say() {
    let few = |rows: Vec<Outcome>| rows[..39].to_vec();
    let model = RunTable::new("sim", sim_info(), few(simulated())).unwrap();
    let run = run(few(measured(5 * MILLISECOND, 0)));
    let found = agreement(&model, &[run], Limits::default()).unwrap();
    assert!(found.words().all(|(.., word)| word == Word::TooFew));
    assert_eq!((found.words().count(), found.overall()), (9, Word::TooFew));
}

#[test]
fn wait_and_service_stand_apart_where_both_sides_know_the_start() {
    // Execution started when it did in the simulation, and everything took a millisecond longer.
    let start = |(measured, simulated): (Outcome, Outcome)| Outcome {
        started: simulated.started.map(|start| start.max(measured.arrival)),
        ..measured
    };
    let rows = measured(0, MILLISECOND).into_iter().zip(simulated());
    let found = agreed([rows.map(start).collect()]);
    for (measure, simulated, measured) in [
        (Measure::WaitP50, ms(0), ms(0)),
        (Measure::WaitP95, ms(2), ms(2)),
        // 5 - 2, 6, 7 - 2, 8, 9 - 2, 10, 11 - 2, 12, 13 - 2, 14: the fifth smallest is 8.
        (Measure::ServiceP50, ms(8), ms(9)),
        (Measure::ServiceP95, ms(14), ms(15)),
    ] {
        assert_eq!(of_all(&found, measure).simulated, simulated, "{measure:?}");
        assert_eq!(middle(&found, measure, View::Measured), measured, "{measure:?}");
    }
    // One that was served at an unknown time hides them.
    let mut rows = measured(0, 0);
    rows[3].started = Some(Moment::from_nanos(rows[3].arrival.as_nanos()));
    let found = agreement(&model(), &[run(rows)], Limits::default()).unwrap();
    assert!(found.classes[0].rows.iter().all(|row| row.measure <= Measure::Attainment));
}

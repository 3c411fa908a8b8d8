//! One worker, first come first served.

use request::Moment;

use super::band::{Band, share};
use super::formulas::{Mmc, mean_busy_period, mean_wait_mdc, pollaczek_khinchine};
use super::lab::{Lab, Run, all, ms};
use super::traffic::{Class, poisson};

const EXPONENTIAL: &str = "law = \"exponential\"\nmean_ms = 1";

/// Utilisation, requests, and how wide a band may be: waits vary the more, and hang together the
/// longer, the higher the utilisation is.
const LOADS: [(f64, u32, f64); 4] =
    [(0.3, 300_000, 0.05), (0.6, 400_000, 0.05), (0.8, 700_000, 0.06), (0.9, 1_000_000, 0.1)];

fn run(model: &str, rate: f64, count: u32) -> Run {
    Lab::of_one_model(1, model)
        .run("fifo", poisson(&[Class::plain(rate)], count, &format!("{model}, {rate}")))
}

fn mm1(rate: f64) -> Mmc {
    Mmc { workers: 1, rate, mean_service: 1.0 }
}

#[test]
fn mm1_waits_as_theory_says() {
    for (rate, count, width) in LOADS {
        let (run, theory) = (run(EXPONENTIAL, rate, count), mm1(rate));
        let waits = run.waits(all);
        Band::of(&waits).check(theory.mean_wait(), width, format!("wait at {rate}"));
        for means in [0.0, 0.5, 1.0, 2.0] {
            let beyond = means * theory.mean_latency();
            let found = share(&waits, |wait| *wait > beyond);
            let what = format!("P(wait > {beyond}) at {rate}");
            found.check(theory.waits_beyond(beyond), 2.0 * width, what);
        }
        let found = Band::of(&numbers_in_system(&run));
        found.check(theory.mean_number(), width, format!("number in the system at {rate}"));
    }
}

/// The bands are narrow enough to tell a utilisation from one 3 % away, so the test above can fail.
#[test]
fn a_formula_that_is_three_percent_off_is_found_out() {
    for (rate, count, _) in &LOADS[1..3] {
        let waits = Band::of(&run(EXPONENTIAL, *rate, *count).waits(all));
        assert!(waits.contains(mm1(*rate).mean_wait()));
        for wrong in [0.97 * rate, 1.03 * rate] {
            assert!(!waits.contains(mm1(wrong).mean_wait()), "{wrong} for {rate}: {waits:?}");
        }
    }
}

#[test]
fn md1_waits_as_theory_says() {
    for (rate, count, width) in LOADS {
        let waits = Band::of(&run("law = \"constant\"\nmean_ms = 1", rate, count).waits(all));
        let theory = pollaczek_khinchine(rate, 1.0, 1.0);
        assert!((mean_wait_mdc(1, rate, 1.0) / theory - 1.0).abs() < 1e-6);
        waits.check(theory, width, format!("wait at {rate}"));
    }
}

#[test]
fn mg1_waits_and_is_busy_as_theory_says() {
    for (rate, cv, count, width) in [
        (0.4, 0.5, 200_000, 0.05),
        (0.8, 0.5, 600_000, 0.06),
        (0.4, 1.5, 500_000, 0.08),
        (0.7, 1.5, 1_000_000, 0.08),
    ] {
        let run = run(&format!("law = \"lognormal\"\nmean_ms = 1\ncv = {cv}"), rate, count);
        let theory = pollaczek_khinchine(rate, 1.0, 1.0 + cv * cv);
        Band::of(&run.waits(all)).check(theory, width, format!("wait at {rate}, cv {cv}"));
        let lengths = run.busy_periods().into_iter().map(|(start, end)| ms(start, end));
        let lengths = Band::of(&lengths.collect::<Vec<_>>());
        lengths.check(
            mean_busy_period(rate, 1.0),
            width,
            format!("busy period at {rate}, cv {cv}"),
        );
    }
}

/// The mean number in the system in each of so many equal parts of the run.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a position")]
fn numbers_in_system(run: &Run) -> Vec<f64> {
    const PARTS: usize = 26;
    let length = ms(Moment::ZERO, run.requests[run.requests.len() - 1].arrival);
    let part = length / PARTS as f64;
    let mut areas = [0.0; PARTS];
    for (request, served) in run.served() {
        let mut from = ms(Moment::ZERO, request.arrival);
        let to = ms(Moment::ZERO, served.finished);
        for (number, area) in areas.iter_mut().enumerate().skip((from / part) as usize) {
            let until = to.min((number + 1) as f64 * part);
            *area += until - from;
            from = until;
            if until == to {
                break;
            }
        }
    }
    areas.map(|area| area / part).to_vec()
}

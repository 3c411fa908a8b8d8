//! Several workers and one queue, first come first served.

use cluster::Workers;

use super::band::{Band, share};
use super::formulas::{Mmc, mean_wait_mdc, mean_wait_of_unlike_pair};
use super::lab::{Lab, all, profile};
use super::traffic::{Class, poisson};

const EXPONENTIAL: &str = "law = \"exponential\"\nmean_ms = 1";

#[test]
fn mmc_waits_as_theory_says() {
    // Of many workers some are idle more often than not, and waits are rare; so the band is wide.
    for (workers, utilisation, count, width) in [
        (2, 0.5, 400_000, 0.06),
        (2, 0.8, 900_000, 0.06),
        (4, 0.7, 800_000, 0.07),
        (4, 0.8, 900_000, 0.07),
        (16, 0.85, 1_500_000, 0.1),
    ] {
        let rate = utilisation * f64::from(workers);
        let what = format!("{workers} workers at {utilisation}");
        let lab = Lab::of_one_model(workers, EXPONENTIAL);
        let waits = lab.run("fifo", poisson(&[Class::plain(rate)], count, &what)).waits(all);
        let theory = Mmc { workers, rate, mean_service: 1.0 };
        Band::of(&waits).check(theory.mean_wait(), width, format!("wait of {what}"));
        for beyond in [0.0, 1.0, 2.0].map(|time| time / f64::from(workers)) {
            let found = share(&waits, |wait| *wait > beyond);
            let answer = theory.waits_beyond(beyond);
            found.check(answer, 0.06, format!("P(wait > {beyond}) of {what}"));
        }
    }
}

#[test]
fn mdc_waits_as_theory_says() {
    for (workers, utilisation, count) in [(2, 0.5, 250_000), (2, 0.8, 600_000), (4, 0.8, 700_000)] {
        let rate = utilisation * f64::from(workers);
        let what = format!("{workers} constant workers at {utilisation}");
        let lab = Lab::of_one_model(workers, "law = \"constant\"\nmean_ms = 1");
        let waits = lab.run("fifo", poisson(&[Class::plain(rate)], count, &what)).waits(all);
        let theory = mean_wait_mdc(workers as usize, rate, 1.0);
        Band::of(&waits).check(theory, 0.06, format!("wait of {what}"));
    }
}

/// Of two idle workers the quicker is taken, though it stands second in the file.
#[test]
fn an_unlike_pair_waits_as_theory_says() {
    let text = "version = 1\n[[workers]]\nspeed = 0.4\n[[workers]]\nspeed = 1.6";
    let lab = Lab::new(Workers::parse(text).unwrap(), profile(&[EXPONENTIAL]));
    for (rate, count) in [(0.8, 400_000), (1.2, 500_000), (1.6, 800_000)] {
        let waits = lab
            .run("fifo", poisson(&[Class::plain(rate)], count, &format!("unlike pair at {rate}")))
            .waits(all);
        let theory = mean_wait_of_unlike_pair(rate, 1.6, 0.4);
        Band::of(&waits).check(theory, 0.07, format!("wait at {rate}"));
    }
}

//! Tiers that share workers without preemption.

use cluster::Workers;
use request::{ModelId, Tier};

use super::band::Band;
use super::formulas::{Kind, cobham, conserved, tiers_on_equal_workers};
use super::lab::{Lab, profile};
use super::traffic::{Class, FAR, poisson};

/// A model for each tier: constant, exponential and log-normal.
const MODELS: [&str; 3] = [
    "law = \"constant\"\nmean_ms = 0.5",
    "law = \"exponential\"\nmean_ms = 1",
    "law = \"lognormal\"\nmean_ms = 1.5\ncv = 0.8",
];

const MEANS: [f64; 3] = [0.5, 1.0, 1.5];
const SECOND_MOMENTS: [f64; 3] = [0.25, 2.0, 2.25 * 1.64];

/// The tiers' shares of the load.
const SHARES: [f64; 3] = [0.3, 0.3, 0.4];

fn kinds(load: f64) -> [Kind; 3] {
    [0, 1, 2].map(|k| {
        let (mean, second_moment) = (MEANS[k], SECOND_MOMENTS[k]);
        Kind { rate: load * SHARES[k] / mean, mean, second_moment }
    })
}

fn classes(kinds: &[Kind; 3]) -> [Class; 3] {
    [0, 1, 2].map(|k| {
        let model = ModelId(u16::try_from(k).unwrap());
        Class { rate: kinds[k].rate, tier: Tier::ALL[k], model, slo: FAR }
    })
}

#[test]
fn each_tier_waits_as_cobham_says() {
    let lab = Lab::new(Workers::equal(1), profile(&MODELS));
    for (load, count) in [(0.4, 500_000), (0.7, 1_000_000)] {
        let kinds = kinds(load);
        let run =
            lab.run("priority", poisson(&classes(&kinds), count, &format!("tiers at {load}")));
        for (tier, theory) in Tier::ALL.into_iter().zip(cobham(&kinds)) {
            let waits = run.waits(|request| request.tier == tier);
            Band::of(&waits).check(theory, 0.07, format!("wait of {tier} at {load}"));
        }
    }
}

#[test]
fn each_tier_waits_for_equal_workers_as_cobham_says() {
    for (workers, utilisation, count) in [(2, 0.5, 600_000), (4, 0.75, 1_000_000)] {
        let rates = SHARES.map(|share| share * utilisation * f64::from(workers));
        let class = |(rate, tier)| Class { tier, ..Class::plain(rate) };
        let classes: Vec<_> = rates.into_iter().zip(Tier::ALL).map(class).collect();
        let lab = Lab::of_one_model(workers, MODELS[1]);
        let what = format!("{workers} workers at {utilisation}");
        let run = lab.run("priority", poisson(&classes, count, &format!("tiers, {what}")));
        let theory = tiers_on_equal_workers(workers, &rates, 1.0);
        for (tier, theory) in Tier::ALL.into_iter().zip(theory) {
            let waits = run.waits(|request| request.tier == tier);
            Band::of(&waits).check(theory, 0.07, format!("wait of {tier}, {what}"));
        }
    }
}

/// What one tier gains another loses, weighed by load. (On one path of arrivals and service times
/// this is exact: `exact::paths` has that for every policy.)
#[test]
fn the_load_times_the_wait_is_conserved() {
    let lab = Lab::new(Workers::equal(1), profile(&MODELS));
    let kinds = kinds(0.6);
    let rate: f64 = kinds.iter().map(|kind| kind.rate).sum();
    for policy in ["fifo", "edf", "aging:age_ms=1", "sjf", "wfq", "drr:quantum_ms=1"] {
        let run = lab.run(policy, poisson(&classes(&kinds), 300_000, policy));
        let loads = run.served().map(|(request, served)| {
            let wait = super::lab::ms(request.arrival, served.started);
            rate * MEANS[usize::from(request.model.0)] * wait
        });
        let loads = Band::of(&loads.collect::<Vec<_>>());
        loads.check(conserved(&kinds), 0.08, format!("load times wait under {policy}"));
    }
}

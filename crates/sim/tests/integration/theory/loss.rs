//! Little room to wait in, or none.

use request::Tier;

use super::band::{Band, share};
use super::formulas::{BirthDeath, erlang_b};
use super::lab::{Lab, all};
use super::traffic::{Class, FAR, Slo, poisson};
use sim::Fate;

const EXPONENTIAL: &str = "law = \"exponential\"\nmean_ms = 1";

fn is_refused(fate: &Fate) -> bool {
    matches!(fate, Fate::Refused { .. })
}

/// Requests of which each must start within a nanosecond run at once or not at all. The share that
/// is lost is the same for any law of service times.
#[test]
fn without_a_queue_the_share_lost_is_erlangs() {
    let impatient = Slo::Constant(1e-6);
    let lognormal = "law = \"lognormal\"\nmean_ms = 1\ncv = 1.5";
    for (workers, load, count) in [(1, 0.5, 100_000), (4, 3.0, 200_000), (16, 14.0, 300_000)] {
        for model in [EXPONENTIAL, lognormal, "law = \"constant\"\nmean_ms = 1"] {
            let what = format!("lost by {workers} workers at {load} erlangs, {model}");
            let requests = poisson(&[Class { slo: impatient, ..Class::plain(load) }], count, &what);
            let run = Lab::of_one_model(workers, model).run("fifo:late=drop", requests);
            assert!(run.waits(all).iter().all(|wait| *wait == 0.0));
            share(&run.fates, is_refused).check(erlang_b(workers, load), 0.06, what);
        }
    }
}

/// M/M/c/K, where `queue` may wait.
#[test]
fn a_short_queue_loses_and_waits_as_theory_says() {
    for (workers, queue, rate, count) in
        [(1, 1, 0.8, 200_000), (1, 5, 0.8, 400_000), (1, 5, 1.5, 200_000), (3, 4, 2.7, 400_000)]
    {
        let service = |n: u32| f64::from(n.min(workers));
        let theory = BirthDeath::new(workers + queue, |_| rate, service);
        let lab = Lab::of_one_model(workers, EXPONENTIAL);
        let policy = format!("admission:queue_max={queue}");
        let what = format!("{workers} workers, {queue} places, rate {rate}");
        let run = lab.run(&policy, poisson(&[Class::plain(rate)], count, &what));
        let lost = theory.share(|n| n == workers + queue);
        share(&run.fates, is_refused).check(lost, 0.07, format!("share lost, {what}"));
        let wait = theory.mean(|n| f64::from(n.saturating_sub(workers))) / (rate * (1.0 - lost));
        Band::of(&run.waits(all)).check(wait, 0.05, format!("wait, {what}"));
    }
}

/// The last places are kept for the more urgent tiers: each tier loses what comes while as many
/// wait as its share of the queue.
#[test]
fn each_tier_loses_by_its_share_of_the_queue() {
    let rates = [0.7, 0.3, 0.6];
    let places = [5, 3, 1];
    let birth = |n: u32| {
        let may_wait = |(_, places): &(&f64, &u32)| n.saturating_sub(1) < **places;
        rates.iter().zip(&places).filter(may_wait).map(|(rate, _)| rate).sum()
    };
    let theory = BirthDeath::new(6, birth, |_| 1.0);
    let class = |(rate, tier)| Class { tier, slo: FAR, ..Class::plain(rate) };
    let classes: Vec<_> = rates.into_iter().zip(Tier::ALL).map(class).collect();
    let policy = "admission:queue_max=5,share1=100,share2=60,share3=20";
    let run = Lab::of_one_model(1, EXPONENTIAL).run(policy, poisson(&classes, 400_000, policy));
    for (tier, places) in Tier::ALL.into_iter().zip(places) {
        let fates = run.requests.iter().zip(&run.fates);
        let fates: Vec<_> = fates.filter(|(request, _)| request.tier == tier).collect();
        let lost = share(&fates, |(_, fate)| is_refused(fate));
        lost.check(theory.share(|n| n > places), 0.08, format!("share lost of {tier}"));
    }
}

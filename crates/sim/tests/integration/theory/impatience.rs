//! Requests that are refused when their turn comes after their deadline: they will wait as long as
//! their SLO, and no longer.

use sim::Fate;

use super::band::{Band, share};
use super::formulas::{BirthDeath, ConstantPatience};
use super::lab::{Lab, Run, all, ms};
use super::traffic::{Class, Slo, poisson};

const EXPONENTIAL: &str = "law = \"exponential\"\nmean_ms = 1";

fn run(workers: u32, rate: f64, slo: Slo, count: u32) -> Run {
    let label = format!("{workers} workers, rate {rate}, {slo:?}");
    let requests = poisson(&[Class { slo, ..Class::plain(rate) }], count, &label);
    Lab::of_one_model(workers, EXPONENTIAL).run("fifo:late=drop", requests)
}

fn is_refused(fate: &Fate) -> bool {
    matches!(fate, Fate::Refused { .. })
}

#[test]
fn equal_patience_loses_and_waits_as_theory_says() {
    for (rate, patience, count) in
        [(0.6, 1.0, 200_000), (0.8, 3.0, 500_000), (1.2, 2.0, 200_000), (1.8, 0.5, 100_000)]
    {
        let theory = ConstantPatience { rate, service_rate: 1.0, patience };
        let run = run(1, rate, Slo::Constant(patience), count);
        let what = format!("rate {rate}, patience {patience}");
        share(&run.fates, is_refused).check(theory.lost(), 0.06, format!("share lost, {what}"));
        let waits = Band::of(&run.waits(all));
        waits.check(theory.mean_wait_of_served(), 0.05, format!("wait, {what}"));
    }
}

/// M/M/c with exponential patience (Palm 1957), also Erlang A.
#[test]
fn exponential_patience_loses_and_waits_as_theory_says() {
    for (workers, rate, patience, count) in
        [(1, 0.8, 2.0, 300_000), (1, 1.5, 1.0, 200_000), (4, 4.4, 0.5, 300_000)]
    {
        let queue = |n: u32| f64::from(n.saturating_sub(workers));
        let death = |n: u32| f64::from(n.min(workers)) + queue(n) / patience;
        let theory = BirthDeath::new(200, |_| rate, death);
        let waiting = theory.mean(queue);
        let run = run(workers, rate, Slo::Exponential(patience), count);
        let what = format!("{workers} workers, rate {rate}, patience {patience}");
        let lost = waiting / patience / rate;
        share(&run.fates, is_refused).check(lost, 0.05, format!("share lost, {what}"));
        // Whoever leaves has waited until its patience ended, though it is answered later.
        let waits = run.requests.iter().zip(&run.fates).map(|(request, fate)| match fate {
            Fate::Served(served) => ms(request.arrival, served.started),
            Fate::Refused { .. } | Fate::Lost { .. } => ms(request.arrival, request.deadline),
        });
        let waits = Band::of(&waits.collect::<Vec<_>>());
        waits.check(waiting / rate, 0.05, format!("wait, {what}"));
    }
}

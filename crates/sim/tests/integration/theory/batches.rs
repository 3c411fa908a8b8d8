//! One worker that takes what waits, up to a number, at once.

use super::band::Band;
use super::formulas::{Batches, batches_of_constant_time, batches_of_exponential_time};
use super::lab::{Lab, all};
use super::traffic::{Class, poisson};

/// `marginal` is the time of each further request, as a share of the first, which takes 1 ms.
fn check(law: &str, size_max: u32, marginal: f64, rate: f64, theory: Batches) {
    let model = format!(
        "law = \"{law}\"\nmean_ms = 1\nbatch_size_max = {size_max}\nbatch_marginal = {marginal}"
    );
    let what = format!("{law} batches up to {size_max}, each further {marginal}, rate {rate}");
    let requests = poisson(&[Class::plain(rate)], 400_000, &what);
    let run = Lab::of_one_model(1, &model).run("fifo", requests);
    Band::of(&run.waits(all)).check(theory.mean_wait, 0.08, format!("wait, {what}"));
    // By requests: each is its share of a batch.
    let shares = run.served().map(|(_, served)| 1.0 / f64::from(served.batch_size));
    let shares = Band::of(&shares.collect::<Vec<_>>());
    shares.check(1.0 / theory.mean_size, 0.03, format!("batches a request, {what}"));
}

#[test]
fn batches_of_exponential_time_wait_as_theory_says() {
    for (size_max, rate) in [(2, 1.0), (4, 1.5), (4, 2.8), (16, 8.0)] {
        let theory = batches_of_exponential_time(rate, 1.0, size_max);
        check("exponential", size_max, 0.0, rate, theory);
    }
}

#[test]
fn batches_of_constant_time_wait_as_theory_says() {
    for (size_max, rate) in [(2, 1.4), (8, 4.0), (8, 6.8)] {
        let theory = batches_of_constant_time(rate, &vec![1.0; size_max as usize]);
        check("constant", size_max, 0.0, rate, theory);
    }
}

/// The usual first-order law: a part for the batch and a part for each request.
#[test]
fn batches_of_linear_time_wait_as_theory_says() {
    for (size_max, marginal, rate) in [(4, 0.5, 1.2), (8, 0.25, 2.2), (8, 1.0, 0.7)] {
        let times = (0..size_max).map(|further| 1.0 + marginal * f64::from(further));
        let theory = batches_of_constant_time(rate, &times.collect::<Vec<_>>());
        check("constant", size_max, marginal, rate, theory);
    }
}

//! One worker that takes all that waits, up to a number, whenever it is idle.

use super::chain;

/// What is known of such a system.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Batches {
    pub(crate) mean_wait: f64,
    /// Mean over batches, not over requests.
    pub(crate) mean_size: f64,
}

/// Batches whose time is exponential, whatever their size (Bailey 1954; Chaudhry and Templeton,
/// *A First Course in Bulk Queues*, 1983).
///
/// While the worker is busy, `n` wait with the probability `k r^n`, where `r` is the root between 0
/// and 1 of `service_rate r^(size_max + 1) - (rate + service_rate) r + rate`. It becomes busy as
/// often as idle: `rate p_idle = service_rate k`.
pub(crate) fn batches_of_exponential_time(rate: f64, mean_service: f64, size_max: u32) -> Batches {
    let service_rate = 1.0 / mean_service;
    let root = root(rate, service_rate, size_max);
    let busy_and_none_waits = 1.0 / (service_rate / rate + 1.0 / (1.0 - root));
    let waiting = busy_and_none_waits * root / (1.0 - root).powi(2);
    let busy = busy_and_none_waits / (1.0 - root);
    // What comes leaves, in batches.
    Batches { mean_wait: waiting / rate, mean_size: rate / (service_rate * busy) }
}

/// Batches of a time that depends on their size alone; `times` by size, from 1 to the largest.
///
/// When a batch ends, `n` wait. All of them run, or as many as may, or the next that comes; when
/// that batch ends, the rest and what has come wait. Lengths by renewal and reward.
pub(crate) fn batches_of_constant_time(rate: f64, times: &[f64]) -> Batches {
    let arrivals: Vec<_> = times.iter().map(|time| chain::poisson(rate * time)).collect();
    let size = |waiting: usize| waiting.clamp(1, times.len());
    let left = |waiting: usize| waiting.saturating_sub(times.len());
    let law = chain::stationary(|waiting| (left(waiting), &arrivals[size(waiting) - 1]));
    let mean = |value: &dyn Fn(usize) -> f64| {
        law.iter().enumerate().map(|(waiting, share)| share * value(waiting)).sum::<f64>()
    };
    let time = |waiting| times[size(waiting) - 1];
    let length = mean(&time) + law[0] / rate;
    let area = |waiting| left(waiting) as f64 * time(waiting) + rate * time(waiting).powi(2) / 2.0;
    let mean_size = mean(&|waiting| size(waiting) as f64);
    assert!((mean_size / length / rate - 1.0).abs() < 1e-9, "what comes leaves");
    Batches { mean_wait: mean(&area) / length / rate, mean_size }
}

/// By halving: the polynomial falls from `rate` at 0, and 1 is its other root.
fn root(rate: f64, service_rate: f64, size_max: u32) -> f64 {
    let exponent = f64::from(size_max + 1);
    let value = |r: f64| service_rate * r.powf(exponent) - (rate + service_rate) * r + rate;
    let (mut low, mut high) = (0.0, 1.0 - 1e-9);
    for _ in 0..60 {
        let middle = (low + high) / 2.0;
        if value(middle) > 0.0 { low = middle } else { high = middle }
    }
    low
}

#[test]
fn batches_of_one_are_no_batches() {
    let close = |one: f64, other: f64| assert!((one / other - 1.0).abs() < 1e-9, "{one} {other}");
    let exponential = batches_of_exponential_time(0.6, 1.0, 1);
    close(exponential.mean_wait, super::pollaczek_khinchine(0.6, 1.0, 2.0));
    close(exponential.mean_size, 1.0);
    let constant = batches_of_constant_time(0.6, &[1.0]);
    close(constant.mean_wait, super::pollaczek_khinchine(0.6, 1.0, 1.0));
    close(constant.mean_size, 1.0);
}

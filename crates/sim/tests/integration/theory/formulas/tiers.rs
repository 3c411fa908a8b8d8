//! Strict priority between kinds of requests, the most urgent first.

/// One kind of requests.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Kind {
    pub(crate) rate: f64,
    pub(crate) mean: f64,
    pub(crate) second_moment: f64,
}

impl Kind {
    pub(crate) fn load(self) -> f64 {
        self.rate * self.mean
    }
}

/// Cobham (1954): mean waits in M/G/1 with non-preemptive priority.
pub(crate) fn cobham(kinds: &[Kind]) -> Vec<f64> {
    let residual = mean_residual(kinds);
    let load = |count: usize| kinds[..count].iter().map(|kind| kind.load()).sum::<f64>();
    (0..kinds.len()).map(|k| residual / ((1.0 - load(k)) * (1.0 - load(k + 1)))).collect()
}

/// Kleinrock (1965), the conservation law of M/G/1: the sum of load times mean wait, under every
/// non-preemptive policy that never idles and does not know the service times.
pub(crate) fn conserved(kinds: &[Kind]) -> f64 {
    let load: f64 = kinds.iter().map(|kind| kind.load()).sum();
    load * mean_residual(kinds) / (1.0 - load)
}

/// Mean times in the system in M/G/1 with preemptive-resume priority (Conway, Maxwell and Miller
/// 1967).
pub(crate) fn preemptive_resume(kinds: &[Kind]) -> Vec<f64> {
    let load = |count: usize| kinds[..count].iter().map(|kind| kind.load()).sum::<f64>();
    let time = |k: usize| {
        let residual = mean_residual(&kinds[..=k]);
        let spare = 1.0 - load(k);
        kinds[k].mean / spare + residual / (spare * (1.0 - load(k + 1)))
    };
    (0..kinds.len()).map(time).collect()
}

/// Mean waits in M/M/c with non-preemptive priority and one service rate for all (Cobham 1954).
pub(crate) fn tiers_on_equal_workers(workers: u32, rates: &[f64], mean_service: f64) -> Vec<f64> {
    let capacity = f64::from(workers) / mean_service;
    let used = |count: usize| rates[..count].iter().sum::<f64>() / capacity;
    let waits = super::erlang_c(workers, rates.iter().sum::<f64>() * mean_service);
    (0..rates.len()).map(|k| waits / (capacity * (1.0 - used(k)) * (1.0 - used(k + 1)))).collect()
}

/// What is left, on average, of a request that runs when another comes.
fn mean_residual(kinds: &[Kind]) -> f64 {
    kinds.iter().map(|kind| kind.rate * kind.second_moment / 2.0).sum()
}

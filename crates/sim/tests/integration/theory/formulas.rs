//! The formulas, each in one place. Rates are per ms, times in ms.
//!
//! Unless another source is named: Kleinrock, *Queueing Systems*, volumes 1 (1975) and 2 (1976).

mod batches;
mod birth_death;
mod chain;
mod patience;
mod tiers;

pub(crate) use batches::{Batches, batches_of_constant_time, batches_of_exponential_time};
pub(crate) use birth_death::BirthDeath;
pub(crate) use patience::ConstantPatience;
pub(crate) use tiers::{Kind, cobham, conserved, preemptive_resume, tiers_on_equal_workers};

/// Erlang (1917), formula B: the share of requests lost by `workers` and no queue, for any law of
/// service times; `load` in erlangs.
pub(crate) fn erlang_b(workers: u32, load: f64) -> f64 {
    (1..=workers).fold(1.0, |blocked, k| load * blocked / (f64::from(k) + load * blocked))
}

/// Erlang (1917), formula C: the share of requests that wait.
pub(crate) fn erlang_c(workers: u32, load: f64) -> f64 {
    let (blocked, utilisation) = (erlang_b(workers, load), load / f64::from(workers));
    blocked / (1.0 - utilisation * (1.0 - blocked))
}

/// M/M/c, first come first served. One worker is M/M/1.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mmc {
    pub(crate) workers: u32,
    pub(crate) rate: f64,
    pub(crate) mean_service: f64,
}

impl Mmc {
    pub(crate) fn mean_wait(self) -> f64 {
        self.waiting_share() / self.spare_rate()
    }

    /// The share of requests that wait longer than `time`.
    pub(crate) fn waits_beyond(self, time: f64) -> f64 {
        self.waiting_share() * (-self.spare_rate() * time).exp()
    }

    pub(crate) fn mean_latency(self) -> f64 {
        self.mean_wait() + self.mean_service
    }

    /// Number in the system, by Little's law.
    pub(crate) fn mean_number(self) -> f64 {
        self.rate * self.mean_latency()
    }

    fn waiting_share(self) -> f64 {
        erlang_c(self.workers, self.rate * self.mean_service)
    }

    fn spare_rate(self) -> f64 {
        f64::from(self.workers) / self.mean_service - self.rate
    }
}

/// Pollaczek and Khinchine (1930, 1932): mean wait of M/G/1, from the first two moments of the
/// service time.
pub(crate) fn pollaczek_khinchine(rate: f64, mean: f64, second_moment: f64) -> f64 {
    rate * second_moment / (2.0 * (1.0 - rate * mean))
}

/// Mean busy period of M/G/1, whatever the law.
pub(crate) fn mean_busy_period(rate: f64, mean: f64) -> f64 {
    mean / (1.0 - rate * mean)
}

/// Crommelin (1932): mean wait of M/D/c. What is in the system at some moment and has no worker
/// then is there one service time later, with what has come meanwhile, and nothing else.
pub(crate) fn mean_wait_mdc(workers: usize, rate: f64, service: f64) -> f64 {
    let arrivals = chain::poisson(rate * service);
    let law = chain::stationary(|number| (number.saturating_sub(workers), &arrivals));
    let waiting = |(number, share): (usize, &f64)| number.saturating_sub(workers) as f64 * share;
    law.iter().enumerate().map(waiting).sum::<f64>() / rate
}

/// Mean wait of M/M/2 with workers of two rates, of which an arrival that finds both idle takes the
/// quicker (Gumbel 1960). `quick` and `slow` are requests per ms.
///
/// By the balance of the states: none there; one with the quick worker; one with the slow worker;
/// two; and from there on each further one less probable by the utilisation.
pub(crate) fn mean_wait_of_unlike_pair(rate: f64, quick: f64, slow: f64) -> f64 {
    let utilisation = rate / (quick + slow);
    let two = 1.0;
    let with_slow = quick * two / (rate + slow);
    let with_quick = (quick + slow) * two / rate - with_slow;
    let none = (quick * with_quick + slow * with_slow) / rate;
    let total = none + with_quick + with_slow + two / (1.0 - utilisation);
    let waiting = two * utilisation / (1.0 - utilisation).powi(2) / total;
    waiting / rate
}

#[test]
fn one_worker_is_the_simplest_case_of_each() {
    let (rate, mean) = (0.7, 1.0);
    let close = |one: f64, other: f64| assert!((one / other - 1.0).abs() < 1e-9, "{one} {other}");
    let mm1 = rate / (1.0 - rate);
    close(Mmc { workers: 1, rate, mean_service: mean }.mean_wait(), mm1);
    close(pollaczek_khinchine(rate, mean, 2.0 * mean * mean), mm1);
    close(mean_wait_mdc(1, rate, mean), pollaczek_khinchine(rate, mean, mean * mean));
    close(erlang_b(1, rate), rate / (1.0 + rate));
    let pair = Mmc { workers: 2, rate, mean_service: mean };
    close(mean_wait_of_unlike_pair(rate, 1.0, 1.0), pair.mean_wait());
}

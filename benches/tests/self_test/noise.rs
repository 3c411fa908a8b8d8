//! What differs from one run to the next. Without it two runs of one version would be the same.

use std::f64::consts::TAU;

use rand_chacha::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};
use request::Seed;
use trace::TraceRow;

/// Time in which a drift is forgotten to 1 / e, s.
const DRIFT_TIME_S: f64 = 20.0;

/// Standard deviations of the logarithm of service times, each about a mean of 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Noise {
    /// Of one factor for each run: another placement of memory, a warmer machine.
    pub(crate) run_sd: f64,
    /// Of a factor that changes slowly within a run: neighbours that come and go.
    pub(crate) drift_sd: f64,
    /// Of a factor of each request's own.
    pub(crate) jitter_sd: f64,
}

impl Noise {
    /// Requests alone differ: a simulator with other service times, or a very quiet machine.
    pub(crate) const JITTER: Self = Self { run_sd: 0.0, drift_sd: 0.0, jitter_sd: 0.05 };

    /// Runs differ too, and each of them drifts: what measurements look like.
    pub(crate) const RUNS: Self = Self { run_sd: 0.005, drift_sd: 0.01, jitter_sd: 0.05 };

    /// A shared machine on a bad day.
    pub(crate) const LOUD: Self = Self { run_sd: 0.02, drift_sd: 0.02, jitter_sd: 0.05 };

    /// What a run multiplies the base size of each request by.
    ///
    /// The drift is a stationary autoregressive process with a step each second.
    pub(crate) fn factors(self, rows: &[TraceRow], seed: Seed) -> Vec<f64> {
        let [mut of_run, mut of_drift, mut of_jitter] =
            ["run", "drift", "jitter"].map(|purpose| Normals::new(seed.derive(purpose)));
        let level = self.run_sd * of_run.draw();
        let kept = libm::exp(-1.0 / DRIFT_TIME_S);
        let (mut drift, mut second) = (of_drift.draw(), 0);
        let factor = |row: &TraceRow| {
            while second < row.request.arrival.as_nanos() / 1_000_000_000 {
                drift = kept * drift + libm::sqrt(1.0 - kept * kept) * of_drift.draw();
                second += 1;
            }
            libm::exp(level + self.drift_sd * drift + self.jitter_sd * of_jitter.draw())
        };
        rows.iter().map(factor).collect()
    }
}

/// Standard normal numbers.
struct Normals {
    stream: ChaCha8Rng,
    /// The other one of a pair.
    spare: Option<f64>,
}

impl Normals {
    fn new(seed: Seed) -> Self {
        let mut key = [0; 32];
        key[..8].copy_from_slice(&seed.0.to_le_bytes());
        Self { stream: ChaCha8Rng::from_seed(key), spare: None }
    }

    /// Box and Muller (1958).
    fn draw(&mut self) -> f64 {
        if let Some(spare) = self.spare.take() {
            return spare;
        }
        let radius = libm::sqrt(-2.0 * libm::log(self.uniform()));
        let (sine, cosine) = libm::sincos(TAU * self.uniform());
        self.spare = Some(radius * sine);
        radius * cosine
    }

    /// In (0, 1]: its logarithm is finite.
    fn uniform(&mut self) -> f64 {
        ((self.stream.next_u64() >> 11) + 1) as f64 / (1_u64 << 53) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::traffic::{Load, Traffic};

    /// Standard deviation and, over so many rows, correlation of the logarithms of the factors.
    fn spread(noise: Noise, rows: &[TraceRow], lag: usize, runs: u64) -> (f64, f64) {
        let runs = (0..runs).map(|run| noise.factors(rows, Seed(run)));
        let logs: Vec<Vec<f64>> =
            runs.map(|factors| factors.into_iter().map(libm::log).collect()).collect();
        let mean = |of: &dyn Fn(&[f64]) -> f64| {
            logs.iter().map(|logs| of(logs)).sum::<f64>() / logs.len() as f64
        };
        let square = mean(&|logs| logs.iter().map(|x| x * x).sum::<f64>() / logs.len() as f64);
        let product = mean(&|logs| {
            let pairs = logs.iter().zip(&logs[lag..]);
            pairs.map(|(one, other)| one * other).sum::<f64>() / (logs.len() - lag) as f64
        });
        (libm::sqrt(square), product / square)
    }

    /// Bands are four standard errors wide or more.
    #[test]
    fn each_kind_has_its_size_and_its_memory() {
        let rows = Traffic::new(Load::MILD, Seed(5)).rows;
        let none = Noise { run_sd: 0.0, drift_sd: 0.0, jitter_sd: 0.0 };
        // 2400 requests take 20 s.
        let lag = 2400;
        let (sd, memory) = spread(Noise { jitter_sd: 0.05, ..none }, &rows, lag, 20);
        assert!((sd - 0.05).abs() < 0.001 && memory.abs() < 0.01, "jitter {sd} {memory}");
        let (sd, memory) = spread(Noise { drift_sd: 0.01, ..none }, &rows, lag, 300);
        assert!((sd - 0.01).abs() < 0.0006 && (memory - 0.37).abs() < 0.06, "drift {sd} {memory}");
        let (sd, memory) = spread(Noise { run_sd: 0.005, ..none }, &rows[..2500], lag, 3000);
        assert!((sd - 0.005).abs() < 0.0003 && memory > 0.999, "run {sd} {memory}");
        assert_eq!(none.factors(&rows, Seed(1)), vec![1.0; rows.len()]);
    }
}

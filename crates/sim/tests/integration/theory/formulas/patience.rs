//! One worker, exponential times, and requests that leave if they have not begun to run in a time
//! that is the same for all.

/// M/M/1 with constant patience until the start (Barrer 1957).
///
/// The work that is there, of requests that will run, has the density `f(x) = rate p0
/// e^((rate - service_rate) x)` up to the patience, and beyond it, where nobody joins, falls like
/// the service time: `rate p0 e^(rate patience - service_rate x)`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ConstantPatience {
    pub(crate) rate: f64,
    pub(crate) service_rate: f64,
    pub(crate) patience: f64,
}

impl ConstantPatience {
    /// The share that leaves: of those that meet more work than their patience.
    pub(crate) fn lost(self) -> f64 {
        self.rate * self.idle() * (-self.decay() * self.patience).exp() / self.service_rate
    }

    /// Mean wait of those that run.
    pub(crate) fn mean_wait_of_served(self) -> f64 {
        let x = self.decay() * self.patience;
        let moment = (1.0 - (-x).exp() * (1.0 + x)) / self.decay().powi(2);
        self.rate * self.idle() * moment / (1.0 - self.lost())
    }

    /// Share of time without work.
    pub(crate) fn idle(self) -> f64 {
        let within = -(-self.decay() * self.patience).exp_m1() / self.decay();
        let beyond = (-self.decay() * self.patience).exp() / self.service_rate;
        1.0 / (1.0 + self.rate * (within + beyond))
    }

    /// How fast the density falls. Not for a utilisation of exactly 1, where it is 0.
    fn decay(self) -> f64 {
        self.service_rate - self.rate
    }
}

/// What joins is what is served.
#[test]
fn the_throughput_is_what_the_busy_worker_does() {
    for rate in [0.5, 0.9, 1.5] {
        let model = ConstantPatience { rate, service_rate: 1.0, patience: 2.0 };
        let (joined, served) = (rate * (1.0 - model.lost()), 1.0 - model.idle());
        assert!((joined - served).abs() < 1e-12, "{joined} {served}");
    }
}

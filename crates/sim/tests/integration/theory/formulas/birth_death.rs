//! Birth and death: Poisson arrivals, exponential times, any number of each that depends on how
//! many are there.

/// The stationary law of the number in a system.
#[derive(Clone, Debug)]
pub(crate) struct BirthDeath {
    shares: Vec<f64>,
}

impl BirthDeath {
    /// States 0 to `last`. `birth` is the rate from a state to the next, `death` to the one before.
    ///
    /// Between two neighbours, as much flow goes up as down.
    pub(crate) fn new(last: u32, birth: impl Fn(u32) -> f64, death: impl Fn(u32) -> f64) -> Self {
        let mut weights = vec![1.0];
        for state in 1..=last {
            let before = weights[weights.len() - 1];
            weights.push(before * birth(state - 1) / death(state));
        }
        let total: f64 = weights.iter().sum();
        Self { shares: weights.iter().map(|weight| weight / total).collect() }
    }

    /// The share of time in which this is true of the state.
    pub(crate) fn share(&self, test: impl Fn(u32) -> bool) -> f64 {
        self.mean(|state| f64::from(u8::from(test(state))))
    }

    /// The mean over time of a function of the state.
    pub(crate) fn mean(&self, value: impl Fn(u32) -> f64) -> f64 {
        (0..).zip(&self.shares).map(|(state, share)| value(state) * share).sum()
    }
}

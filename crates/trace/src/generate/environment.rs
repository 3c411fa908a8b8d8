//! The states that a modulated rate passes through.
//!
//! A visit's length is drawn in real time, whole ns, from a stream that serves nothing else; so the
//! path of states is a function of the seed, and `trace check` can walk it again.

use rand_chacha::ChaCha8Rng;
use rand_core::Rng;

use super::gap::uniform;
use super::operational::OperationalTime;
use crate::workload::{DwellLaw, State};

/// A walk through the states. Times that are asked for must not decrease.
#[derive(Clone, Debug)]
pub(crate) struct Environment {
    states: Vec<State>,
    law: DwellLaw,
    /// What turns a state's rate into one whose mean over time is 1.
    scale: f64,
    numbers: ChaCha8Rng,
    visit: Visit,
}

/// A stay in one state.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Visit {
    /// Position in the list of states.
    pub(crate) state: usize,
    /// Real time from and until when.
    pub(crate) start: f64,
    pub(crate) end: f64,
    /// The integral of the whole rate, of the states and over time, at its start.
    area: f64,
}

impl Environment {
    /// A walk that begins in the middle of a visit, as if it had gone on for ever. The states are
    /// valid.
    pub(crate) fn new(states: &[State], law: DwellLaw, mut numbers: ChaCha8Rng) -> Self {
        let dwell = |state: &State| state.dwell.as_nanos() as f64;
        let cycle = states.iter().fold(0.0, |sum, state| sum + dwell(state));
        let area = states.iter().fold(0.0, |sum, state| sum + dwell(state) * state.rate);
        let mut left = uniform(numbers.next_u64()) * cycle;
        let mut first = states.len() - 1;
        for (index, state) in states.iter().enumerate() {
            if left <= dwell(state) {
                first = index;
                break;
            }
            left -= dwell(state);
        }
        let mut walk = Self {
            states: states.to_vec(),
            law,
            scale: cycle / area,
            numbers,
            visit: Visit { state: first, start: 0.0, end: 0.0, area: 0.0 },
        };
        // An exponential visit has no memory; what is left of a constant one is uniform.
        walk.visit.end = match law {
            DwellLaw::Exponential => walk.dwell(first),
            DwellLaw::Constant => libm::rint(left).max(1.0),
        };
        walk
    }

    /// Real time at which the integral of the rate reaches this value.
    pub(crate) fn real(&mut self, area: f64, time: &OperationalTime) -> f64 {
        while area > self.area_at(self.visit.end, time) {
            self.advance(time);
        }
        let Visit { start, end, area: at_start, .. } = self.visit;
        let rate = self.rate();
        if rate <= 0.0 {
            return end;
        }
        time.real(time.operational(start) + (area - at_start) / rate).clamp(start, end)
    }

    /// The integral of the rate at a real time.
    pub(crate) fn area(&mut self, real: f64, time: &OperationalTime) -> f64 {
        while real > self.visit.end {
            self.advance(time);
        }
        self.area_at(real, time)
    }

    fn rate(&self) -> f64 {
        self.states[self.visit.state].rate * self.scale
    }

    /// The integral at a time within the current visit.
    fn area_at(&self, real: f64, time: &OperationalTime) -> f64 {
        let passed = time.operational(real) - time.operational(self.visit.start);
        self.visit.area + self.rate() * passed.max(0.0)
    }

    fn advance(&mut self, time: &OperationalTime) {
        let area = self.area_at(self.visit.end, time);
        let state = (self.visit.state + 1) % self.states.len();
        let start = self.visit.end;
        self.visit = Visit { state, start, end: start + self.dwell(state), area };
    }

    /// Length of the next visit: whole ns, at least one.
    fn dwell(&mut self, state: usize) -> f64 {
        let mean = self.states[state].dwell.as_nanos() as f64;
        match self.law {
            DwellLaw::Constant => mean,
            DwellLaw::Exponential => {
                let drawn = -libm::log(uniform(self.numbers.next_u64())) * mean;
                libm::rint(drawn).max(1.0)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use request::Seed;

    use super::*;
    use crate::stream::{Purpose, stream};

    fn walk(law: DwellLaw, seed: u64) -> Environment {
        let state = |rate, seconds| State { rate, dwell: Duration::from_secs(seconds) };
        let states = [state(9.0, 1), state(0.0, 3)];
        Environment::new(&states, law, stream(Seed(seed), 1, Purpose::Environment))
    }

    #[test]
    fn the_maps_undo_each_other_and_silence_is_kept() {
        for law in [DwellLaw::Exponential, DwellLaw::Constant] {
            for seed in 0..20 {
                let (mut there, mut back) = (walk(law, seed), walk(law, seed));
                for i in 1..2000 {
                    let area = f64::from(i) * 1e8;
                    let real = there.real(area, &OperationalTime::Real);
                    assert_eq!(there.visit.state, 0, "nothing comes in a silent state");
                    let found = back.area(real, &OperationalTime::Real);
                    assert!((found - area).abs() < 1.0, "{law:?} {seed}: {area} {real} {found}");
                }
            }
        }
    }

    #[test]
    fn the_mean_rate_is_kept() {
        let mean = |law| {
            let ends = (0..400).map(|seed| walk(law, seed).area(1e12, &OperationalTime::Real));
            ends.sum::<f64>() / 400.0 / 1e12
        };
        for law in [DwellLaw::Exponential, DwellLaw::Constant] {
            let mean = mean(law);
            assert!((mean - 1.0).abs() < 0.02, "{law:?}: {mean}");
        }
    }
}

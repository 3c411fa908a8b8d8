//! Stationary laws of chains embedded at moments between which Poisson arrivals come.

/// States that a chain may have: no load in these tests comes near.
const STATES: usize = 250;

/// So little change in a step is the end of an iteration.
const CHANGE_MIN: f64 = 1e-14;

/// The probabilities of a Poisson number, as far as they matter.
pub(super) fn poisson(mean: f64) -> Vec<f64> {
    let mut probabilities = vec![(-mean).exp()];
    while let Some(last) = probabilities.last()
        && (*last > 1e-16 || (probabilities.len() as f64) < mean)
    {
        probabilities.push(last * mean / probabilities.len() as f64);
    }
    probabilities
}

/// The stationary law of a chain, by iteration. `step` says of each state what is left of it, and
/// the law of the number that is added to that.
pub(super) fn stationary<'a>(step: impl Fn(usize) -> (usize, &'a Vec<f64>)) -> Vec<f64> {
    let mut law = vec![0.0; STATES];
    law[0] = 1.0;
    loop {
        let mut next = vec![0.0; STATES];
        for (state, &share) in law.iter().enumerate().filter(|(_, share)| **share > 1e-18) {
            let (left, arrivals) = step(state);
            for (place, added) in next[left..].iter_mut().zip(arrivals) {
                *place += share * added;
            }
        }
        let change: f64 = law.iter().zip(&next).map(|(one, other)| (one - other).abs()).sum();
        law = next;
        if change < CHANGE_MIN {
            return law;
        }
    }
}

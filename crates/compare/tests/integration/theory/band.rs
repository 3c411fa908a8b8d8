//! How far a count or a distribution may be from what it should be, by chance.

use probability::{binomial_at_least, kolmogorov_above, kolmogorov_multiple};

/// A right method leaves a band so often.
const CHANCE: f64 = 0.001;

/// Checks that so many hits are what draws with this chance give.
#[track_caller]
pub(crate) fn check_share(what: &str, hits: &[bool], chance: f64) {
    let (draws, count) = (hits.len() as u64, count(hits));
    let at_least = binomial_at_least(count, draws, chance);
    let at_most = 1.0 - binomial_at_least(count + 1, draws, chance);
    assert!(at_least.min(at_most) > CHANCE / 2.0, "{what}: {count} of {draws}, chance {chance}");
}

/// Checks that there are no more hits than draws with this chance give.
#[track_caller]
pub(crate) fn check_share_at_most(what: &str, hits: &[bool], chance: f64) {
    let (draws, count) = (hits.len() as u64, count(hits));
    let at_least = binomial_at_least(count, draws, chance);
    assert!(at_least > CHANCE, "{what}: {count} of {draws}, chance {chance}");
}

/// Checks that values are spread evenly over 0 to 1 (Kolmogorov and Smirnov).
#[track_caller]
pub(crate) fn check_even(what: &str, values: &[f64]) {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let count = sorted.len() as f64;
    let distance = |(index, value): (usize, &f64)| {
        let below = index as f64 / count;
        (value - below).max(below + 1.0 / count - value)
    };
    let farthest = sorted.iter().enumerate().map(distance).fold(0.0, f64::max);
    let chance = kolmogorov_above(kolmogorov_multiple(count) * farthest);
    assert!(chance > CHANCE, "{what}: p-values are {farthest:.4} from even, chance {chance:.1e}");
}

pub(crate) fn count(hits: &[bool]) -> u64 {
    hits.iter().filter(|hit| **hit).count() as u64
}

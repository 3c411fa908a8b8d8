//! The binomial distribution.

/// `P(X >= count)` for `trials` independent trials that each succeed with `chance`, below 1.
///
/// Terms are added outward from `count`, away from the mean, where each is a known fraction of the
/// one before.
pub fn binomial_at_least(count: u64, trials: u64, chance: f64) -> f64 {
    if count == 0 || count > trials {
        return if count == 0 { 1.0 } else { 0.0 };
    }
    let (n, odds) = (trials as f64, chance / (1.0 - chance));
    let term = |k: f64| {
        let ways = libm::lgamma(n + 1.0) - libm::lgamma(k + 1.0) - libm::lgamma(n - k + 1.0);
        libm::exp(ways + k * libm::log(chance) + (n - k) * libm::log1p(-chance))
    };
    let add = |first: f64, ratio: &dyn Fn(f64) -> f64, step: f64| {
        let (mut k, mut term, mut sum) = (first, term(first), 0.0);
        while (0.0..=n).contains(&k) && term > sum * f64::EPSILON / 16.0 {
            sum += term;
            term *= ratio(k);
            k += step;
        }
        sum
    };
    let count = count as f64;
    let tail = match count > n * chance {
        true => add(count, &|k| (n - k) / (k + 1.0) * odds, 1.0),
        false => 1.0 - add(count - 1.0, &|k| k / (n - k + 1.0) / odds, -1.0),
    };
    tail.clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::close;

    /// Expected values are mpmath's, from 30 digits.
    #[test]
    fn tails_are_those_of_another_library() {
        for (count, trials, chance, at_least) in [
            (1, 10, 0.1, 6.513215599e-1),
            (9, 10, 0.5, 1.07421875e-2),
            (30, 1000, 0.01, 2.05998885097196e-7),
            (5, 1000, 0.01, 9.71313600000995e-1),
            (1200, 10000, 0.1, 4.80263293731295e-11),
            (1000, 10000, 0.1, 5.04875916309322e-1),
        ] {
            close(binomial_at_least(count, trials, chance), at_least, 1e-9);
        }
    }

    #[test]
    fn the_ends_are_ends() {
        assert_eq!(binomial_at_least(0, 5, 0.5), 1.0);
        assert_eq!(binomial_at_least(6, 5, 0.5), 0.0);
    }
}

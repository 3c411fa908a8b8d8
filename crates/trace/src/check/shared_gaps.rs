//! Do two classes draw from one stream?
//!
//! The predecessor gave all its classes the same seed. Where two classes also have the same rate,
//! their arrivals meet ([`coincidence`](super::coincidence)); where they have not, only the gaps,
//! each in units of its own class, are alike.

use probability::{chi_square_above, limit};

use super::finding::{Finding, LIMIT_LEVEL, NotApplicable, Outcome};
use super::residuals::Residuals;

/// A correlation of fewer pairs is not normal enough.
const ARRIVALS_MIN: usize = 50;

/// The number of pairs grows as the square; 64 classes have 2016 of them.
const CLASSES_MAX: usize = 64;

/// Correlation between the i-th gaps of every two classes: the sum of `(n - 1) r^2` over pairs, a
/// chi-square with one degree of freedom for each. Of more than 64 classes, the longest.
///
/// Gaps go in as `1 - exp(-gap)`, which is uniform: products of exponential gaps have tails too
/// heavy for the normal law.
pub fn streams(classes: &[(&str, &Residuals)]) -> Outcome {
    const TEST: &str = "shared_gaps";
    let length = |(_, residuals): &(&str, &Residuals)| residuals.times().len();
    let mut long: Vec<_> =
        classes.iter().filter(|class| length(class) >= ARRIVALS_MIN).copied().collect();
    long.sort_by_key(|class| std::cmp::Reverse(length(class)));
    long.truncate(CLASSES_MAX);
    if let Some(few) = NotApplicable::too_few(TEST, "classes of 50 arrivals", long.len(), 2) {
        return Err(few);
    }
    let uniform: Vec<Vec<f64>> =
        long.iter().map(|(_, residuals)| uniform_gaps(residuals)).collect();
    let (mut statistic, mut pairs, mut closest) = (0.0, 0, (0.0, "", ""));
    for (a, gaps) in uniform.iter().enumerate() {
        for (b, others) in uniform.iter().enumerate().skip(a + 1) {
            let r = correlation(gaps, others);
            statistic += (others.len() - 1) as f64 * r * r;
            pairs += 1;
            if r.abs() > f64::abs(closest.0) {
                closest = (r, long[a].0, long[b].0);
            }
        }
    }
    let above = |x: f64| chi_square_above(x, f64::from(pairs));
    let (r, a, b) = closest;
    Ok(Finding::new(TEST, statistic, above(statistic))
        .with_limit(limit(LIMIT_LEVEL, above))
        .with_note(format!("closest: gaps of {a} and {b} correlate by {r:.3}")))
}

fn uniform_gaps(residuals: &Residuals) -> Vec<f64> {
    residuals.gaps().map(|gap| -libm::expm1(-gap)).collect()
}

/// Pearson's correlation of `others` with as many of the first `gaps`.
fn correlation(gaps: &[f64], others: &[f64]) -> f64 {
    let gaps = &gaps[..others.len()];
    let count = others.len() as f64;
    let mean = |numbers: &[f64]| numbers.iter().sum::<f64>() / count;
    let (mean_a, mean_b) = (mean(gaps), mean(others));
    let (mut both, mut a2, mut b2) = (0.0, 0.0, 0.0);
    for (a, b) in gaps.iter().zip(others) {
        let (a, b) = (a - mean_a, b - mean_b);
        both += a * b;
        a2 += a * a;
        b2 += b * b;
    }
    match a2 > 0.0 && b2 > 0.0 {
        true => both / libm::sqrt(a2 * b2),
        false => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::testing::poisson;

    #[test]
    fn one_stream_for_two_classes_is_found() {
        let (a, b, c) = (poisson(1, 300.0), poisson(2, 200.0), poisson(3, 60.0));
        let sound = streams(&[("a", &a), ("b", &b), ("c", &c)]).unwrap();
        assert!(sound.p > 0.001, "{sound:?}");
        assert!((sound.limit_high.unwrap() - 16.27).abs() < 0.01, "three pairs");
        let shared = streams(&[("a", &a), ("d", &poisson(1, 100.0)), ("c", &c)]).unwrap();
        assert!(shared.p < 1e-6, "{shared:?}");
        assert!(shared.note.contains("gaps of a and d correlate by 1.000"), "{}", shared.note);
    }

    #[test]
    fn one_class_has_nobody_to_share_with() {
        let (long, short) = (poisson(1, 300.0), poisson(2, 10.0));
        let reason = streams(&[("a", &long), ("b", &short)]).unwrap_err().reason;
        assert_eq!(reason, "1 classes of 50 arrivals; it needs 2");
    }
}

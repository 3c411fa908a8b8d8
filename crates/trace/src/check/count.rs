//! The number of arrivals against the number that the rate promises.

use probability::{limit, poisson_at_least, poisson_at_most};

use super::finding::{Finding, LIMIT_LEVEL, NotApplicable, Outcome};
use super::residuals::Residuals;

/// `|N - length| / sqrt(length)`, with the exact probability of the Poisson law.
///
/// Where a stream runs until it has its count `m`, the same order of outcomes is followed past the
/// planned end: later and later m-th arrivals are ever slower streams. `P(T_m >= t)` is the
/// probability of at most m - 1 arrivals by t, so both cases use the same tails, and the two
/// together have exactly the level they claim.
pub fn amount(residuals: &Residuals) -> Outcome {
    const TEST: &str = "count";
    let (count, expected) = (residuals.times().len() as u64, residuals.length());
    if expected <= 0.0 {
        return Err(NotApplicable::new(TEST, "no time in which anything could arrive"));
    }
    let few_at_most = if residuals.ends_at_count() { count.saturating_sub(1) } else { count };
    let few = poisson_at_most(few_at_most, expected);
    let many = poisson_at_least(count, expected);
    let statistic = (count as f64 - expected).abs() / libm::sqrt(expected);
    let note = match residuals.ends_at_count() {
        true => format!("{count} came when {expected:.1} were due"),
        false => format!("{count} instead of {expected:.1}"),
    };
    let normal = |z: f64| libm::erfc(z / std::f64::consts::SQRT_2);
    Ok(Finding::new(TEST, statistic, 2.0 * few.min(many))
        .with_limit(limit(LIMIT_LEVEL, normal))
        .with_note(note))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn p(count: usize, length: f64) -> f64 {
        amount(&Residuals::over(vec![0.0; count], length)).unwrap().p
    }

    #[test]
    fn small_counts_have_their_own_law() {
        assert!((p(0, 3.0) - 2.0 * (-3.0_f64).exp()).abs() < 1e-12);
        assert_eq!(p(3, 3.0), 1.0);
        assert!(p(10_000, 10_000.0) > 0.99);
        let found = p(10_329, 10_000.0);
        assert!((found / 0.001 - 1.0).abs() < 0.15, "{found}");
        assert!(amount(&Residuals::over(Vec::new(), 0.0)).is_err());
    }

    #[test]
    fn a_stream_that_waits_for_its_count_is_judged_by_how_long_it_took() {
        // The first arrival of a unit stream after more than 10 units of time.
        let found = amount(&Residuals::up_to_last(vec![10.0])).unwrap();
        assert!((found.p - 2.0 * (-10.0_f64).exp()).abs() < 1e-12, "{found:?}");
    }
}

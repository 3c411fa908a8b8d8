//! The runs design: one number a run, and the pooled two-sample t test (Student 1908).
//!
//! Pooled rather than Welch's: with three runs a side, Welch's degrees of freedom cost more power
//! than its guard against unequal spreads is worth when both sides ran on the same machine by turns.

/// Difference of means, its standard error and degrees of freedom.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Pooled {
    /// Mean of B less mean of A.
    pub(crate) effect: f64,
    pub(crate) standard_error: f64,
    pub(crate) df: u64,
}

/// Compares one number of each run of A with one of each run of B; at least one each and three in
/// all.
pub(crate) fn pooled(a: &[f64], b: &[f64]) -> Pooled {
    let (count_a, count_b) = (a.len() as f64, b.len() as f64);
    let df = (a.len() + b.len()).saturating_sub(2).max(1);
    // Rounding must not make runs differ that do not.
    let squares = if all_equal(a) && all_equal(b) { 0.0 } else { squares(a) + squares(b) };
    let standard_error = libm::sqrt(squares / df as f64 * (1.0 / count_a + 1.0 / count_b));
    Pooled { effect: mean(b) - mean(a), standard_error, df: df as u64 }
}

/// Mean of at least one number; of equal numbers that number.
pub(crate) fn mean(values: &[f64]) -> f64 {
    match values {
        [first, ..] if all_equal(values) => *first,
        _ => values.iter().sum::<f64>() / values.len() as f64,
    }
}

/// Standard deviation of at least two numbers; 0 of equal ones.
pub(crate) fn deviation(values: &[f64]) -> f64 {
    libm::sqrt(squares(values) / (values.len() - 1) as f64)
}

/// Sum of squared deviations from the mean.
fn squares(values: &[f64]) -> f64 {
    let mean = mean(values);
    values.iter().map(|value| (value - mean) * (value - mean)).sum()
}

#[expect(clippy::float_cmp, reason = "whether runs are equal to the last bit is the question")]
fn all_equal(values: &[f64]) -> bool {
    values.windows(2).all(|pair| pair[0] == pair[1])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_textbook_case() {
        // Means 2 and 5, sums of squares 2 and 8: variance 10 / 4, error sqrt(2.5 x 2 / 3).
        let found = pooled(&[1.0, 2.0, 3.0], &[3.0, 5.0, 7.0]);
        assert!((found.effect - 3.0).abs() < 1e-15);
        assert!((found.standard_error - (2.5_f64 * 2.0 / 3.0).sqrt()).abs() < 1e-15);
        assert_eq!(found.df, 4);
    }

    #[test]
    fn a_deviation_is_of_a_sample() {
        assert!((deviation(&[1.0, 2.0, 3.0, 6.0]) - (14.0_f64 / 3.0).sqrt()).abs() < 1e-15);
        assert_eq!(deviation(&[0.1; 7]), 0.0);
    }

    #[test]
    fn equal_runs_have_no_spread() {
        let found = pooled(&[0.1; 3], &[0.1; 3]);
        assert_eq!((found.effect, found.standard_error), (0.0, 0.0));
        let found = pooled(&[0.1; 3], &[0.3; 5]);
        assert_eq!((found.effect, found.standard_error), (0.3 - 0.1, 0.0));
    }
}

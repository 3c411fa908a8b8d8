//! From a probability back to a statistic.

/// The statistic at which a falling tail function passes `level`: the limit of a test.
pub fn limit(level: f64, tail: impl Fn(f64) -> f64) -> f64 {
    let mut high = 1.0;
    while tail(high) > level && high < 1e12 {
        high *= 2.0;
    }
    let mut low = 0.0;
    // 60 halvings leave less than the last digit of a 64-bit float.
    for _ in 0..60 {
        let middle = 0.5 * (low + high);
        match tail(middle) > level {
            true => low = middle,
            false => high = middle,
        }
    }
    0.5 * (low + high)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{chi_square_above, kolmogorov_above};

    /// `P(|Z| > z)` for a standard normal deviate.
    fn normal_beyond(z: f64) -> f64 {
        libm::erfc(z / std::f64::consts::SQRT_2)
    }

    /// Section 12 of the statistics: the table of limits.
    #[test]
    fn limits_are_those_of_the_tables() {
        let near = |found: f64, expected: f64, digit: f64| {
            assert!((found - expected).abs() <= 0.501 * digit, "{found} instead of {expected}");
        };
        for (level, kolmogorov, ljung_box, mix, transitions, count) in [
            (0.05, 1.358, 31.41, 5.99, 9.49, 1.96),
            (0.01, 1.628, 37.57, 9.21, 13.28, 2.58),
            (0.001, 1.949, 45.31, 13.82, 18.47, 3.29),
        ] {
            near(limit(level, kolmogorov_above), kolmogorov, 0.001);
            near(limit(level, |x| chi_square_above(x, 20.0)), ljung_box, 0.01);
            near(limit(level, |x| chi_square_above(x, 2.0)), mix, 0.01);
            near(limit(level, |x| chi_square_above(x, 4.0)), transitions, 0.01);
            near(limit(level, normal_beyond), count, 0.01);
        }
        for (windows, level, low, high) in [
            (100.0, 0.05, 0.741, 1.297),
            (100.0, 0.01, 0.672, 1.404),
            (100.0, 0.001, 0.597, 1.535),
            (1000.0, 0.05, 0.914, 1.090),
            (1000.0, 0.01, 0.889, 1.119),
            (1000.0, 0.001, 0.859, 1.154),
        ] {
            let df = windows - 1.0;
            near(limit(level / 2.0, |x| chi_square_above(x, df)) / df, high, 0.001);
            near(limit(1.0 - level / 2.0, |x| chi_square_above(x, df)) / df, low, 0.001);
        }
    }
}

//! Anderson and Darling's test: are the gaps exponential, into both tails?
//!
//! Finds gaps of another shape (Erlang, rounded), and, where the rate is known, a wrong rate.
//! Anderson and Darling 1952, "Asymptotic theory of certain goodness of fit criteria".

use probability::limit;

use super::finding::{Finding, LIMIT_LEVEL, NotApplicable, Outcome};
use super::residuals::{Residuals, sort};

/// From here on both tests hold their levels down to 1 in 10,000 (simulated, 20,000 streams).
const ARRIVALS_MIN: usize = 10;

/// Gaps against the exponential law of the known rate.
pub fn rate_known(residuals: &Residuals) -> Outcome {
    const TEST: &str = "anderson_darling";
    let gaps = sorted_gaps(TEST, residuals)?;
    let (statistic, count) = (statistic(&gaps, 1.0), gaps.len() as f64);
    let p = known_above(statistic, count);
    Ok(Finding::new(TEST, statistic, p)
        .with_limit(limit(LIMIT_LEVEL, |z| known_above(z, count)))
        .with_note(mean_note(&gaps)))
}

/// Gaps against the exponential law of their own mean, so that the shape alone counts.
pub fn rate_estimated(residuals: &Residuals) -> Outcome {
    const TEST: &str = "anderson_darling_shape";
    let gaps = sorted_gaps(TEST, residuals)?;
    let (mean, count) = (mean(&gaps), gaps.len() as f64);
    // Stephens' correction for finite counts: D'Agostino and Stephens 1986, table 4.14.
    let statistic = statistic(&gaps, mean) * (1.0 + 0.6 / count);
    Ok(Finding::new(TEST, statistic, estimated_above(statistic))
        .with_limit(limit(LIMIT_LEVEL, estimated_above)))
}

fn sorted_gaps(test: &'static str, residuals: &Residuals) -> Result<Vec<f64>, NotApplicable> {
    let count = residuals.times().len();
    if let Some(too_few) = NotApplicable::too_few(test, "arrivals", count, ARRIVALS_MIN) {
        return Err(too_few);
    }
    let mut gaps: Vec<f64> = residuals.gaps().collect();
    sort(&mut gaps);
    Ok(gaps)
}

fn mean(gaps: &[f64]) -> f64 {
    gaps.iter().sum::<f64>() / gaps.len() as f64
}

fn mean_note(gaps: &[f64]) -> String {
    format!("gaps are {:.4} of what they should be, on average", mean(gaps))
}

/// `A2 = -n - mean((2i - 1)(ln u_i + ln(1 - u_{n+1-i})))` with `u = 1 - exp(-gap / mean)`.
///
/// Both logarithms are taken of the tail that they mean, since `1 - u` would lose it.
fn statistic(sorted_gaps: &[f64], mean: f64) -> f64 {
    let count = sorted_gaps.len() as f64;
    let mut sum = 0.0;
    for (index, (gap, opposite)) in sorted_gaps.iter().zip(sorted_gaps.iter().rev()).enumerate() {
        // A gap of 0 has no logarithm; the smallest number stands for it.
        let lower = (-libm::expm1(-gap / mean)).max(f64::MIN_POSITIVE);
        sum += (2 * index + 1) as f64 * (libm::log(lower) - opposite / mean);
    }
    -count - sum / count
}

/// Where the fitted form of the limiting law gives way to the form of its tail.
const KNOWN_TAIL: f64 = 4.5;

/// `P(A2 > z)` for `count` values of a known law.
///
/// Limiting law and correction for finite counts: Marsaglia and Marsaglia 2004, "Evaluating the
/// Anderson-Darling distribution", functions `adinf` and `errfix`. Their fit ends near z = 8, so
/// beyond 4.5 stands the tail itself: A2 is a sum of chi-squares with weights 1/(j(j+1)), whose tail
/// is that of the largest weight times the product of (1 - w_j/w_1)^-1/2 over the others,
/// sqrt(3) erfc(sqrt z) (Zolotarev 1961). The factor 1 + 0.295/z, fitted to a numerical inversion
/// (Imhof 1961), makes it exact to three digits.
fn known_above(z: f64, count: f64) -> f64 {
    if z <= 0.0 {
        return 1.0;
    }
    if z >= KNOWN_TAIL {
        return libm::sqrt(3.0) * libm::erfc(libm::sqrt(z)) * (1.0 + 0.295 / z);
    }
    let below = limiting_below(z);
    1.0 - (below + finite_correction(below, count)).clamp(0.0, 1.0)
}

/// Marsaglia and Marsaglia's `adinf`.
fn limiting_below(z: f64) -> f64 {
    if z < 2.0 {
        let fit = 2.00012
            + (0.247105 - (0.0649821 - (0.0347962 - (0.0116720 - 0.00168691 * z) * z) * z) * z) * z;
        return libm::exp(-1.2337141 / z) / libm::sqrt(z) * fit;
    }
    let fit =
        1.0776 - (2.30695 - (0.43424 - (0.082433 - (0.008056 - 0.0003146 * z) * z) * z) * z) * z;
    libm::exp(-libm::exp(fit))
}

/// Marsaglia and Marsaglia's `errfix`: what finite counts add to the limiting probability `x`.
///
/// Their fit for large `x` does not end at 0 but at -0.0006/n, which would drown the tail; that
/// remainder is taken off.
fn finite_correction(x: f64, count: f64) -> f64 {
    if x > 0.8 {
        let fit = |x: f64| {
            -130.2137
                + (745.2337 - (1705.091 - (1950.646 - (1116.360 - 255.7844 * x) * x) * x) * x) * x
        };
        return (fit(x) - fit(1.0)) / count;
    }
    let middle = 0.01265 + 0.1757 / count;
    if x < middle {
        let t = x / middle;
        let fit = libm::sqrt(t) * (1.0 - t) * (49.0 * t - 102.0);
        return fit * (0.0037 / (count * count) + 0.00078 / count + 0.00006) / count;
    }
    let t = (x - middle) / (0.8 - middle);
    let fit =
        -0.00022633 + (6.54034 - (14.6538 - (14.458 - (8.259 - 1.91864 * t) * t) * t) * t) * t;
    fit * (0.04213 + 0.01365 / count) / count
}

/// Where Stephens' formula, which turns round at 10, gives way to the form of the tail.
const ESTIMATED_TAIL: f64 = 1.959;

/// `P(A2 (1 + 0.6/n) > z)` for exponential values whose mean is estimated.
///
/// D'Agostino and Stephens 1986, "Goodness-of-fit techniques", section 4.9, exponential case. In the
/// tail, where their formula is up to a third too large at 1 in 1000 and useless beyond: the same
/// form as for the known law, with the largest weight 0.2312983 and the product 2.42266 of the
/// covariance of this case, found numerically, and a factor fitted to an inversion (Imhof 1961).
fn estimated_above(z: f64) -> f64 {
    if z <= 0.0 {
        1.0
    } else if z < 0.26 {
        1.0 - libm::exp(-12.2204 + 67.459 * z - 110.3 * z * z)
    } else if z < 0.51 {
        1.0 - libm::exp(-6.1327 + 20.218 * z - 18.663 * z * z)
    } else if z < 0.95 {
        libm::exp(0.9209 - 3.353 * z + 0.300 * z * z)
    } else if z < ESTIMATED_TAIL {
        libm::exp(0.731 - 3.009 * z + 0.15 * z * z)
    } else {
        2.42266 * libm::erfc(libm::sqrt(z / (2.0 * 0.231_298_3))) * (1.0 + 0.26 / z)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::testing::poisson;

    const MANY: f64 = 1e12;

    /// The limits of Marsaglia and Marsaglia's and of Stephens' tables; at 0.1 % those of an
    /// inversion of the characteristic function, which the tables round to 5.9 and 3.0.
    #[test]
    fn limits_are_those_of_the_tables() {
        for (level, known, estimated) in
            [(0.05, 2.492, 1.321), (0.01, 3.880, 1.959), (0.001, 5.97, 2.92)]
        {
            let found = limit(level, |z| known_above(z, MANY));
            assert!((found / known - 1.0).abs() < 0.01, "{found} instead of {known}");
            let found = limit(level, estimated_above);
            assert!((found / estimated - 1.0).abs() < 0.01, "{found} instead of {estimated}");
        }
    }

    /// Expected values come from inverting the characteristic function numerically.
    #[test]
    fn tails_reach_far() {
        for (z, known) in [(1.0, 0.357_004), (3.0, 0.027_349), (5.0, 2.8728e-3), (10.0, 1.3808e-5)]
        {
            let found = known_above(z, MANY);
            assert!((found / known - 1.0).abs() < 0.005, "{z}: {found} instead of {known}");
        }
        for (z, estimated) in [(1.062, 0.09947), (3.0, 8.3043e-4), (6.0, 8.870e-7)] {
            let found = estimated_above(z);
            assert!((found / estimated - 1.0).abs() < 0.03, "{z}: {found} instead of {estimated}");
        }
    }

    #[test]
    fn larger_is_never_more_probable() {
        for count in [10.0, 100.0, 1e6] {
            let tails = [&|z| known_above(z, count), &estimated_above as &dyn Fn(f64) -> f64];
            for tail in tails {
                let p: Vec<f64> = (1..4000).map(|i| tail(f64::from(i) * 0.01)).collect();
                assert!(p.iter().all(|p| (0.0..=1.0).contains(p)));
                let rises = p.windows(2).position(|pair| pair[1] > pair[0] + 1e-4 * pair[0]);
                assert_eq!(rises, None, "count {count}");
            }
        }
    }

    /// By hand: n = 1 and the median give A2 = -1 - 2 ln(1/2).
    #[test]
    fn the_statistic_is_the_textbooks() {
        let found = statistic(&[std::f64::consts::LN_2], 1.0);
        assert!((found - (2.0 * std::f64::consts::LN_2 - 1.0)).abs() < 1e-15, "{found}");
    }

    #[test]
    fn a_wrong_rate_and_a_wrong_shape_are_told_apart() {
        let sound = poisson(1, 10_000.0);
        assert!(rate_known(&sound).unwrap().p > 0.001);
        assert!(rate_estimated(&sound).unwrap().p > 0.001);
        let slow = sound.times().iter().map(|time| 1.05 * time).collect();
        let slow = Residuals::up_to_last(slow);
        assert!(rate_known(&slow).unwrap().p < 1e-4);
        assert!(rate_estimated(&slow).unwrap().p > 0.001);
        let erlang = sound.times().iter().step_by(2).map(|time| time / 2.0).collect();
        assert!(rate_estimated(&Residuals::up_to_last(erlang)).unwrap().p < 1e-20);
    }

    #[test]
    fn few_arrivals_say_nothing() {
        let few = Residuals::over(vec![1.0; 9], 9.0);
        assert_eq!(rate_known(&few).unwrap_err().reason, "9 arrivals; it needs 10");
    }
}

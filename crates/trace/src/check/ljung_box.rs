//! Ljung and Box's test: does a gap depend on the gaps before it?
//!
//! Ljung and Box 1978, "On a measure of lack of fit in time series models".

use probability::{chi_square_above, limit};

use super::finding::{Finding, LIMIT_LEVEL, NotApplicable, Outcome};
use super::residuals::Residuals;

const LAGS: usize = 20;

/// With fewer, the correction below has not been measured.
const ARRIVALS_MIN: usize = 50;

/// Autocorrelation of the gaps over 20 lags: `n(n + 2) sum r_k^2 / (n - k)`.
pub fn memory(residuals: &Residuals) -> Outcome {
    const TEST: &str = "ljung_box";
    let count = residuals.times().len();
    if let Some(too_few) = NotApplicable::too_few(TEST, "arrivals", count, ARRIVALS_MIN) {
        return Err(too_few);
    }
    let correlations = autocorrelations(residuals);
    let n = count as f64;
    let sum: f64 = (1..=LAGS).zip(&correlations).map(|(k, r)| r * r / (n - k as f64)).sum();
    let statistic = n * (n + 2.0) * sum;
    let (lag, largest) = (1..=LAGS)
        .zip(&correlations)
        .max_by(|a, b| a.1.abs().total_cmp(&b.1.abs()))
        .expect("there are 20 lags");
    Ok(Finding::new(TEST, statistic, above(statistic, n))
        .with_limit(limit(LIMIT_LEVEL, |q| above(q, n)))
        .with_note(format!("largest correlation {largest:.3}, at lag {lag}")))
}

/// `P(Q > q)`: that of a chi-square with 20 degrees of freedom, made larger for small counts.
///
/// Exponential gaps have heavy tails, and so has their Q: of 100 gaps, 0.48 % instead of 0.1 % lie
/// beyond 45.31. In simulations of 50 to 10,000 gaps (10^5 to 10^6 streams each) the logarithm `L`
/// of the true probability is that of the chi-square's, divided by `1 + 13 L / (n + 190)`, to within
/// a tenth down to 1 in 100,000.
fn above(q: f64, count: f64) -> f64 {
    let p = chi_square_above(q, LAGS as f64);
    let surprise = -libm::log(p.max(f64::MIN_POSITIVE));
    libm::exp(-surprise / (1.0 + 13.0 * surprise / (count + 190.0)))
}

fn autocorrelations(residuals: &Residuals) -> [f64; LAGS] {
    let mut away: Vec<f64> = residuals.gaps().collect();
    let mean = away.iter().sum::<f64>() / away.len() as f64;
    away.iter_mut().for_each(|gap| *gap -= mean);
    let variance: f64 = away.iter().map(|a| a * a).sum();
    // Equal gaps depend on each other entirely, though their correlation is not defined.
    let correlation = |lag: usize| match variance > 0.0 {
        true => away.iter().zip(&away[lag..]).map(|(a, b)| a * b).sum::<f64>() / variance,
        false => 1.0,
    };
    std::array::from_fn(|index| correlation(index + 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::testing::poisson;

    #[test]
    fn limits_grow_as_counts_shrink() {
        let limit_of = |level: f64, count: f64| limit(level, |q| above(q, count));
        for (level, expected) in [(0.05, 31.41), (0.01, 37.57), (0.001, 45.31)] {
            assert!((limit_of(level, 1e9) - expected).abs() < 0.01);
        }
        // 0.482 % of streams of 100 gaps lie beyond 45.31, 0.157 % of streams of 1000.
        assert!((above(45.3147, 100.0) / 0.00482 - 1.0).abs() < 0.1);
        assert!((above(45.3147, 1000.0) / 0.00157 - 1.0).abs() < 0.1);
    }

    #[test]
    fn memory_is_found() {
        let sound = poisson(3, 10_000.0);
        assert!(memory(&sound).unwrap().p > 0.001);
        let mut last = 1.0;
        let mut time = 0.0;
        let remembering = sound.gaps().map(|gap| {
            last = 0.9 * gap + 0.1 * last;
            time += last;
            time
        });
        let finding = memory(&Residuals::up_to_last(remembering.collect())).unwrap();
        assert!(finding.p < 1e-6 && finding.note.ends_with("at lag 1"), "{finding:?}");
    }

    #[test]
    fn equal_gaps_are_all_memory() {
        let times = (1..=100).map(f64::from).collect();
        assert!(memory(&Residuals::over(times, 100.0)).unwrap().p < 1e-6);
    }
}

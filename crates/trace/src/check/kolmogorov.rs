//! Kolmogorov's test: do arrivals come evenly over the whole time?
//!
//! Given their number, the arrivals of a Poisson process are independent and uniform, so this finds
//! a rate that drifts, whatever the rate is.

use probability::{kolmogorov_above, kolmogorov_multiple, limit};

use super::finding::{Finding, LIMIT_LEVEL, NotApplicable, Outcome};
use super::residuals::Residuals;

/// Stephens' correction is good from here on.
const ARRIVALS_MIN: usize = 10;

/// Arrivals over the length against the uniform law.
pub fn evenness(residuals: &Residuals) -> Outcome {
    const TEST: &str = "kolmogorov";
    let (times, length) = (residuals.uniform_times(), residuals.length());
    if let Some(too_few) = NotApplicable::too_few(TEST, "arrivals", times.len(), ARRIVALS_MIN) {
        return Err(too_few);
    }
    let (distance, at) = largest_distance(times, length);
    let root = libm::sqrt(times.len() as f64);
    let multiple = kolmogorov_multiple(times.len() as f64);
    let p = kolmogorov_above(multiple * distance);
    Ok(Finding::new(TEST, root * distance, p)
        .with_limit(limit(LIMIT_LEVEL, kolmogorov_above) * root / multiple)
        .with_note(format!("furthest off at {:.0} % of the time", 100.0 * at)))
}

/// Largest distance between the shares of time and of arrivals, and the share of time where it is.
fn largest_distance(times: &[f64], length: f64) -> (f64, f64) {
    let count = times.len() as f64;
    let mut largest = (0.0, 0.0);
    for (index, time) in times.iter().enumerate() {
        let share = time / length;
        let distance = f64::max(share - index as f64 / count, (index + 1) as f64 / count - share);
        if distance > largest.0 {
            largest = (distance, share);
        }
    }
    largest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::testing::poisson;

    #[test]
    fn the_distance_is_the_textbooks() {
        let (distance, at) = largest_distance(&[1.0, 2.0, 3.0, 9.0], 10.0);
        assert!((distance - 0.45).abs() < 1e-12 && (at - 0.3).abs() < 1e-12, "{distance} {at}");
    }

    #[test]
    fn a_ramp_is_found() {
        let sound = poisson(2, 10_000.0);
        assert!(evenness(&sound).unwrap().p > 0.001);
        // From 0.9 to 1.1 of the mean: the integral of the rate is 0.9 x + 0.1 x^2.
        let ramped = |time: f64| {
            let share = time / sound.length();
            sound.length() * ((0.81 + 0.4 * share).sqrt() - 0.9) / 0.2
        };
        let ramped = sound.times().iter().map(|&time| ramped(time)).collect();
        assert!(evenness(&Residuals::over(ramped, sound.length())).unwrap().p < 1e-4);
    }
}

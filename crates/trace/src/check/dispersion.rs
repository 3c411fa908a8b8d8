//! Dispersion of counts: do arrivals come in clumps, or too evenly?
//!
//! Cox and Lewis 1966, "The statistical analysis of series of events", section 6.3: given the total,
//! the counts of equal windows are multinomial, and (w - 1) variance / mean is their chi-square.

use probability::{chi_square_above, chi_square_below, limit};

use super::finding::{Finding, LIMIT_LEVEL, NotApplicable, Outcome};
use super::residuals::Residuals;

/// Arrivals that a window should hold by the rule.
const PER_WINDOW: usize = 20;

/// Below this many expected in a window the law is no longer that of a chi-square.
const PER_WINDOW_MIN: usize = 5;

/// How many windows the rule gives: about 20 arrivals each, between 10 and 1000 windows.
#[must_use]
pub fn windows_by_rule(arrivals: usize) -> usize {
    (arrivals / PER_WINDOW).clamp(10, 1000)
}

/// Counts in as many windows as the rule gives.
pub fn by_rule(residuals: &Residuals) -> Outcome {
    in_windows("dispersion", residuals, windows_by_rule(residuals.uniform_times().len()))
}

/// Counts in 100 windows.
pub fn in_100_windows(residuals: &Residuals) -> Outcome {
    in_windows("dispersion_100", residuals, 100)
}

/// Counts in 1000 windows.
pub fn in_1000_windows(residuals: &Residuals) -> Outcome {
    in_windows("dispersion_1000", residuals, 1000)
}

fn in_windows(test: &'static str, residuals: &Residuals, windows: usize) -> Outcome {
    let times = residuals.uniform_times();
    let needed = PER_WINDOW_MIN * windows;
    if let Some(too_few) = NotApplicable::too_few(test, "arrivals", times.len(), needed) {
        return Err(too_few);
    }
    let mut counts = vec![0_u64; windows];
    for time in times {
        // An arrival at the very end belongs to the last window.
        let window = (time / residuals.length() * windows as f64) as usize;
        counts[window.min(windows - 1)] += 1;
    }
    let mean = times.len() as f64 / windows as f64;
    let squares: f64 =
        counts.iter().map(|&count| (count as f64 - mean) * (count as f64 - mean)).sum();
    let df = (windows - 1) as f64;
    let statistic = squares / df / mean;
    let above = |ratio: f64| chi_square_above(ratio * df, df);
    let below = |ratio: f64| chi_square_below(ratio * df, df);
    let p = 2.0 * f64::min(above(statistic), below(statistic));
    let low = limit(1.0 - LIMIT_LEVEL / 2.0, above);
    let high = limit(LIMIT_LEVEL / 2.0, above);
    Ok(Finding::new(test, statistic, p)
        .with_limits(low, high)
        .with_note(format!("variance over mean of the counts in {windows} windows")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::testing::poisson;

    #[test]
    fn windows_hold_about_twenty() {
        for (arrivals, windows) in [(0, 10), (300, 15), (10_000, 500), (10_000_000, 1000)] {
            assert_eq!(windows_by_rule(arrivals), windows);
        }
    }

    #[test]
    fn clumps_and_evenness_are_found() {
        let sound = poisson(4, 10_000.0);
        for test in [by_rule, in_100_windows, in_1000_windows] {
            assert!(test(&sound).unwrap().p > 0.001);
            let even = (0..10_000).map(f64::from).collect();
            let even = test(&Residuals::over(even, 10_000.0)).unwrap();
            assert!(even.p < 1e-20 && even.statistic < even.limit_low.unwrap());
        }
        // The rate is a fifth above and a fifth below its mean, in turns of 100 arrivals.
        let burst = |&time: &f64| {
            let (turn, within) = ((time / 200.0).floor(), time % 200.0);
            turn * 200.0
                + if within < 120.0 { within / 1.2 } else { 100.0 + (within - 120.0) / 0.8 }
        };
        let bursts = Residuals::over(sound.times().iter().map(burst).collect(), 10_000.0);
        let found = by_rule(&bursts).unwrap();
        assert!(found.p < 1e-6 && found.statistic > found.limit_high.unwrap(), "{found:?}");
    }

    #[test]
    fn few_arrivals_say_nothing() {
        let few = Residuals::over((0..49).map(f64::from).collect(), 49.0);
        assert_eq!(by_rule(&few).unwrap_err().reason, "49 arrivals; it needs 50");
        assert!(in_100_windows(&few).is_err());
    }
}

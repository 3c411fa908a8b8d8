//! What several seeds say of a target.

use std::fmt;
use std::str::FromStr;

use outcome::Ppm;
use probability::Student;

use super::target::{Demand, Target};
use crate::sweep::Decimal;
use crate::{ClassFigures, Figures};

/// How sure it must be that a target holds, as a one-sided level of confidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Confidence(Ppm);

/// Why a text is no level of confidence.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is no confidence: write it in per cent, at least 50% and below 100%, as 95%")]
pub struct ConfidenceError(String);

/// What the seeds say of a target: shares in millionths, latencies in ns.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Evidence {
    /// The mean over the seeds.
    pub mean: f64,
    /// What the mean is not worse than, with confidence; the value itself where all seeds agree, or
    /// there is one.
    pub bound: f64,
    /// Whether the bound satisfies the target.
    pub holds: bool,
}

impl Evidence {
    /// Judges `target` by `runs`, one a seed; `None` where it is about requests that there are not.
    ///
    /// The bound is mean ∓ t s / sqrt(n): s is the standard deviation of the n seeds' values with
    /// divisor n - 1, and t the quantile of Student's t with n - 1 degrees of freedom.
    pub(super) fn new(target: &Target, runs: &[Figures], confidence: Confidence) -> Option<Self> {
        let value = |run: &Figures| value(target.demand, run.class(&target.class)?);
        let values = runs.iter().map(value).collect::<Option<Vec<f64>>>()?;
        let (mean, margin) = mean_and_margin(&values, confidence);
        let (bound, holds) = match target.demand {
            Demand::Attainment(Ppm(least)) => (mean - margin, mean - margin >= f64::from(least)),
            Demand::Latency { nanos, .. } => (mean + margin, mean + margin <= nanos as f64),
        };
        Some(Self { mean, bound, holds })
    }
}

/// Latency that has no end is infinite, and so are then its mean and bound.
fn value(demand: Demand, class: &ClassFigures) -> Option<f64> {
    if class.count == 0 {
        return None;
    }
    let nanos = match demand {
        Demand::Attainment(_) => return Some(class.slo_met as f64 * 1e6 / class.count as f64),
        Demand::Latency { percentile: 50, .. } => class.p50_ns,
        Demand::Latency { percentile: 95, .. } => class.p95_ns,
        Demand::Latency { .. } => class.p99_ns,
    };
    Some(nanos.map_or(f64::INFINITY, |nanos| nanos as f64))
}

fn mean_and_margin(values: &[f64], confidence: Confidence) -> (f64, f64) {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    // Equal values are their own mean, to the last bit.
    if values.iter().all(|value| *value == values[0]) {
        return (values[0], 0.0);
    }
    if mean.is_infinite() {
        return (mean, 0.0);
    }
    let squares: f64 = values.iter().map(|value| (value - mean) * (value - mean)).sum();
    let deviation = libm::sqrt(squares / (count - 1.0));
    let quantile = Student::new(values.len() as u64 - 1).quantile(confidence.share());
    (mean, quantile * deviation / libm::sqrt(count))
}

impl Confidence {
    fn share(self) -> f64 {
        f64::from(self.0.0) / 1e6
    }
}

impl FromStr for Confidence {
    type Err = ConfidenceError;

    fn from_str(text: &str) -> Result<Self, ConfidenceError> {
        let number = text.strip_suffix('%').and_then(|number| Decimal::parse(number.trim()));
        let ppm = number.and_then(|number| u32::try_from(number.in_units(4)?).ok());
        let ppm = ppm.filter(|ppm| (500_000..1_000_000).contains(ppm));
        ppm.map(|ppm| Self(Ppm(ppm))).ok_or_else(|| ConfidenceError(text.to_owned()))
    }
}

impl fmt::Display for Confidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}%", Decimal::of_units(self.0.0.into(), 4))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Scope;

    fn run(slo_met: u64, p99_ns: Option<u64>) -> Figures {
        let class = ClassFigures {
            class: Scope::All,
            count: 1000,
            ok: 1000,
            slo_met,
            p50_ns: Some(1),
            p95_ns: Some(2),
            p99_ns,
            wait_mean_ns: None,
            wait_p95_ns: None,
            goodput_per_s: None,
        };
        Figures { utilisation: 0.5, waiting_mean: 0.0, waiting_max: 0, classes: vec![class] }
    }

    fn judge(target: &str, runs: &[Figures]) -> Option<Evidence> {
        Evidence::new(&target.parse().unwrap(), runs, "95%".parse().unwrap())
    }

    /// t(0.95, 3) = 2.3534, s = 2.582 thousandths, so the bound is 992.5 - 3.038 thousandths.
    #[test]
    fn the_bound_is_a_margin_below_the_mean() {
        let runs = [991, 990, 994, 995].map(|slo_met| run(slo_met, None));
        let deviation = (17.0f64 / 3.0).sqrt() * 1e3;
        let bound = 992_500.0 - 2.353_363_4 * deviation / 2.0;
        for (target, holds) in [("all>=98.96%", true), ("all>=98.98%", false)] {
            let evidence = judge(target, &runs).unwrap();
            assert_eq!(evidence.mean, 992_500.0);
            assert!((evidence.bound - bound).abs() < 0.01, "{}", evidence.bound);
            assert_eq!(evidence.holds, holds, "{target}");
        }
    }

    /// 99.9 % of a thousand is 999, whatever that is in binary.
    #[test]
    fn without_spread_the_value_itself_counts_exactly() {
        for count in [1, 5] {
            let runs = vec![run(999, None); count];
            assert!(judge("all>=99.9%", &runs).unwrap().holds);
            assert!(!judge("all>=99.9001%", &runs).unwrap().holds);
        }
    }

    #[test]
    fn latency_is_bounded_from_above_and_may_have_no_end() {
        let runs = [run(1000, Some(10)), run(1000, Some(12))];
        let evidence = judge("p99<=20ns", &runs).unwrap();
        assert_eq!(evidence.mean, 11.0);
        assert!((evidence.bound - (11.0 + 6.313_75)).abs() < 1e-3, "{}", evidence.bound);
        assert!(evidence.holds);
        let endless = [run(1000, Some(10)), run(1000, None)];
        let evidence = judge("p99<=20s", &endless).unwrap();
        assert!(evidence.bound.is_infinite() && !evidence.holds);
    }

    #[test]
    fn nothing_is_said_of_requests_that_are_not_there() {
        assert_eq!(judge("tier1>=99%", &[run(1000, None)]), None);
    }

    #[test]
    fn confidences_are_per_cents() {
        for text in ["95%", "50%", "99.9999%"] {
            assert_eq!(text.parse::<Confidence>().unwrap().to_string(), text);
        }
        for text in ["", "95", "100%", "49.9%", "0.95", "high%"] {
            assert!(text.parse::<Confidence>().is_err(), "{text}");
        }
    }
}

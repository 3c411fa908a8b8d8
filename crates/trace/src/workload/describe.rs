//! Arrivals and rates in words, for whoever reads what is in a trace.

use std::fmt;
use std::time::Duration;

use super::{
    Arrivals, BatchSize, Class, DwellLaw, Length, Process, RatePoint, RateShape, State, Workload,
};
use crate::generate::mean_rate;

/// Points of a rate, or states, that are told; the others are counted.
const TOLD_MAX: usize = 8;

impl Workload {
    /// How requests come, in words: a line for the workload, and one for each class that differs.
    #[must_use]
    pub fn arrivals_in_words(&self) -> Vec<String> {
        let rate = |rate: Option<&RateShape>, qps: f64| match rate {
            None => "constant rate".to_owned(),
            Some(rate) => rate.in_words(qps, self.duration),
        };
        if self.arrivals.process == Process::Recorded {
            return vec![self.arrivals.to_string()];
        }
        let whole = format!("{}, {}", self.arrivals, rate(self.rate.as_ref(), self.total_qps));
        let own = |class: &Class| {
            let name = format!("{}/{}", class.tier.number(), class.slo);
            let rate = rate(self.rate_of(class), self.total_qps * class.share);
            format!("{name}: {}, {rate}", self.arrivals_of(class))
        };
        let differs = |class: &&Class| class.arrivals.is_some() || class.rate.is_some();
        [whole].into_iter().chain(self.active_classes().filter(differs).map(own)).collect()
    }
}

impl fmt::Display for Arrivals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.process)?;
        match self.batch {
            None => Ok(()),
            Some(BatchSize::Fixed { size }) => write!(f, ", in batches of {size}"),
            Some(BatchSize::Geometric { mean }) => {
                write!(f, ", in batches of geometric size, mean {}", short(mean))
            }
        }
    }
}

impl fmt::Display for Process {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Poisson => write!(f, "poisson"),
            Self::Constant => write!(f, "constant gaps"),
            Self::Uniform { jitter } => write!(f, "uniform gaps, jitter {}", short(*jitter)),
            Self::Gamma { cv } => write!(f, "gamma, cv {}", short(*cv)),
            Self::Weibull { cv } => write!(f, "weibull, cv {}", short(*cv)),
            Self::Modulated { states, dwell, shared } => {
                let state = |State { rate, dwell }: &State| {
                    format!("{} for {}", short(*rate), Length(*dwell))
                };
                write!(f, "modulated, relative rates {}", listed(states.iter().map(state)))?;
                let visits = match dwell {
                    DwellLaw::Exponential => "on average (exponential)",
                    DwellLaw::Constant => "each time",
                };
                let whose = if *shared { "all classes together" } else { "each class alone" };
                write!(f, " {visits}, {whose}")
            }
            Self::Loadgen { schedule_seed } => {
                write!(f, "the schedule of LoadGen, seed {schedule_seed}")
            }
            Self::Recorded => write!(f, "recorded"),
        }
    }
}

impl RateShape {
    /// The rate over time in words, in requests per second for a mean of `qps` over `duration`.
    ///
    /// Of a shape that no valid workload has, only its kind.
    #[must_use]
    pub fn in_words(&self, qps: f64, duration: Duration) -> String {
        match self {
            Self::Points { points } => points_in_words(points, qps, duration),
            Self::Sinusoid { period, amplitude, peak } => format!(
                "sinusoid around {}/s, period {}, amplitude {}, peak at {}",
                short(qps),
                Length(*period),
                short(*amplitude),
                Length(*peak)
            ),
        }
    }
}

fn points_in_words(points: &[RatePoint], qps: f64, duration: Duration) -> String {
    if points.is_empty() || duration.is_zero() {
        return "points without a length".to_owned();
    }
    let scale = qps / mean_rate(points, duration);
    let rate = |rate: f64| format!("{}/s", short(rate * scale));
    let at = |at: Duration| short(at.as_secs_f64());
    let is_steps = points.len() % 2 == 1
        && points
            .chunks(2)
            .zip(points.chunks(2).skip(1))
            .all(|(step, next)| step[1].at == next[0].at && step[0].rate == step[1].rate);
    if !is_steps {
        let told = points.iter().map(|point| format!("{} s: {}", at(point.at), rate(point.rate)));
        return format!("lines through {}", listed(told));
    }
    // A step from the end on is never seen.
    let seen = points.partition_point(|point| point.at < duration).max(1);
    let told = points[..seen].chunks(2).map(|step| {
        // The last step has no point at its end.
        let end = step.get(1).map_or(duration, |end| end.at);
        format!("{}-{} s: {}", at(step[0].at), at(end), rate(step[0].rate))
    });
    format!("steps {}", listed(told))
}

/// The first of these texts, and how many more there are.
fn listed(texts: impl ExactSizeIterator<Item = String>) -> String {
    let hidden = texts.len().saturating_sub(TOLD_MAX);
    let told: Vec<String> = texts.take(TOLD_MAX).collect();
    match hidden {
        0 => told.join(", "),
        _ => format!("{}, and {hidden} more", told.join(", ")),
    }
}

/// A number with four significant digits at most, and none that are needless.
pub(crate) fn short(number: f64) -> String {
    if number == 0.0 || !number.is_finite() {
        return format!("{}", number.abs());
    }
    #[expect(clippy::cast_possible_truncation, reason = "a float has at most 309 digits")]
    let magnitude = libm::floor(libm::log10(number.abs())) as i32;
    if !(-5..=14).contains(&magnitude) {
        return format!("{number:.2e}");
    }
    let text = format!("{number:.*}", usize::try_from(3 - magnitude).unwrap_or(0));
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps(steps: &[(u64, f64)]) -> RateShape {
        let point = |&(at, rate): &(u64, f64)| RatePoint { at: Duration::from_secs(at), rate };
        RateShape::steps(&steps.iter().map(point).collect::<Vec<_>>())
    }

    #[test]
    fn rates_are_told_in_requests_per_second() {
        let length = Duration::from_secs(15);
        assert_eq!(
            steps(&[(0, 3.0), (5, 10.0), (10, 20.0)]).in_words(22.0, length),
            "steps 0-5 s: 6/s, 5-10 s: 20/s, 10-15 s: 40/s"
        );
        assert_eq!(steps(&[(0, 7.0)]).in_words(1.5, length), "steps 0-15 s: 1.5/s");
        let point = |at, rate| RatePoint { at: Duration::from_secs(at), rate };
        let ramp = RateShape::Points { points: vec![point(0, 1.0), point(15, 3.0)] };
        assert_eq!(ramp.in_words(20.0, length), "lines through 0 s: 10/s, 15 s: 30/s");
        let ended = steps(&[(0, 1.0), (15, 0.0)]);
        assert_eq!(ended.in_words(2.0, length), "steps 0-15 s: 2/s");
        let many: Vec<(u64, f64)> = (0..12).map(|at| (at, 1.0 + at as f64)).collect();
        assert!(steps(&many).in_words(1.0, length).ends_with(", and 4 more"));
        let wave = RateShape::Sinusoid {
            period: Duration::from_secs(90),
            amplitude: 0.5,
            peak: Duration::from_millis(1500),
        };
        assert_eq!(
            wave.in_words(30.0, length),
            "sinusoid around 30/s, period 1m 30s, amplitude 0.5, peak at 1s 500ms"
        );
        let nothing = RateShape::Points { points: Vec::new() };
        assert_eq!(nothing.in_words(1.0, length), "points without a length");
    }

    #[test]
    fn arrivals_are_told() {
        let told = |process| Arrivals::of(process).to_string();
        assert_eq!(told(Process::Poisson), "poisson");
        assert_eq!(told(Process::Gamma { cv: 2.0 }), "gamma, cv 2");
        let states = vec![
            State { rate: 1.0, dwell: Duration::from_secs(1) },
            State { rate: 0.0, dwell: Duration::from_secs(4) },
        ];
        assert_eq!(
            told(Process::Modulated { states, dwell: DwellLaw::Exponential, shared: true }),
            "modulated, relative rates 1 for 1s, 0 for 4s on average (exponential), all classes \
             together"
        );
        let batches = Arrivals {
            process: Process::Constant,
            batch: Some(BatchSize::Geometric { mean: 2.5 }),
        };
        assert_eq!(batches.to_string(), "constant gaps, in batches of geometric size, mean 2.5");
    }

    #[test]
    fn classes_that_differ_have_their_own_line() {
        let mut workload = Workload::built_in("balanced").unwrap();
        assert_eq!(workload.arrivals_in_words(), ["poisson, constant rate"]);
        workload.classes[1].arrivals = Some(Arrivals::of(Process::Gamma { cv: 3.0 }));
        assert_eq!(workload.arrivals_in_words()[1], "1/normal: gamma, cv 3, constant rate");
        assert_eq!(workload.recorded().arrivals_in_words(), ["recorded"]);
    }

    #[test]
    fn numbers_are_short() {
        for (number, text) in [
            (0.0, "0"),
            (1.0, "1"),
            (0.123_456, "0.1235"),
            (12_345.678, "12346"),
            (99.999_99, "100"),
            (1e-9, "1.00e-9"),
            (1e20, "1.00e20"),
            (-2.5, "-2.5"),
            (100.0, "100"),
        ] {
            assert_eq!(short(number), text);
        }
    }
}

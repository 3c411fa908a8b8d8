//! Operational time: the clock on which a changing rate stands still.
//!
//! Arrivals are drawn at a steady rate in operational time and mapped to real time through the
//! inverse of the integrated rate (Cinlar 1975; Gerhardt and Nelson 2009 for other than Poisson
//! arrivals). The map is exact: no rate is held constant over an interval where it is not. Both
//! times are in ns, and over a workload's duration they pass equally long.

use std::time::Duration;

use crate::workload::{RatePoint, RateShape};

/// A map between real and operational time.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum OperationalTime {
    /// A constant rate: the two are one.
    Real,
    /// Straight lines.
    Pieces(Vec<Piece>),
    /// A sinusoid.
    Wave(Wave),
}

/// A straight line of the rate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Piece {
    /// Real time at its start.
    start: f64,
    /// Its length; infinite in the last piece.
    length: f64,
    /// Operational time at its start.
    operational: f64,
    /// Rate over mean rate at its start, and how much it grows each ns.
    rate: f64,
    slope: f64,
}

/// A sinusoid around the mean rate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Wave {
    amplitude: f64,
    /// Radians in a ns.
    frequency: f64,
    peak: f64,
    duration: f64,
    /// Mean over the duration of the shape as it is written, which is 1 over whole periods.
    mean: f64,
}

impl OperationalTime {
    /// The map of a valid shape over a workload's duration. After it both times pass alike.
    pub(crate) fn new(shape: Option<&RateShape>, duration_ns: i64) -> Self {
        let duration = duration_ns as f64;
        match shape {
            None => Self::Real,
            Some(RateShape::Points { points }) => Self::Pieces(pieces(points, duration)),
            Some(&RateShape::Sinusoid { period, amplitude, peak }) => {
                let frequency = std::f64::consts::TAU / period.as_nanos() as f64;
                let peak = peak.as_nanos() as f64;
                let mut wave = Wave { amplitude, frequency, peak, duration, mean: 1.0 };
                wave.mean = wave.area(duration) / duration;
                Self::Wave(wave)
            }
        }
    }

    /// Real time at an operational time.
    pub(crate) fn real(&self, operational: f64) -> f64 {
        match self {
            Self::Real => operational,
            Self::Pieces(pieces) => {
                let after = pieces.partition_point(|piece| piece.operational <= operational);
                pieces[after.saturating_sub(1)].real(operational)
            }
            Self::Wave(wave) => wave.real(operational),
        }
    }

    /// Operational time at a real time.
    pub(crate) fn operational(&self, real: f64) -> f64 {
        match self {
            Self::Real => real,
            Self::Pieces(pieces) => {
                let after = pieces.partition_point(|piece| piece.start <= real);
                pieces[after.saturating_sub(1)].operational(real)
            }
            Self::Wave(wave) => wave.operational(real),
        }
    }
}

/// Mean over a duration of the rate that these points tell. There is one, and they are sorted.
pub(crate) fn mean_rate(points: &[RatePoint], duration: Duration) -> f64 {
    let duration = duration.as_nanos() as f64;
    mean_of(&lines(points, duration), duration)
}

fn mean_of(lines: &[Line], duration: f64) -> f64 {
    lines.iter().fold(0.0, |sum, line| sum + line.length * line.rate_mean()) / duration
}

/// Lines between the points over `[0, duration]`, then the mean.
fn pieces(points: &[RatePoint], duration: f64) -> Vec<Piece> {
    let lines = lines(points, duration);
    let mean = mean_of(&lines, duration);
    let mut operational = 0.0;
    let mut pieces: Vec<Piece> = lines
        .iter()
        .map(|line| {
            let piece = Piece {
                start: line.start,
                length: line.length,
                operational,
                rate: line.from / mean,
                slope: (line.to - line.from) / mean / line.length,
            };
            operational += line.length * line.rate_mean() / mean;
            piece
        })
        .collect();
    // What the sum lost to rounding ends here.
    let after = Piece {
        start: duration,
        length: f64::INFINITY,
        operational: duration,
        rate: 1.0,
        slope: 0.0,
    };
    pieces.push(after);
    pieces
}

/// A line of the rate as it is written.
struct Line {
    start: f64,
    length: f64,
    from: f64,
    to: f64,
}

impl Line {
    fn rate_mean(&self) -> f64 {
        0.5 * (self.from + self.to)
    }
}

/// The lines of positive length within `[0, duration]`.
fn lines(points: &[RatePoint], duration: f64) -> Vec<Line> {
    let (first, last) = (points[0].rate, points[points.len() - 1].rate);
    let told = points.iter().map(|point| (point.at.as_nanos() as f64, point.rate));
    let ends = [(0.0, first)].into_iter().chain(told).chain([(duration, last)]);
    let ends: Vec<(f64, f64)> = ends.collect();
    let mut lines = Vec::with_capacity(ends.len());
    for pair in ends.windows(2) {
        let ((start, from), (end, to)) = (pair[0], pair[1]);
        let (end, to) = match end <= duration {
            true => (end, to),
            false => (duration, from + (to - from) * (duration - start) / (end - start)),
        };
        if end > start {
            lines.push(Line { start, length: end - start, from, to });
        }
    }
    lines
}

impl Piece {
    /// Solves `rate * x + slope * x^2 / 2 = operational` in the form that loses no digits.
    fn real(&self, operational: f64) -> f64 {
        let area = operational - self.operational;
        let root = (self.rate * self.rate + 2.0 * self.slope * area).max(0.0).sqrt();
        let divisor = self.rate + root;
        if divisor <= 0.0 {
            return self.start;
        }
        self.start + (2.0 * area / divisor).clamp(0.0, self.length)
    }

    fn operational(&self, real: f64) -> f64 {
        let x = (real - self.start).clamp(0.0, self.length);
        self.operational + x * (self.rate + 0.5 * self.slope * x)
    }
}

impl Wave {
    /// The integral of the shape as it is written, from 0.
    fn area(&self, real: f64) -> f64 {
        let Self { amplitude, frequency, peak, .. } = *self;
        let turned = libm::sin(frequency * (real - peak)) + libm::sin(frequency * peak);
        real + amplitude / frequency * turned
    }

    fn operational(&self, real: f64) -> f64 {
        if real >= self.duration {
            return real;
        }
        self.area(real) / self.mean
    }

    /// Newton's method, which halves the interval where a step would leave it.
    fn real(&self, operational: f64) -> f64 {
        if operational >= self.duration {
            return operational;
        }
        let target = operational * self.mean;
        // The sinusoid moves the integral by at most this much.
        let reach = 2.0 * self.amplitude / self.frequency;
        let mut low = (target - reach).max(0.0);
        let mut high = (target + reach).min(self.duration);
        let mut real = target.clamp(low, high);
        // Halving alone would take 64 steps to be as exact as the numbers are.
        for _ in 0..64 {
            let miss = self.area(real) - target;
            if miss > 0.0 {
                high = real;
            } else {
                low = real;
            }
            let rate = 1.0 + self.amplitude * libm::cos(self.frequency * (real - self.peak));
            let step = real - miss / rate;
            let next = if step > low && step < high { step } else { 0.5 * (low + high) };
            // A tenth of the unit in which arrivals are told.
            if (next - real).abs() < 0.1 {
                return next;
            }
            real = next;
        }
        real
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    const SECOND: i64 = 1_000_000_000;

    fn steps(steps: &[(u64, f64)]) -> RateShape {
        let point = |&(at, rate): &(u64, f64)| RatePoint { at: Duration::from_secs(at), rate };
        RateShape::steps(&steps.iter().map(point).collect::<Vec<_>>())
    }

    #[test]
    fn steps_pass_as_they_are_written() {
        // Rates 3, 10, 20 for 5 s each: the mean is 11.
        let time =
            OperationalTime::new(Some(&steps(&[(0, 3.0), (5, 10.0), (10, 20.0)])), 15 * SECOND);
        let at = |seconds: f64| time.operational(seconds * 1e9) / 1e9;
        assert!((at(5.0) - 15.0 / 11.0).abs() < 1e-9);
        assert!((at(10.0) - 65.0 / 11.0).abs() < 1e-9);
        assert!((at(15.0) - 15.0).abs() < 1e-9);
        assert!((at(20.0) - 20.0).abs() < 1e-9);
    }

    #[test]
    fn nothing_comes_while_the_rate_is_0() {
        let time = OperationalTime::new(Some(&steps(&[(0, 1.0), (2, 0.0), (4, 1.0)])), 6 * SECOND);
        for operational in [2.999_999, 3.000_001] {
            let real = time.real(operational * 1e9) / 1e9;
            assert!(!(2.000_001..3.999_999).contains(&real), "{real}");
        }
    }

    fn shapes() -> impl Strategy<Value = RateShape> {
        let point = (0_u64..20_000, 0.0_f64..50.0);
        let points = prop::collection::vec(point, 1..8).prop_map(|mut points| {
            points.sort_by_key(|point| point.0);
            points[0].1 += 1.0;
            points[0].0 = 0;
            let point = |(at, rate)| RatePoint { at: Duration::from_millis(at), rate };
            RateShape::Points { points: points.into_iter().map(point).collect() }
        });
        let wave =
            (1_u64..30_000, 0.0_f64..=1.0, 0_u64..30_000).prop_map(|(period, amplitude, peak)| {
                RateShape::Sinusoid {
                    period: Duration::from_millis(period),
                    amplitude,
                    peak: Duration::from_millis(peak),
                }
            });
        prop_oneof![points, wave]
    }

    proptest! {
        #[test]
        fn the_two_maps_undo_each_other(
            shape in shapes(),
            times in prop::collection::vec(0.0_f64..20e9, 20),
        ) {
            let time = OperationalTime::new(Some(&shape), 10 * SECOND);
            for operational in times {
                let real = time.real(operational);
                prop_assert!(real >= 0.0);
                let back = time.operational(real);
                prop_assert!((back - operational).abs() < 10.0, "{} {} {}", operational, real, back);
            }
        }

        #[test]
        fn time_never_runs_backwards(
            shape in shapes(),
            mut times in prop::collection::vec(0.0_f64..20e9, 20),
        ) {
            let time = OperationalTime::new(Some(&shape), 10 * SECOND);
            times.sort_by(f64::total_cmp);
            for pair in times.windows(2) {
                prop_assert!(time.operational(pair[0]) <= time.operational(pair[1]) + 1e-3);
                prop_assert!(time.real(pair[0]) <= time.real(pair[1]) + 0.2);
            }
            prop_assert!((time.operational(10e9) - 10e9).abs() < 1e-2);
        }
    }
}

//! Gaps that are held against one law.

use probability::binomial_at_least;

use super::histogram::Histogram;
use crate::generate::GapLaw;

/// Part of sound traces that stay within a band.
const LEVEL: f64 = 0.95;

/// Kolmogorov's limit at that level, times the root of the number of gaps.
const KOLMOGOROV: f64 = 1.358;

/// Two-sided quantile of the normal law at that level.
pub(super) const NORMAL: f64 = 1.959_963_984_540_054;

/// Gaps of one stream, and what they should be like.
#[derive(Clone, Debug)]
pub(super) struct Sample {
    pub(super) gaps: Histogram,
    /// Mean gap by the law, in ns, and the law; `None` where none is known.
    pub(super) law: Option<(f64, GapLaw)>,
}

impl Sample {
    pub(super) fn new(law: Option<(f64, GapLaw)>) -> Self {
        Self { gaps: Histogram::default(), law }
    }

    /// The mean in which gaps are told: of the law, or of the gaps. `None` where all are 0.
    pub(super) fn unit_ns(&self) -> Option<f64> {
        self.law.map(|(mean_ns, _)| mean_ns).or(self.gaps.mean_ns())
    }

    /// Probability by the law of a gap longer than this many means: exponential where none is
    /// known.
    pub(super) fn survival(&self, gap: f64) -> f64 {
        self.law.map_or(GapLaw::Exponential, |(_, law)| law).survival(gap)
    }

    /// Points (gap in means, share of gaps that are longer) of the sample.
    pub(super) fn points(&self) -> Vec<(f64, f64)> {
        let Some(unit) = self.unit_ns() else { return Vec::new() };
        let total = self.gaps.total() as f64;
        let mut points = vec![(0.0, 1.0), (0.0, 1.0 - self.gaps.zeros() as f64 / total)];
        for step in self.gaps.steps() {
            points.push((step.from_ns / unit, step.before as f64 / total));
            match step.after {
                // The last gap ends where it is, rather than where its bin does.
                0 => points.push((step.from_ns / unit, 0.0)),
                after => points.push((step.to_ns / unit, after as f64 / total)),
            }
        }
        points
    }

    /// The shares of longer gaps between which 95 % of sound samples are at this length.
    pub(super) fn band(&self, gap: f64) -> (f64, f64) {
        let (total, chance) = (self.gaps.total(), self.survival(gap));
        let (low, high) = count_band(total, chance);
        (low / total.max(1) as f64, high / total.max(1) as f64)
    }

    /// The largest distance between the shares of longer gaps found and expected, and how far 95 %
    /// of sound samples stay.
    pub(super) fn distance(&self) -> Option<(f64, f64)> {
        let (unit, _) = self.law?;
        let total = self.gaps.total() as f64;
        let off = |edge_ns: f64, longer: u64| {
            // Gaps are told in whole ns, so those that are at least so long are half a ns shorter.
            (longer as f64 / total - self.survival((edge_ns - 0.5) / unit)).abs()
        };
        let steps = self.gaps.steps();
        let distances = steps.map(|s| off(s.from_ns, s.before).max(off(s.to_ns, s.after)));
        let largest = distances.fold(0.0, f64::max);
        (self.gaps.total() > 0).then(|| (largest, KOLMOGOROV / total.sqrt()))
    }

    /// The gap that this share of gaps does not exceed by the law, in means.
    pub(super) fn law_quantile(&self, share: f64) -> Option<f64> {
        self.law?;
        let (mut low, mut high) = (0.0, 1.0);
        while self.survival(high) > 1.0 - share && high < 1e6 {
            high *= 2.0;
        }
        for _ in 0..60 {
            let middle = 0.5 * (low + high);
            match self.survival(middle) > 1.0 - share {
                true => low = middle,
                false => high = middle,
            }
        }
        Some(0.5 * (low + high))
    }
}

/// Between which counts 95 % of binomial counts lie.
fn count_band(total: u64, chance: f64) -> (f64, f64) {
    let (n, mean) = (total as f64, total as f64 * chance);
    let variance = mean * (1.0 - chance);
    if chance <= 0.0 || chance >= 1.0 {
        return (mean, mean);
    }
    // Where the normal law is as good and the exact one takes many terms.
    if variance > 400.0 {
        let reach = NORMAL * variance.sqrt();
        return ((mean - reach).max(0.0), (mean + reach).min(n));
    }
    let tail = 0.5 * (1.0 - LEVEL);
    // Fewer than this many have at most the tail's probability, and so have more than `high`.
    let low = first(total, |count| 1.0 - binomial_at_least(count + 1, total, chance) > tail);
    let high = first(total, |count| binomial_at_least(count + 1, total, chance) <= tail);
    (low as f64, high as f64)
}

/// The smallest count up to `total` for which something that stays true is true.
fn first(total: u64, is_true: impl Fn(u64) -> bool) -> u64 {
    let (mut low, mut high) = (0, total);
    while low < high {
        let middle = low + (high - low) / 2;
        match is_true(middle) {
            true => high = middle,
            false => low = middle + 1,
        }
    }
    low
}

/// The interval of shares that agree with `count` of `total` at 95 % (Wilson 1927).
pub(super) fn wilson(count: u64, total: u64) -> (f64, f64) {
    if total == 0 {
        return (0.0, 1.0);
    }
    let (n, share) = (total as f64, count as f64 / total as f64);
    let square = NORMAL * NORMAL;
    let centre = (share + square / (2.0 * n)) / (1.0 + square / n);
    let reach =
        NORMAL / (1.0 + square / n) * (share * (1.0 - share) / n + square / (4.0 * n * n)).sqrt();
    ((centre - reach).max(0.0), (centre + reach).min(1.0))
}

#[cfg(test)]
mod tests {
    use request::Seed;

    use super::*;
    use crate::workload::Process;

    fn sample(process: &Process, drawn: &Process, count: u64) -> Sample {
        let mut sample = Sample::new(Some((1e6, GapLaw::of(process))));
        let law = GapLaw::of(drawn);
        for counter in 0..count {
            sample.gaps.add((law.draw(Seed(3).draw(counter)) * 1e6 + 0.5) as u64);
        }
        sample
    }

    #[test]
    fn sound_gaps_stay_close_and_others_do_not() {
        for process in [
            Process::Poisson,
            Process::Constant,
            Process::Uniform { jitter: 0.5 },
            Process::Gamma { cv: 2.0 },
            Process::Weibull { cv: 0.5 },
        ] {
            let (distance, limit) = sample(&process, &process, 5000).distance().unwrap();
            assert!(distance < limit, "{process:?}: {distance} {limit}");
            let other = Process::Gamma { cv: 1.3 };
            let (distance, limit) = sample(&process, &other, 5000).distance().unwrap();
            assert!(distance > limit, "{process:?}: {distance} {limit}");
        }
    }

    #[test]
    fn bands_hold_their_part_of_counts() {
        for (total, chance) in [(10, 0.5), (100, 0.01), (50, 0.99), (5000, 0.04)] {
            let (low, high) = count_band(total, chance);
            let at_least = |count: f64| binomial_at_least(count as u64, total, chance);
            let within = at_least(low) - at_least(high + 1.0);
            assert!(within >= 0.945, "{total} {chance}: {low} to {high}, {within}");
            let narrower = at_least(low + 1.0) - at_least(high);
            assert!(narrower < 0.955, "{total} {chance}: {low} to {high}, {narrower}");
        }
        assert_eq!(count_band(10, 1.0), (10.0, 10.0));
        assert_eq!(count_band(10, 0.0), (0.0, 0.0));
        let (low, high) = count_band(10_000_000, 0.3);
        assert!((high - low - 2.0 * 1.96 * 1449.1).abs() < 1.0);
    }

    #[test]
    fn wilson_intervals_are_those_of_the_textbook() {
        let (low, high) = wilson(10, 100);
        assert!((low - 0.0552).abs() < 1e-4 && (high - 0.1744).abs() < 1e-4, "{low} {high}");
        assert_eq!(wilson(0, 0), (0.0, 1.0));
        assert_eq!((wilson(0, 5).0, wilson(5, 5).1), (0.0, 1.0));
    }

    #[test]
    fn quantiles_are_those_of_the_law() {
        let exponential = sample(&Process::Poisson, &Process::Poisson, 1);
        let median = exponential.law_quantile(0.5).unwrap();
        assert!((median - std::f64::consts::LN_2).abs() < 1e-9);
    }
}

//! The time change: from arrivals in a file to residuals, by the law of the workload.
//!
//! Arrivals of a class go the way back that they came: from real to operational time
//! ([`Path`]), from there gap by gap through the law of gaps to exponential ones (each gap's own
//! probability of being longer, as `-ln`). This is the only part of the battery that knows laws of
//! arrivals.
//!
//! Files hold whole ns, which tests of a million gaps of a microsecond would find. So each gap is
//! drawn anew within the ns that it was rounded to, as its law has it there.

use std::collections::BTreeMap;

use request::Seed;

use super::ending::Watch;
use super::residuals::Residuals;
use crate::generate::{GapLaw, Path, mean_gap_ns};
use crate::workload::{BatchSize, Class, Process, Workload};

/// The longest residual gap: what lies beyond all that a law allows.
const GAP_MAX: f64 = 700.0;

/// Batches expected to meet by chance: with more, tests would notice that some are missing.
const MEETINGS_MAX: f64 = 0.05;

/// What became of a class's arrivals.
#[derive(Debug)]
pub(super) enum Rescaled {
    /// They follow a law of chance.
    Residuals(Residuals),
    /// They are evenly spaced: operational times, and how wide a real ns is there.
    Even(Vec<(f64, f64)>),
    /// They do not show when things came, for this reason.
    Hidden(&'static str),
}

/// A class, and how it was drawn.
#[derive(Clone, Copy, Debug)]
pub(super) struct DrawnClass<'a> {
    pub(super) workload: &'a Workload,
    pub(super) class: &'a Class,
    /// Seed of the trace: the states of a modulated rate are drawn from it again.
    pub(super) seed: Seed,
}

/// Merges arrivals that came as one batch, and counts the batches by size.
pub(super) fn take_batches(arrivals_ns: &mut Vec<i64>) -> BTreeMap<u64, u64> {
    let mut sizes: BTreeMap<u64, u64> = BTreeMap::new();
    for batch in arrivals_ns.chunk_by(|a, b| a == b) {
        *sizes.entry(batch.len() as u64).or_default() += 1;
    }
    arrivals_ns.dedup();
    sizes
}

/// Probability of a batch of this size.
pub(super) fn batch_probability(batch: BatchSize, size: u64) -> f64 {
    match batch {
        BatchSize::Fixed { size: only } => f64::from(u8::from(size == u64::from(only))),
        BatchSize::Geometric { mean } => {
            let failure = 1.0 - 1.0 / mean;
            libm::pow(failure, (size - 1) as f64) / mean
        }
    }
}

impl DrawnClass<'_> {
    /// What becomes of the arrivals, all that the class has, in order, batches merged.
    ///
    /// `dither` is a seed of the class's own.
    pub(super) fn rescale(
        &self,
        mut arrivals_ns: Vec<i64>,
        watch: Watch,
        dither: Seed,
    ) -> Rescaled {
        let process = &self.workload.arrivals_of(self.class).process;
        if let Watch::Until(end_ns) = watch {
            arrivals_ns.truncate(arrivals_ns.partition_point(|&arrival| arrival < end_ns));
        }
        // LoadGen's first arrival is the start, by no law.
        if process.is_loadgen() && arrivals_ns.first() == Some(&0) {
            arrivals_ns.remove(0);
        }
        let law = GapLaw::of(process);
        let mut path =
            Path::new(self.workload, self.class, self.class.code(self.workload), self.seed);
        if law == GapLaw::Constant {
            return Rescaled::Even(operational_times(&arrivals_ns, &mut path).collect());
        }
        let law = Law { law, mean_ns: mean_gap_ns(self.workload, self.class) };
        let has_batches = self.workload.arrivals_of(self.class).batch.is_some();
        if has_batches && law.meetings(arrivals_ns.len()) > MEETINGS_MAX {
            return Rescaled::Hidden("batches that meet in one ns cannot be told apart");
        }
        Rescaled::Residuals(match path.is_real() {
            true => {
                let rounding = Rounding::of(process);
                law.residuals_of_gaps(&arrivals_ns, watch, rounding, dither)
            }
            false => law.residuals_of_times(&arrivals_ns, watch, path, dither),
        })
    }

    /// Whether this class is Poisson, given the rate over time that `other` has too; then so are
    /// both together.
    fn adds_up_with(&self, other: &Class) -> bool {
        let arrivals = self.workload.arrivals_of(self.class);
        let is_poisson = matches!(arrivals.process, Process::Poisson) && arrivals.batch.is_none();
        (is_poisson || self.workload.is_one_schedule())
            && self.workload.rate_of(self.class) == self.workload.rate_of(other)
    }
}

/// Whether all classes together are one Poisson process, of which each is a random part.
pub(super) fn adds_up(classes: &[DrawnClass<'_>]) -> bool {
    classes.iter().all(|class| class.adds_up_with(classes[0].class))
}

/// Residuals of all classes together.
///
/// Where the classes add up to one Poisson process, it is that process, up to the time until which
/// all of them were watched. Else they follow each other, which makes a Poisson process too.
pub(super) fn residuals_of_all(
    classes: &[(DrawnClass<'_>, &Residuals)],
    until_ns: i64,
) -> Residuals {
    let drawn: Vec<DrawnClass<'_>> = classes.iter().map(|(class, _)| *class).collect();
    let count = classes.iter().map(|(_, residuals)| residuals.times().len()).sum();
    let mut all = Vec::with_capacity(count);
    if !adds_up(&drawn) {
        let mut start = 0.0;
        for (_, residuals) in classes {
            all.extend(residuals.times().iter().map(|time| start + time));
            start += residuals.length();
        }
        return Residuals::over(all, start);
    }
    let mean_ns = |class: &DrawnClass<'_>| mean_gap_ns(class.workload, class.class);
    let rate: f64 = drawn.iter().map(|class| 1.0 / mean_ns(class)).sum();
    let first = drawn[0];
    let code = first.class.code(first.workload);
    let mut path = Path::new(first.workload, first.class, code, first.seed);
    let until = path.operational(until_ns as f64);
    for (class, residuals) in classes {
        let mean_ns = mean_ns(class);
        let times = residuals.times().iter().map(|time| time * mean_ns);
        all.extend(times.take_while(|&time| time < until).map(|time| time * rate));
    }
    Residuals::over(all, until * rate)
}

/// How gaps became whole ns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rounding {
    /// To the nearest, so half a ns ends up at 0.
    Nearest,
    /// Towards 0.
    Down,
}

impl Rounding {
    fn of(process: &Process) -> Self {
        match process {
            Process::Loadgen { .. } => Self::Down,
            _ => Self::Nearest,
        }
    }

    /// The gaps that became this one.
    fn before(self, gap_ns: i64) -> (f64, f64) {
        let gap = gap_ns as f64;
        match self {
            Self::Nearest => ((gap - 0.5).max(0.0), gap + 0.5),
            Self::Down => (gap, gap + 1.0),
        }
    }
}

/// A law of gaps with its mean in operational time.
struct Law {
    law: GapLaw,
    mean_ns: f64,
}

impl Law {
    /// Probability of a gap longer than this many ns.
    fn survival(&self, gap_ns: f64) -> f64 {
        self.law.survival(gap_ns / self.mean_ns)
    }

    /// How many of so many gaps are expected to become 0.
    fn meetings(&self, count: usize) -> f64 {
        count as f64 * (1.0 - self.survival(0.5))
    }

    /// Where operational time is real time, so that each gap was rounded by itself.
    fn residuals_of_gaps(
        &self,
        arrivals_ns: &[i64],
        watch: Watch,
        rounding: Rounding,
        dither: Seed,
    ) -> Residuals {
        let (mut last_ns, mut time) = (0, 0.0);
        let rescale = |(counter, &arrival_ns): (u64, &i64)| {
            let (shortest, longest) = rounding.before(arrival_ns - last_ns);
            last_ns = arrival_ns;
            time += self.exponential_between(shortest, longest, dither, counter);
            time
        };
        let times: Vec<f64> = (0..).zip(arrivals_ns).map(rescale).collect();
        match watch {
            Watch::UpToLast => Residuals::up_to_last(times),
            Watch::Until(end_ns) => {
                let rest = self.survival((end_ns - last_ns) as f64);
                Residuals::over(times, time + exponential_gap(rest))
            }
        }
    }

    /// Where a real ns is longer or shorter in operational time. Arrivals were rounded there and
    /// here; the gap between two is known to about half a ns of the wider kind.
    fn residuals_of_times(
        &self,
        arrivals_ns: &[i64],
        watch: Watch,
        mut path: Path,
        dither: Seed,
    ) -> Residuals {
        let (mut last, mut time) = (0.0, 0.0);
        let rescale = |(counter, (at, width)): (u64, (f64, f64))| {
            let (gap, reach) = (at - last, 0.5 * width.max(1.0));
            last = at;
            time += self.exponential_between((gap - reach).max(0.0), gap + reach, dither, counter);
            time
        };
        let times = (0..).zip(operational_times(arrivals_ns, &mut path)).map(rescale).collect();
        match watch {
            Watch::UpToLast => Residuals::up_to_last(times),
            Watch::Until(end_ns) => {
                let rest = self.survival(path.operational(end_ns as f64) - last);
                Residuals::over(times, time + exponential_gap(rest))
            }
        }
    }

    /// The exponential gap of one that lies somewhere between two lengths, as its law has it there.
    fn exponential_between(&self, shortest: f64, longest: f64, dither: Seed, counter: u64) -> f64 {
        let (above, beyond) = (self.survival(shortest), self.survival(longest));
        exponential_gap(above - uniform(dither, counter) * (above - beyond))
    }
}

/// The gap of a unit Poisson process that is as likely to be longer.
fn exponential_gap(survival: f64) -> f64 {
    match survival > 0.0 {
        true => -libm::log(survival),
        false => GAP_MAX,
    }
}

/// A number from 0 to below 1.
fn uniform(seed: Seed, counter: u64) -> f64 {
    (seed.draw(counter) >> 11) as f64 / (1_u64 << 53) as f64
}

/// Arrivals in operational time, each with the width that its ns has there.
fn operational_times<'a>(
    arrivals_ns: &'a [i64],
    path: &'a mut Path,
) -> impl Iterator<Item = (f64, f64)> + 'a {
    arrivals_ns.iter().map(|&arrival_ns| {
        let real = arrival_ns as f64;
        let (from, to) = (path.operational((real - 0.5).max(0.0)), path.operational(real + 0.5));
        (0.5 * (from + to), to - from)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::anderson_darling;

    /// A workload of one class, of this rate and length.
    fn workload(total_qps: f64, seconds: u64, min_query_count: u64) -> Workload {
        let mut workload = Workload::built_in("balanced").unwrap();
        workload.classes.truncate(1);
        workload.classes[0].share = 1.0;
        let duration = std::time::Duration::from_secs(seconds);
        Workload { total_qps, duration, min_query_count, ..workload }
    }

    fn drawn(workload: &Workload) -> DrawnClass<'_> {
        DrawnClass { workload, class: &workload.classes[0], seed: Seed(1) }
    }

    fn residuals(workload: &Workload, arrivals_ns: &[i64], watch: Watch) -> Residuals {
        match drawn(workload).rescale(arrivals_ns.to_vec(), watch, Seed(1)) {
            Rescaled::Residuals(residuals) => residuals,
            Rescaled::Even(_) | Rescaled::Hidden(_) => panic!("a law of chance"),
        }
    }

    #[test]
    fn a_class_ends_with_the_time_or_with_its_count() {
        let workload = workload(2.0, 10, 3);
        let second = 1_000_000_000;
        let by_time = residuals(&workload, &[second, 2 * second], Watch::Until(10 * second));
        assert!(!by_time.ends_at_count());
        assert!((by_time.length() - 20.0).abs() < 1e-6);
        assert!((by_time.times()[1] - 4.0).abs() < 1e-6);
        let by_count = residuals(&workload, &[second, 2 * second, 30 * second], Watch::UpToLast);
        assert!(by_count.ends_at_count());
        assert!((by_count.length() - 60.0).abs() < 1e-6);
        let all = residuals_of_all(&[(drawn(&workload), &by_count)], 10 * second);
        assert_eq!((all.times().len(), all.length()), (2, 20.0));
    }

    /// Gaps of 4 ns on average: without the draw within the ns, one in eight would be 0.
    #[test]
    fn the_grain_of_the_file_does_not_show() {
        let mut workload = workload(0.25e9, 1, 1);
        for process in [Process::Poisson, Process::Gamma { cv: 0.5 }, Process::Weibull { cv: 2.0 }]
        {
            workload.arrivals.process = process;
            let law = GapLaw::of(&workload.arrivals.process);
            let mut arrival_ns = 0;
            let arrivals: Vec<i64> = (0..200_000)
                .map(|i| {
                    arrival_ns += (law.draw(Seed(5).draw(i)) * 4.0 + 0.5) as i64;
                    arrival_ns
                })
                .collect();
            let residuals = residuals(&workload, &arrivals, Watch::UpToLast);
            let finding = anderson_darling::rate_known(&residuals).unwrap();
            assert!(finding.p > 0.001, "{law:?}: {finding:?}");
        }
    }

    #[test]
    fn batches_are_merged_and_counted() {
        let mut arrivals = vec![3, 3, 3, 5, 9, 9];
        let sizes = take_batches(&mut arrivals);
        assert_eq!(arrivals, [3, 5, 9]);
        assert_eq!(sizes, BTreeMap::from([(1, 1), (2, 1), (3, 1)]));
        let geometric = BatchSize::Geometric { mean: 2.0 };
        assert_eq!(batch_probability(geometric, 3), 0.125);
        assert_eq!(batch_probability(BatchSize::Fixed { size: 4 }, 4), 1.0);
        assert_eq!(batch_probability(BatchSize::Fixed { size: 4 }, 3), 0.0);
    }
}

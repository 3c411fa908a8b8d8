//! Arrivals of a class, or of all classes, as they were meant: the rate that they should have, and
//! the time in which their gaps follow one law.

use super::bins::Bins;
use super::sample::Sample;
use crate::generate::{GapLaw, Path, mean_gap_ns};
use crate::reader::TraceReader;
use crate::workload::{Class, Process, Workload};

/// Slices in which an intended rate is told.
const SLICES: usize = 600;

/// A mean rate over a piece of time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Slice {
    pub(super) start_ns: i64,
    pub(super) end_ns: i64,
    pub(super) per_s: f64,
}

/// A stream of arrivals whose gaps are taken in operational time, where that is known.
pub(super) struct Stream {
    pub(super) sample: Sample,
    path: Option<Path>,
    /// Whether requests may come at once, which then are one arrival.
    has_batches: bool,
    /// Arrivals from here on follow another law.
    until_ns: i64,
    last_ns: Option<(i64, i64)>,
}

impl Stream {
    fn new(law: Option<(f64, GapLaw)>, path: Option<Path>, until_ns: i64) -> Self {
        let sample = Sample::new(law);
        Self { sample, path, has_batches: false, until_ns, last_ns: None }
    }

    pub(super) fn add(&mut self, arrival_ns: i64) {
        if arrival_ns >= self.until_ns {
            return;
        }
        let is_again = self.last_ns.is_some_and(|(last, _)| last == arrival_ns);
        if is_again && self.has_batches {
            return;
        }
        let time_ns = match &mut self.path {
            None => arrival_ns,
            Some(path) => libm::rint(path.operational(arrival_ns as f64)) as i64,
        };
        if let Some((_, last_ns)) = self.last_ns {
            // Rounding may turn two operational times around by one.
            self.sample.gaps.add(time_ns.saturating_sub(last_ns).max(0).unsigned_abs());
        }
        self.last_ns = Some((arrival_ns, time_ns));
    }
}

/// How a class was meant to come.
pub(super) struct Meant<'a> {
    workload: &'a Workload,
    class: &'a Class,
    path: Path,
}

impl<'a> Meant<'a> {
    pub(super) fn of(workload: &'a Workload, class: &'a Class, trace: &TraceReader) -> Self {
        let path = Path::new(workload, class, class.code(workload), trace.header().seed);
        Self { workload, class, path }
    }

    /// The rate in slices of the bins, up to where it is meant.
    pub(super) fn rate(&self, bins: &Bins) -> Vec<Slice> {
        let end_ns = match never_ends(self.workload, self.class) {
            true => bins.end_ns,
            false => bins.end_ns.min(duration_ns(self.workload)),
        };
        let mut path = self.path.clone();
        let per_s = self.workload.total_qps * self.class.share;
        let slices_in_bin = (SLICES / bins.len()).max(1) as i64;
        let mut slices = Vec::new();
        let mut before = path.operational(0.0);
        for bin in 0..bins.len() {
            let (start, end) = bins.ends(bin);
            let at = |slice: i64| {
                let part = i128::from(end - start) * i128::from(slice) / i128::from(slices_in_bin);
                (start + part as i64).min(end_ns)
            };
            for (start_ns, end_ns) in (0..slices_in_bin).map(|slice| (at(slice), at(slice + 1))) {
                if end_ns > start_ns {
                    let after = path.operational(end_ns as f64);
                    let speed = (after - before) / (end_ns - start_ns) as f64;
                    slices.push(Slice { start_ns, end_ns, per_s: per_s * speed });
                    before = after;
                }
            }
        }
        slices
    }
}

impl Stream {
    pub(super) fn of_class(meant: Option<Meant<'_>>) -> Self {
        let Some(Meant { workload, class, path }) = meant else {
            return Self::new(None, None, i64::MAX);
        };
        let arrivals = workload.arrivals_of(class);
        let law = (mean_gap_ns(workload, class), GapLaw::of(&arrivals.process));
        let stream = Self::new(Some(law), Some(path), i64::MAX);
        Self { has_batches: arrivals.batch.is_some(), ..stream }
    }

    /// All classes together: a Poisson stream where each of them is one and all follow one rate.
    pub(super) fn of_all(drawn: Option<&Workload>, trace: &TraceReader) -> Self {
        let unknown = Self::new(None, None, i64::MAX);
        let Some(workload) = drawn else { return unknown };
        let mut classes = workload.active_classes();
        let Some(first) = classes.next() else { return unknown };
        let is_alike = |class: &Class| {
            let arrivals = workload.arrivals_of(class);
            let is_whole = workload.is_one_schedule();
            let is_poisson = match arrivals.process {
                Process::Poisson => true,
                // Within the states, which all classes then pass through together.
                Process::Modulated { shared, .. } => shared,
                _ => is_whole,
            };
            arrivals.batch.is_none()
                && is_poisson
                && arrivals == workload.arrivals_of(first)
                && workload.rate_of(class) == workload.rate_of(first)
        };
        if !is_alike(first) || !classes.all(is_alike) {
            return unknown;
        }
        let share = workload.active_classes().fold(0.0, |sum, class| sum + class.share);
        let law = (1e9 / (workload.total_qps * share), GapLaw::Exponential);
        let path = Meant::of(workload, first, trace).path;
        let until_ns = match never_ends(workload, first) {
            true => i64::MAX,
            // Past the duration only some classes go on.
            false => duration_ns(workload),
        };
        Self::new(Some(law), Some(path), until_ns)
    }
}

pub(super) fn has_states(workload: &Workload) -> bool {
    let is_modulated =
        |class: &Class| matches!(workload.arrivals_of(class).process, Process::Modulated { .. });
    workload.active_classes().any(is_modulated)
}

pub(super) fn duration_ns(workload: &Workload) -> i64 {
    i64::try_from(workload.duration.as_nanos()).unwrap_or(i64::MAX)
}

/// Whether the rate is meant as long as rows come, rather than for the duration.
fn never_ends(workload: &Workload, class: &Class) -> bool {
    let is_scheduled = workload.arrivals_of(class).process.is_loadgen();
    workload.count.is_some() || is_scheduled
}

/// The sum of rates that are told in the same slices, as far as all are.
pub(super) fn sum<'a>(rates: impl Iterator<Item = &'a [Slice]>) -> Vec<Slice> {
    let mut rates = rates.filter(|slices| !slices.is_empty());
    let mut total = rates.next().map_or_else(Vec::new, <[Slice]>::to_vec);
    for slices in rates {
        total.truncate(slices.len());
        total.iter_mut().zip(slices).for_each(|(total, slice)| total.per_s += slice.per_s);
    }
    total
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_added_as_far_as_all_are_told() {
        let slice = |start_ns: i64, per_s| Slice { start_ns, end_ns: start_ns + 1, per_s };
        let long = [slice(0, 1.0), slice(1, 2.0)];
        let short = [slice(0, 5.0)];
        assert_eq!(sum([&long[..], &[], &short].into_iter()), [slice(0, 6.0)]);
        assert!(sum(std::iter::empty()).is_empty());
    }
}

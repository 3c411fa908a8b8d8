//! The figures that are drawn, gathered in one pass over the rows and in constant memory.

use request::Tier;

use super::bins::Bins;
use super::sample::Sample;
use super::time_axis::nice_length;
use crate::error::TraceError;
use crate::generate::{GapLaw, Path, mean_gap_ns};
use crate::reader::TraceReader;
use crate::row::Batch;
use crate::stats::Stats;
use crate::stats::dispersion::{Counts, WindowStats};
use crate::stats::intent::Intent;
use crate::workload::{Class, Process, Workload};

/// Rows that a bin should hold on average, so that its count means something.
const ROWS_IN_BIN: u64 = 20;

/// Bins that a chart has, at least and at most.
const BINS: (u64, u64) = (12, 200);

/// Slices in which an intended rate is told.
const SLICES: usize = 600;

/// Windows of which a trace must hold this many to tell how counts differ.
const WINDOWS_MIN: i64 = 4;

/// What is drawn of a trace.
#[derive(Debug)]
pub(super) struct Measured {
    pub(super) bins: Bins,
    /// The classes that have rows or should have, by (tier, SLO class).
    pub(super) classes: Vec<ClassMeasured>,
    /// Intended rate over all classes; empty where it is not known.
    pub(super) intended: Vec<Slice>,
    /// Gaps of the trace as a whole.
    pub(super) gaps: Sample,
    /// Dispersion of the counts of all classes, then of each tier that has rows.
    pub(super) dispersion: Vec<(Option<Tier>, Vec<WindowStats>)>,
    /// End of the workload's duration, where rows may come after it.
    pub(super) duration_ns: Option<i64>,
    /// Whether the intended rate is that of states that were drawn.
    pub(super) has_states: bool,
}

/// What is drawn of a class.
#[derive(Debug)]
pub(super) struct ClassMeasured {
    pub(super) tier: Tier,
    /// Position and name of its SLO class.
    pub(super) slo: usize,
    pub(super) slo_name: String,
    pub(super) rows: u64,
    pub(super) share_asked: Option<f64>,
    /// Rows in each bin.
    pub(super) counts: Vec<u64>,
    /// Intended rate; empty where it is not known.
    pub(super) intended: Vec<Slice>,
    pub(super) gaps: Sample,
}

/// A mean rate over a piece of time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Slice {
    pub(super) start_ns: i64,
    pub(super) end_ns: i64,
    pub(super) per_s: f64,
}

impl Measured {
    /// Reads all rows.
    pub(super) fn of(trace: &TraceReader, stats: &Stats) -> Result<Self, TraceError> {
        let mut pass = Pass::new(trace, stats);
        for batch in trace.batches() {
            pass.add(&batch?);
        }
        Ok(pass.finish())
    }
}

/// The figures while rows come by.
struct Pass<'a> {
    bins: Bins,
    slos_len: usize,
    /// By (tier - 1) * number of SLO classes + SLO class.
    classes: Vec<ClassPass<'a>>,
    all: Stream,
    /// Counts of all classes, then of each tier, in windows of each length.
    counts: [Vec<Counts>; 1 + Tier::ALL.len()],
    intended: Vec<Slice>,
    duration_ns: Option<i64>,
    has_states: bool,
    span_ns: i64,
}

struct ClassPass<'a> {
    tier: Tier,
    slo: usize,
    slo_name: &'a str,
    rows: u64,
    share_asked: Option<f64>,
    counts: Vec<u64>,
    intended: Vec<Slice>,
    stream: Stream,
}

/// A stream of arrivals whose gaps are taken in operational time, where that is known.
struct Stream {
    sample: Sample,
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

    fn add(&mut self, arrival_ns: i64) {
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

impl<'a> Pass<'a> {
    fn new(trace: &'a TraceReader, stats: &Stats) -> Self {
        let header = trace.header();
        let intent = Intent::of(header);
        let drawn = intent.drawn();
        let last_ns = stats.span_ns.saturating_add(1);
        let end_ns = drawn.map_or(last_ns, |workload| last_ns.max(duration_ns(workload)));
        let wanted = (stats.rows / ROWS_IN_BIN).clamp(BINS.0, BINS.1);
        let bins = Bins::new(end_ns, wanted);
        let keys = Tier::ALL
            .into_iter()
            .flat_map(|tier| (0..header.slos.len()).map(move |slo| (tier, slo)));
        let classes: Vec<ClassPass<'a>> = keys
            .map(|(tier, slo)| {
                let class = intent.class(tier, slo);
                let meant =
                    drawn.zip(class).map(|(workload, class)| Meant::of(workload, class, trace));
                ClassPass {
                    tier,
                    slo,
                    slo_name: &header.slos[slo],
                    rows: 0,
                    share_asked: class.and_then(|class| intent.share(class)),
                    counts: vec![0; bins.len()],
                    intended: meant.as_ref().map_or_else(Vec::new, |meant| meant.rate(&bins)),
                    stream: Stream::of_class(meant),
                }
            })
            .collect();
        let windows = windows(end_ns, stats.rows);
        let counts: Vec<Counts> = windows.iter().map(|&window| Counts::new(window)).collect();
        Self {
            intended: sum(classes.iter().map(|class| class.intended.as_slice())),
            bins,
            slos_len: header.slos.len(),
            classes,
            all: Stream::of_all(drawn, trace),
            counts: std::array::from_fn(|_| counts.clone()),
            duration_ns: drawn.map(duration_ns).filter(|&duration| duration < end_ns),
            has_states: drawn.is_some_and(has_states),
            span_ns: end_ns,
        }
    }

    /// Adds a checked batch.
    fn add(&mut self, batch: &Batch) {
        let columns = batch.arrivals_ns().iter().zip(batch.tiers()).zip(batch.slos());
        for ((&arrival_ns, &tier), &slo) in columns {
            let tier = tier.unsigned_abs() as usize;
            let class = &mut self.classes[(tier - 1) * self.slos_len + slo.unsigned_abs() as usize];
            class.rows += 1;
            class.counts[self.bins.of(arrival_ns)] += 1;
            class.stream.add(arrival_ns);
            self.all.add(arrival_ns);
            for counts in &mut self.counts[0] {
                counts.add(arrival_ns);
            }
            for counts in &mut self.counts[tier] {
                counts.add(arrival_ns);
            }
        }
    }

    fn finish(self) -> Measured {
        let classes: Vec<ClassMeasured> = self
            .classes
            .into_iter()
            .filter(|class| class.rows > 0 || class.share_asked.is_some())
            .map(|class| ClassMeasured {
                tier: class.tier,
                slo: class.slo,
                slo_name: class.slo_name.to_owned(),
                rows: class.rows,
                share_asked: class.share_asked,
                counts: class.counts,
                intended: class.intended,
                gaps: class.stream.sample,
            })
            .collect();
        let tiers = [None].into_iter().chain(Tier::ALL.map(Some));
        let has_rows =
            |tier: Tier| classes.iter().any(|class| class.tier == tier && class.rows > 0);
        let dispersion = tiers
            .zip(self.counts)
            .filter(|(tier, _)| tier.is_none_or(has_rows))
            .map(|(tier, counts)| {
                (tier, counts.into_iter().map(|counts| counts.finish(self.span_ns)).collect())
            })
            .collect();
        Measured {
            bins: self.bins,
            classes,
            intended: self.intended,
            gaps: self.all.sample,
            dispersion,
            duration_ns: self.duration_ns,
            has_states: self.has_states,
        }
    }
}

/// How a class was meant to come.
struct Meant<'a> {
    workload: &'a Workload,
    class: &'a Class,
    path: Path,
}

impl<'a> Meant<'a> {
    fn of(workload: &'a Workload, class: &'a Class, trace: &TraceReader) -> Self {
        let path = Path::new(workload, class, class.code(workload), trace.header().seed);
        Self { workload, class, path }
    }

    /// The rate in slices of the bins, up to where it is meant.
    fn rate(&self, bins: &Bins) -> Vec<Slice> {
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
    fn of_class(meant: Option<Meant<'_>>) -> Self {
        let Some(Meant { workload, class, path }) = meant else {
            return Self::new(None, None, i64::MAX);
        };
        let arrivals = workload.arrivals_of(class);
        let law = (mean_gap_ns(workload, class), GapLaw::of(&arrivals.process));
        let stream = Self::new(Some(law), Some(path), i64::MAX);
        Self { has_batches: arrivals.batch.is_some(), ..stream }
    }

    /// All classes together: a Poisson stream where each of them is one and all follow one rate.
    fn of_all(drawn: Option<&Workload>, trace: &TraceReader) -> Self {
        let unknown = Self::new(None, None, i64::MAX);
        let Some(workload) = drawn else { return unknown };
        let mut classes = workload.active_classes();
        let Some(first) = classes.next() else { return unknown };
        let is_alike = |class: &Class| {
            let arrivals = workload.arrivals_of(class);
            let is_whole = matches!(workload.arrivals.process, Process::Loadgen { .. });
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

fn has_states(workload: &Workload) -> bool {
    let is_modulated =
        |class: &Class| matches!(workload.arrivals_of(class).process, Process::Modulated { .. });
    workload.active_classes().any(is_modulated)
}

fn duration_ns(workload: &Workload) -> i64 {
    i64::try_from(workload.duration.as_nanos()).unwrap_or(i64::MAX)
}

/// Whether the rate is meant as long as rows come, rather than for the duration.
fn never_ends(workload: &Workload, class: &Class) -> bool {
    let is_scheduled = matches!(workload.arrivals_of(class).process, Process::Loadgen { .. });
    workload.count.is_some() || is_scheduled
}

/// The sum of rates that are told in the same slices, as far as all are.
fn sum<'a>(rates: impl Iterator<Item = &'a [Slice]>) -> Vec<Slice> {
    let mut rates = rates.filter(|slices| !slices.is_empty());
    let mut total = rates.next().map_or_else(Vec::new, <[Slice]>::to_vec);
    for slices in rates {
        total.truncate(slices.len());
        total.iter_mut().zip(slices).for_each(|(total, slice)| total.per_s += slice.per_s);
    }
    total
}

/// Lengths of windows in which arrivals are counted: 1, 2 and 5 times powers of ten, from about the
/// mean gap to a fourth of the time.
fn windows(end_ns: i64, rows: u64) -> Vec<i64> {
    let mean_ns = end_ns as f64 / rows.max(1) as f64;
    let mut windows = Vec::new();
    let mut window = nice_length(mean_ns.min(1e9));
    while window <= end_ns / WINDOWS_MIN && windows.len() < 64 {
        windows.push(window);
        window = next_window(window);
    }
    windows
}

/// After 1, 2 or 5 times a power of ten the next such number.
fn next_window(window: i64) -> i64 {
    let mut digit = window;
    while digit % 10 == 0 {
        digit /= 10;
    }
    if digit == 2 { window.saturating_mul(5) / 2 } else { window.saturating_mul(2) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_go_from_a_gap_to_a_fourth_of_the_time() {
        let found = windows(60_000_000_000, 1800);
        assert_eq!(found.first(), Some(&50_000_000));
        assert_eq!(found.last(), Some(&10_000_000_000));
        assert_eq!(found[1..4], [100_000_000, 200_000_000, 500_000_000]);
        assert!(windows(1, 1).is_empty());
        assert!(windows(i64::MAX, 1).len() <= 64);
        assert!(windows(i64::MAX, 0).iter().all(|&window| window > 0));
    }

    #[test]
    fn rates_are_added_as_far_as_all_are_told() {
        let slice = |start_ns: i64, per_s| Slice { start_ns, end_ns: start_ns + 1, per_s };
        let long = [slice(0, 1.0), slice(1, 2.0)];
        let short = [slice(0, 5.0)];
        assert_eq!(sum([&long[..], &[], &short].into_iter()), [slice(0, 6.0)]);
        assert!(sum(std::iter::empty()).is_empty());
    }
}

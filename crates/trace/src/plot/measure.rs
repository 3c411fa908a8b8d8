//! The figures that are drawn, gathered in one pass over the rows and in constant memory.

use drawing::nice_length;
use request::Tier;

use super::bins::Bins;
use super::meant::{Meant, Slice, Stream, duration_ns, has_states, sum};
use super::sample::Sample;
use crate::error::TraceError;
use crate::reader::TraceReader;
use crate::row::Batch;
use crate::stats::Stats;
use crate::stats::dispersion::{Counts, WindowStats};
use crate::stats::intent::Intent;

/// Rows that a bin should hold on average, so that its count means something.
const ROWS_IN_BIN: u64 = 20;

/// Bins that a chart has, at least and at most.
const BINS: (u64, u64) = (12, 200);

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
}

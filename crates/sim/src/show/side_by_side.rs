//! Several policies on one trace: which of them is better, and where.

use std::collections::BTreeSet;

use outcome::units::{grouped, millis, per_second, percent};
use outcome::{ClassSummary, Latency, Status};

use super::MARK;
use super::columns::{Columns, Group};
use super::load::{Load, served, stopped};
use crate::Simulation;

/// Policies with longer names are told by a letter.
const NAME_LENGTH_MAX: usize = 10;

/// A number of each class that policies are compared by.
struct Metric {
    name: &'static str,
    text: fn(&ClassSummary) -> String,
    /// Smaller is better. `None` has nothing to compare.
    cost: fn(&ClassSummary) -> Option<Latency>,
}

const METRICS: [Metric; 5] = [
    Metric {
        name: "met_%",
        text: |class| percent(class.slo_met, class.count),
        cost: |class| Some(Latency::Finite(class.count - class.slo_met)),
    },
    Metric { name: "p50_ms", text: |class| latency(class.p50), cost: |class| class.p50 },
    Metric { name: "p95_ms", text: |class| latency(class.p95), cost: |class| class.p95 },
    Metric { name: "p99_ms", text: |class| latency(class.p99), cost: |class| class.p99 },
    Metric {
        name: "wait_ms",
        text: |class| latency(wait(class)),
        // Requests that never start would shorten the mean.
        cost: |class| wait(class).filter(|_| class.errors() == 0),
    },
];

/// Names at the left, and beside them groups of numbers with a column for each policy.
pub(crate) struct Comparison {
    pub(crate) names: Vec<(&'static str, Vec<String>)>,
    /// How many of these, from the left, hold words.
    pub(crate) words: usize,
    pub(crate) groups: Vec<Group>,
}

/// The classes as rows, and all of them together in the last one. The best value of a row is
/// marked in each group.
pub(crate) fn classes(simulations: &[Simulation]) -> Comparison {
    let rows = rows(simulations);
    let column = |of: fn(&Row<'_>) -> String| rows.iter().map(of).collect::<Vec<_>>();
    let names = vec![
        ("tier", column(|row| row.tier.clone())),
        ("slo", column(|row| row.slo.to_owned())),
        ("count", column(|row| grouped(row.by_policy[0].count))),
    ];
    let groups = METRICS.iter().map(|metric| group(metric, &rows, simulations.len()));
    Comparison { names, words: 2, groups: groups.collect() }
}

/// The runs as a whole and their gauges as rows.
pub(crate) fn cluster(simulations: &[Simulation]) -> Comparison {
    let statuses = simulations.iter().flat_map(|one| one.summary.statuses.keys().copied());
    let failures: BTreeSet<Status> = statuses.filter(|&status| status != Status::Ok).collect();
    let facts: Vec<Facts> =
        simulations.iter().map(|one| facts(one, simulations, &failures)).collect();
    let names = facts[0].iter().map(|(name, _)| (*name).to_owned()).collect();
    let cells = |facts: Facts| facts.into_iter().map(|(_, cell)| cell).collect();
    let group = Group { name: "", columns: facts.into_iter().map(cells).collect() };
    Comparison { names: vec![("cluster", names)], words: 1, groups: vec![group] }
}

/// Both as text.
pub(super) fn text(simulations: &[Simulation], width: usize) -> String {
    let labels = labels(simulations);
    let classes = classes(simulations).columns(&labels, true).render(width);
    let cluster = cluster(simulations).columns(&labels, false).render(width);
    let legend = legend(simulations, &labels);
    let mut notes = String::from(NOTES);
    if simulations.iter().any(|one| !one.summary.exact) {
        notes += "quantiles of the largest classes are within 0.1 %\n";
    }
    format!("{legend}{classes}\n{notes}\n{cluster}")
}

const NOTES: &str = "\
met_% ended ok by their deadline; wait_ms is the mean from arrival to start;
* is the best of the policies, where they differ
";

impl Comparison {
    fn columns<'a>(&'a self, labels: &'a [String], has_total: bool) -> Columns<'a> {
        let Self { names, words, groups } = self;
        Columns { names, words: *words, labels, groups, has_total }
    }
}

/// Names and numbers of a run as a whole.
type Facts = Vec<(&'static str, String)>;

/// All simulations have the same names in the same order.
fn facts(simulation: &Simulation, all: &[Simulation], failures: &BTreeSet<Status>) -> Facts {
    let Simulation { summary, gauges } = simulation;
    let load = Load::of(gauges);
    // A single instant has no rate.
    let span_ns = if summary.span_ns > summary.runs { summary.span_ns } else { 0 };
    let mut facts = vec![("goodput_/s", per_second(summary.all.slo_met, span_ns.into()))];
    let ended = |status| grouped(summary.statuses.get(&status).copied().unwrap_or(0));
    facts.extend(failures.iter().map(|&status| (status.name(), ended(status))));
    facts.push(("length_s", millis(gauges.length.as_micros().cast_signed())));
    facts.push(("busy_%", load.mean));
    if gauges.workers.len() > 1 {
        facts.push(("least_busy_%", load.least));
        facts.push(("most_busy_%", load.most));
    }
    facts.push(("loading_%", load.loading));
    facts.push(("batches", grouped(served(gauges))));
    facts.push(("batch_size", format!("{:.2}", gauges.batch_size_mean())));
    let (preempted, lost) = stopped(gauges);
    if all.iter().any(|one| stopped(&one.gauges) != (0, 0)) {
        facts.push(("preempted", grouped(preempted)));
        facts.push(("lost", grouped(lost)));
    }
    facts.push(("waiting_mean", format!("{:.2}", gauges.waiting_mean())));
    facts.push(("waiting_max", grouped(gauges.queue.waiting_max as u64)));
    facts
}

/// A class under each policy.
struct Row<'a> {
    tier: String,
    slo: &'a str,
    by_policy: Vec<&'a ClassSummary>,
}

/// The classes are those of the trace, so all simulations have the same.
fn rows(simulations: &[Simulation]) -> Vec<Row<'_>> {
    let classes = simulations[0].summary.classes.iter().enumerate();
    let mut rows: Vec<Row<'_>> = classes
        .map(|(index, (class, _))| Row {
            tier: class.tier.to_string(),
            slo: &class.slo,
            by_policy: simulations.iter().map(|one| &one.summary.classes[index].1).collect(),
        })
        .collect();
    let by_policy = simulations.iter().map(|one| &one.summary.all).collect();
    rows.push(Row { tier: "all".into(), slo: "", by_policy });
    rows
}

fn group(metric: &Metric, rows: &[Row<'_>], policies: usize) -> Group {
    let best: Vec<Option<Latency>> = rows.iter().map(|row| best(metric, &row.by_policy)).collect();
    let cell = |row: usize, policy: usize| {
        let class = rows[row].by_policy[policy];
        let is_best = best[row].is_some() && (metric.cost)(class) == best[row];
        let mark = if is_best { MARK.to_string() } else { String::new() };
        format!("{mark}{}", (metric.text)(class))
    };
    let column = |policy| (0..rows.len()).map(|row| cell(row, policy)).collect();
    Group { name: metric.name, columns: (0..policies).map(column).collect() }
}

/// The best value, if all can be compared and not all are equal.
fn best(metric: &Metric, classes: &[&ClassSummary]) -> Option<Latency> {
    let costs: Option<Vec<_>> = classes.iter().map(|class| (metric.cost)(class)).collect();
    let costs = costs?;
    let best = costs.iter().copied().min()?;
    costs.iter().any(|&cost| cost != best).then_some(best)
}

fn wait(class: &ClassSummary) -> Option<Latency> {
    class.queueing_delay.map(|wait| Latency::Finite(wait.mean_ns))
}

fn latency(latency: Option<Latency>) -> String {
    latency.map_or("-".into(), |latency| latency.to_string())
}

/// What stands above a policy's columns.
fn labels(simulations: &[Simulation]) -> Vec<String> {
    let names = || simulations.iter().map(|one| &one.summary.info.subject);
    if names().all(|name| name.chars().count() <= NAME_LENGTH_MAX) {
        return names().cloned().collect();
    }
    let letter = |index: usize| match u8::try_from(index).ok().filter(|&index| index < 26) {
        Some(index) => char::from(b'A' + index).to_string(),
        None => format!("#{}", index + 1),
    };
    (0..simulations.len()).map(letter).collect()
}

/// Which policy a letter means.
fn legend(simulations: &[Simulation], labels: &[String]) -> String {
    let pairs = || simulations.iter().map(|one| &one.summary.info.subject).zip(labels);
    if pairs().all(|(name, label)| name == label) {
        return String::new();
    }
    let lines: String = pairs().map(|(name, label)| format!("{label:<3} {name}\n")).collect();
    format!("{lines}\n")
}

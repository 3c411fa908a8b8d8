//! A candidate beside the baseline, as charts take them.

use drawing::Key;

use crate::method::Sample;
use crate::report::{Report, letter};
use crate::{Class, Comparison, Side, Traffic};

/// Classes that have charts of their own: all, three tiers, and three SLO classes of each tier.
const CLASSES_MAX: usize = 13;

/// Of several candidates the charts of SLO classes would be too many.
const CLASSES_MAX_OF_SEVERAL: usize = 4;

/// Candidates that have all charts.
const CANDIDATES_MAX: usize = 8;

/// Lines that all charts of single runs have together, over all candidates, so that a page stays
/// small.
const RUNS_DRAWN: usize = 24;

/// One candidate and the baseline.
#[derive(Clone, Debug)]
pub(super) struct Pair<'a> {
    pub(super) traffic: &'a Traffic,
    /// The baseline and the candidate.
    pub(super) sides: [&'a Side; 2],
    /// What they are called: A, and B or another.
    pub(super) letters: [String; 2],
    pub(super) comparison: &'a Comparison,
    /// Whether it has all charts.
    pub(super) in_full: bool,
    /// The classes that have charts of their own.
    classes: Vec<Class>,
    /// How many more there are.
    classes_left_out: usize,
    /// Runs of a side that are drawn by themselves.
    runs_drawn: usize,
    /// Begins all ids; empty where there is one candidate.
    prefix: String,
}

impl<'a> Pair<'a> {
    /// All candidates of a report.
    pub(super) fn all(report: &Report<'a>) -> Vec<Self> {
        let count = report.comparisons.len();
        let classes_max = if count > 1 { CLASSES_MAX_OF_SEVERAL } else { CLASSES_MAX };
        let pair = |(index, (of_b, side, comparison)): (_, (String, _, &'a Comparison))| {
            let all = comparison.metrics.iter().map(|metric| metric.class.clone());
            let mut classes: Vec<Class> = all.collect();
            classes.dedup();
            let classes_left_out = classes.len().saturating_sub(classes_max);
            classes.truncate(classes_max);
            Self {
                traffic: report.traffic,
                sides: [report.base(), side],
                prefix: if count > 1 { format!("{}-", of_b.to_lowercase()) } else { String::new() },
                letters: [letter(0), of_b],
                comparison,
                in_full: index < CANDIDATES_MAX,
                classes,
                classes_left_out,
                runs_drawn: (RUNS_DRAWN / (2 * count)).max(1),
            }
        };
        report.candidates().enumerate().map(pair).collect()
    }

    /// An id that no other candidate has.
    pub(super) fn id(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    /// Which two.
    pub(super) fn title(&self) -> String {
        let [a, b] = self.names();
        format!("{b} against {a}")
    }

    /// The sides with their letters: `A (edf)`.
    pub(super) fn names(&self) -> [String; 2] {
        [0, 1].map(|side| format!("{} ({})", self.letters[side], self.sides[side].name))
    }

    /// Which line is whose.
    pub(super) fn legend(&self) -> Vec<Key> {
        let names = self.names();
        [0, 1].map(|side| Key::line(super::look::LINES[side], &names[side])).into()
    }

    /// The classes that have charts of their own.
    pub(super) fn classes(&self) -> &[Class] {
        &self.classes
    }

    /// What to say of classes that have none.
    pub(super) fn classes_left_out(&self) -> String {
        match self.classes_left_out {
            0 => String::new(),
            1 => " One more class is in the table only.".into(),
            count => format!(" {count} more classes are in the table only."),
        }
    }

    /// What a run is called in charts: its side and its number in the list of runs.
    pub(super) fn run_name(&self, side: usize, index: usize) -> String {
        format!("{}{}", self.letters[side], index + 1)
    }

    /// The requests of some cells on both sides.
    pub(super) fn sample<'c>(&'c self, cells: &'c [usize]) -> Sample<'c> {
        let [a, b] = self.sides;
        Sample { traffic: self.traffic, cells, a, b, design: self.comparison.design }
    }

    /// How many runs of a side are drawn by themselves: none where there is only one.
    pub(super) fn runs_drawn(&self, side: usize) -> usize {
        if self.sides[side].run_count() > 1 { self.runs_drawn } else { 0 }
    }

    /// What to say where not all runs are drawn by themselves.
    pub(super) fn runs_left_out(&self) -> String {
        let hidden = |side: usize| match self.sides[side].run_count() {
            1 => 0,
            count => count.saturating_sub(self.runs_drawn),
        };
        match hidden(0).max(hidden(1)) {
            0 => String::new(),
            _ => format!(" Of each side the first {} runs are drawn thin.", self.runs_drawn),
        }
    }
}

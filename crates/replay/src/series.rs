//! Several runs in a row, against one scheduler or two.
//!
//! A machine grows slower and faster by itself within minutes. So two schedulers take turns in the
//! order A B B A, over which whatever changes steadily weighs on both alike.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use outcome::{Outcome, RunRecord};

use crate::progress::Progress;
use crate::report::Report;
use crate::run::{Numbered, Observer, ReplayError, Session};

/// One scheduler of a series, and what its runs leave.
pub(crate) struct Side<'a> {
    pub(crate) session: Session<'a>,
    pub(crate) report: Report,
    /// What is measured, for people.
    pub(crate) subject: Arc<str>,
}

/// Makes `runs` runs of each side; ends at the first that was cut short, or that could not begin.
///
/// # Errors
/// Where a run could not begin. Those before it are in the reports.
pub(crate) fn run_all(
    sides: &mut [Side<'_>],
    runs: i32,
    interrupted: &Arc<AtomicBool>,
    watch: &mut dyn FnMut(&Progress),
) -> Result<(), ReplayError> {
    if sides.len() > 1 {
        // Before a long run of the first: a second one that is not there makes it worth nothing.
        sides.iter().try_for_each(|side| side.session.reach(interrupted))?;
    }
    let order = order(runs, sides.len());
    let of = i32::try_from(order.len()).unwrap_or(i32::MAX);
    for (position, (run, side)) in (0..).zip(order) {
        let Side { session, report, subject } = &mut sides[side];
        let numbered = Numbered { run, position, of, subject: Arc::clone(subject) };
        let mut observer = Recorded { report, watch };
        let run = session.run(&numbered, interrupted, &mut observer)?;
        let cut_short = run.record.cut_short;
        report.add(run);
        if cut_short {
            break;
        }
    }
    Ok(())
}

/// The runs of a series in order: number of the run, and side.
fn order(runs: i32, sides: usize) -> Vec<(i32, usize)> {
    let round = |run: i32| {
        let forth = (0..sides).map(move |side| (run, side));
        let back = (0..sides).rev().map(move |side| (run, side));
        if run % 2 == 0 { forth.collect::<Vec<_>>() } else { back.collect() }
    };
    (0..runs).flat_map(round).collect()
}

/// Passes what is observed on to the files and to whoever watches.
struct Recorded<'a> {
    report: &'a mut Report,
    watch: &'a mut dyn FnMut(&Progress),
}

impl Observer for Recorded<'_> {
    fn started(&mut self, record: &RunRecord) {
        self.report.started(record);
    }

    fn ended(&mut self, outcome: &Outcome) {
        self.report.ended(outcome);
    }

    fn look(&mut self, progress: &Progress) {
        self.report.look(progress);
        (self.watch)(progress);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_sides_take_turns_and_neither_is_always_first() {
        assert_eq!(order(2, 1), [(0, 0), (1, 0)]);
        assert_eq!(order(3, 2), [(0, 0), (0, 1), (1, 1), (1, 0), (2, 0), (2, 1)]);
    }
}

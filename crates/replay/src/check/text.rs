//! The judgement on a terminal.

use std::fmt;

use outcome::units::{grouped, millis};
use outcome::{Floor, Grid, Verdict};

use super::{Checked, CheckedRun, is_virtual};
use crate::verdict::{Check, Judgement};

impl fmt::Display for Checked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, run) in self.runs.iter().enumerate() {
            if index > 0 {
                writeln!(f)?;
            }
            writeln!(f, "{}\n", self.title(run))?;
            if !run.judgement.checks.is_empty() {
                writeln!(f, "{}", grid(&run.judgement))?;
            }
            for (name, note) in self.notes(run) {
                writeln!(f, "{name:<9} {note}")?;
            }
        }
        Ok(())
    }
}

impl Checked {
    fn title(&self, run: &CheckedRun) -> String {
        let info = &self.info;
        let which = match self.runs.len() {
            1 => String::new(),
            count => format!(", run {} of {count}", i64::from(run.run) + 1),
        };
        format!(
            "{}{which}: {} of {} at {}, {} requests",
            self.path.display(),
            info.producer,
            info.trace_name,
            info.subject,
            grouped(run.outcomes.len() as u64)
        )
    }

    fn notes(&self, run: &CheckedRun) -> Vec<(&'static str, String)> {
        let recorded = &run.recorded;
        let ms = |nanos: i64| format!("{} ms", millis(nanos.into()));
        let mut notes = Vec::new();
        notes.extend(recorded.floor.map(|floor| ("floor", floor_note(floor))));
        notes.extend(recorded.steal_ns.map(|nanos| ("steal", ms(nanos))));
        let step = recorded.clock_step_ns.map(|nanos| format!(", stepped by {}", ms(nanos)));
        notes.push(("clock", format!("{}{}", self.info.clock, step.unwrap_or_default())));
        notes.extend(self.info.host.clone().map(|host| ("host", host)));
        if is_virtual(&self.info) {
            notes.push(("virtual", virtual_note(&run.judgement)));
        }
        let reasons = run.judgement.reasons();
        notes.push(("verdict", verdict_note(run.judgement.verdict, &reasons)));
        // A journal has no verdict of its own: nobody lived to give it.
        if recorded.verdict != run.judgement.verdict && !self.is_journal() {
            let said = verdict_note(recorded.verdict, &recorded.verdict_reasons);
            notes.push(("DIFFERS", format!("the file itself says {said}")));
        }
        match (recorded.cut_short, self.is_journal()) {
            (false, _) => {}
            (true, false) => notes.push(("CUT SHORT", "the run ended before its trace did".into())),
            (true, true) => notes.push(("CUT SHORT", JOURNAL_NOTE.into())),
        }
        notes
    }
}

const JOURNAL_NOTE: &str =
    "the run did not end: these are the requests whose ends were still written; -o makes a table";

fn grid(judgement: &Judgement) -> Grid {
    let header = ["check", "value", "valid up to", "degraded up to", "verdict"];
    let mut grid = Grid::new(&header).words(&[0, 4]);
    for check in &judgement.checks {
        grid.row(cells(check));
    }
    grid
}

fn cells(check: &Check) -> [String; 5] {
    let text = |value: f64| match value.is_finite() {
        true => check.unit.text(value),
        false => "-".to_owned(),
    };
    let limits = [text(check.valid_limit), text(check.degraded_limit)];
    let [valid, degraded] = limits;
    [check.name.into(), text(check.value), valid, degraded, word(check.verdict).into()]
}

fn floor_note(floor: Floor) -> String {
    let lags = [floor.p50_ns, floor.p99_ns, floor.p999_ns, floor.max_ns];
    let [p50, p99, p999, max] = lags.map(|nanos| millis(nanos.into()));
    format!("p50 {p50} ms, p99 {p99} ms, p99.9 {p999} ms, max {max} ms, with nothing attached")
}

fn virtual_note(judgement: &Judgement) -> String {
    let off = judgement.checks.iter().filter(|check| check.verdict != Verdict::Valid).count();
    match off {
        0 => "every value must be exactly 0, and is".into(),
        1 => "every value must be exactly 0, and 1 is not".into(),
        off => format!("every value must be exactly 0, and {off} are not"),
    }
}

fn verdict_note(verdict: Verdict, reasons: &[String]) -> String {
    match reasons {
        [] => word(verdict).into(),
        reasons => format!("{}: {}", word(verdict), reasons.join("; ")),
    }
}

/// In capitals where it should be seen.
fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Valid => "valid",
        Verdict::Degraded => "DEGRADED",
        Verdict::Invalid => "INVALID",
    }
}

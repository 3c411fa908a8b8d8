//! The promises that every row keeps: no chance is involved, and one row is enough to break one.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::error::{Fault, TraceError};
use crate::schema::column;

/// A promise, and whether it was kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Law {
    /// Its name.
    pub law: &'static str,
    /// Whether it was kept.
    pub verdict: Verdict,
    /// What broke it, or why it could not be judged.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub note: String,
}

/// What a check comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Nothing is wrong.
    Pass,
    /// Something is.
    #[serde(rename = "FAIL")]
    Fail,
    /// It could not be told.
    NotJudged,
}

/// Names of the laws.
pub(super) mod law {
    /// Rows in order of (arrival, id), none before the start.
    pub(crate) const ARRIVALS: &str = "arrivals";
    /// No id twice.
    pub(crate) const IDS: &str = "ids";
    /// Deadlines after arrivals.
    pub(crate) const DEADLINES: &str = "deadlines";
    /// Tiers from 1 to 3.
    pub(crate) const TIERS: &str = "tiers";
    /// SLO classes and models among those of the header.
    pub(crate) const NAMES: &str = "names";
    /// Rows as they were written.
    pub(crate) const DIGEST: &str = "digest";
    /// A workload that could have been drawn.
    pub(crate) const WORKLOAD: &str = "workload";
    /// Deadlines as far after arrivals as the SLO says.
    pub(crate) const SLOS: &str = "slos";
    /// Rows of the workload's classes alone.
    pub(crate) const CLASSES: &str = "classes";
    /// Classes that end with the duration, or past it with their minimum count.
    pub(crate) const ENDS: &str = "ends";
    /// Those of any trace, in the order in which they are told; the digest last.
    pub(crate) const OF_ROWS: [&str; 6] = [ARRIVALS, IDS, DEADLINES, TIERS, NAMES, DIGEST];
    /// Those of a trace that was drawn from its workload.
    pub(crate) const OF_DRAWN: [&str; 4] = [WORKLOAD, SLOS, CLASSES, ENDS];
}

/// Which laws are broken, and by what; each is told once.
#[derive(Debug, Default)]
pub(super) struct Violations {
    broken: BTreeMap<&'static str, String>,
    /// Why the rows were not read to their end.
    stopped: Option<String>,
}

impl Violations {
    /// Notes a broken law. Only the first violation of each is kept, and only that costs a text.
    pub(super) fn add(&mut self, law: &'static str, note: impl FnOnce() -> String) {
        self.broken.entry(law).or_insert_with(note);
    }

    /// Takes an error of reading as a broken law, if it is one.
    pub(super) fn add_error(&mut self, error: TraceError) -> Result<(), TraceError> {
        let (law, stopped) = match &error.fault {
            Fault::Row { row, column, .. } => {
                let law = match *column {
                    column::ARRIVAL_NS => law::ARRIVALS,
                    column::REQUEST_ID => law::IDS,
                    column::DEADLINE_NS => law::DEADLINES,
                    column::TIER => law::TIERS,
                    _ => law::NAMES,
                };
                (law, Some(format!("rows were read up to row {row}")))
            }
            Fault::Digest { .. } => (law::DIGEST, None),
            _ => return Err(error),
        };
        self.add(law, || error.fault.to_string());
        self.stopped = self.stopped.take().or(stopped);
        Ok(())
    }

    /// Whether a violation of the law is known.
    pub(super) fn is_broken(&self, law: &str) -> bool {
        self.broken.contains_key(law)
    }

    /// Why the rows were not read to their end.
    pub(super) fn stopped(&self) -> Option<&str> {
        self.stopped.as_deref()
    }

    /// All laws, with what is known of each. `not_drawn` says why the workload binds nothing.
    pub(super) fn into_laws(mut self, not_drawn: Option<&str>) -> Vec<Law> {
        let is_broken = self.is_broken(law::WORKLOAD);
        let mut judge = |law: &'static str, unknown: Option<&str>| match self.broken.remove(law) {
            Some(note) => Law { law, verdict: Verdict::Fail, note },
            None => match unknown {
                Some(reason) => Law { law, verdict: Verdict::NotJudged, note: reason.to_owned() },
                None => Law { law, verdict: Verdict::Pass, note: String::new() },
            },
        };
        let stopped = self.stopped.as_deref();
        let no_workload = is_broken.then_some("the workload makes no sense");
        let of_rows = law::OF_ROWS.map(|law| judge(law, stopped));
        let of_drawn = law::OF_DRAWN.map(|law| match law {
            law::WORKLOAD => judge(law, not_drawn),
            _ => judge(law, not_drawn.or(no_workload).or(stopped)),
        });
        of_rows.into_iter().chain(of_drawn).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_violation_of_each_law_is_told() {
        let mut violations = Violations::default();
        violations.add(law::SLOS, || "first".to_owned());
        violations.add(law::SLOS, || unreachable!("one is enough"));
        let fault = Fault::Row { row: 7, column: column::TIER, problem: "4 is not".to_owned() };
        violations.add_error(fault.within("t")).unwrap();
        let laws = violations.into_laws(None);
        let of = |name: &str| laws.iter().find(|law| law.law == name).unwrap();
        assert_eq!((of("slos").verdict, of("slos").note.as_str()), (Verdict::Fail, "first"));
        assert_eq!(of("tiers").note, "row 7, column tier: 4 is not");
        assert_eq!(of("ids").verdict, Verdict::NotJudged);
        assert_eq!(of("ids").note, "rows were read up to row 7");
        assert_eq!(of("workload").verdict, Verdict::Pass);
    }

    #[test]
    fn what_is_no_law_stays_an_error() {
        let error = Fault::damaged("torn").within("t");
        assert!(Violations::default().add_error(error).is_err());
    }
}

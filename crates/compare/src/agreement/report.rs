//! An agreement as it is shown: `Display` for people, `Serialize` for programs.

pub(super) mod heading;
mod json;
mod text;

use super::Agreement;
use crate::agreement::RunTable;

/// An agreement with the runs it is of.
#[derive(Clone, Copy, Debug)]
pub struct AgreementReport<'a> {
    simulated: &'a RunTable,
    runs: &'a [RunTable],
    agreement: &'a Agreement,
}

impl<'a> AgreementReport<'a> {
    /// The report of `agreement`, which was made of these tables.
    #[must_use]
    pub fn new(simulated: &'a RunTable, runs: &'a [RunTable], agreement: &'a Agreement) -> Self {
        Self { simulated, runs, agreement }
    }

    /// What the report calls each run: B, or B1, B2 and so on.
    fn letters(self) -> impl Iterator<Item = String> {
        let several = self.runs.len() > 1;
        (1..=self.runs.len())
            .map(move |number| if several { format!("B{number}") } else { "B".into() })
    }
}

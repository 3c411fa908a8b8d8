//! `compare --agreement`: measured runs beside a simulation.

use std::process::ExitCode;

use compare::agreement::{AgreementReport, RunTable, Word, agreement, check_verdicts};
use compare::expand;

use super::complain::complain;
use super::print;
use crate::cli::Agree;

/// Exit code for runs that were judged and do not agree.
const DIFFERS: u8 = 1;

pub(crate) fn run(arguments: &Agree) -> anyhow::Result<ExitCode> {
    let simulated = RunTable::read(&arguments.simulated)?;
    let measured = expand(&arguments.measured)?;
    let runs = measured.iter().map(RunTable::read).collect::<Result<Vec<_>, _>>()?;
    if !arguments.force {
        runs.iter().try_for_each(|run| check_verdicts(&simulated, run))?;
    }
    let agreement = agreement(&simulated, &runs, arguments.limits)?;
    for warning in &agreement.warnings {
        complain(&format!("warning: {warning}"));
    }
    let report = AgreementReport::new(&simulated, &runs, &agreement);
    print(&if arguments.json { format!("{}\n", report.to_json()) } else { report.to_string() })?;
    Ok(match agreement.overall() {
        Word::Agrees => ExitCode::SUCCESS,
        Word::Differs | Word::TooFew => ExitCode::from(DIFFERS),
    })
}

//! The binary `compare`.

mod cli;

use std::io::{self, ErrorKind, Write};
use std::process::ExitCode;

use anyhow::Context;
use clap::Parser;
use compare::agreement::{AgreementReport, Word, agreement};
use compare::{Report, RunTable, check_verdicts, compare};

use crate::cli::Cli;

/// Exit code for runs that were judged and do not agree.
const DIFFERS: u8 = 1;
/// Exit code for bad input and refusals; clap uses the same for usage.
const REFUSED: u8 = 2;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let result = if cli.agreement { agree(&cli) } else { side_by_side(&cli) };
    match result {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::from(REFUSED)
        }
    }
}

fn side_by_side(cli: &Cli) -> anyhow::Result<ExitCode> {
    let (a, b) = (RunTable::read(&cli.base)?, RunTable::read(&cli.cand)?);
    if !cli.force {
        check_verdicts(&a, &b)?;
    }
    let comparison = compare(&a, &b)?;
    let report = Report::new(&a, &b, &comparison);
    print(&if cli.json { format!("{}\n", report.to_json()) } else { report.to_string() })?;
    Ok(ExitCode::SUCCESS)
}

fn agree(cli: &Cli) -> anyhow::Result<ExitCode> {
    let simulated = RunTable::read(&cli.base)?;
    let measured = std::iter::once(&cli.cand).chain(&cli.more);
    let runs = measured.map(RunTable::read).collect::<Result<Vec<_>, _>>()?;
    if !cli.force {
        runs.iter().try_for_each(|run| check_verdicts(&simulated, run))?;
    }
    let agreement = agreement(&simulated, &runs, cli.limits())?;
    for warning in &agreement.warnings {
        eprintln!("warning: {warning}");
    }
    let report = AgreementReport::new(&simulated, &runs, &agreement);
    print(&if cli.json { format!("{}\n", report.to_json()) } else { report.to_string() })?;
    Ok(match agreement.overall() {
        Word::Agrees => ExitCode::SUCCESS,
        Word::Differs | Word::TooFew => ExitCode::from(DIFFERS),
    })
}

/// Writes to stdout. A reader that has seen enough, such as `head`, is no error.
fn print(text: &str) -> anyhow::Result<()> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(error).context("cannot write the report")
        }
        _ => Ok(()),
    }
}

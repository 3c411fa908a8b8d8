//! The binary `compare`.

mod cli;

use std::io::{self, ErrorKind, Write};
use std::process::ExitCode;

use anyhow::Context;
use clap::Parser;
use compare::{Report, RunTable, check_verdicts, compare};

use crate::cli::Cli;

/// Exit code for bad input and refusals; clap uses the same for usage.
const REFUSED: u8 = 2;

fn main() -> ExitCode {
    match run(&Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::from(REFUSED)
        }
    }
}

fn run(cli: &Cli) -> anyhow::Result<()> {
    let (a, b) = (RunTable::read(&cli.base)?, RunTable::read(&cli.cand)?);
    if !cli.force {
        check_verdicts(&a, &b)?;
    }
    let comparison = compare(&a, &b)?;
    let report = Report::new(&a, &b, &comparison);
    print(&if cli.json { format!("{}\n", report.to_json()) } else { report.to_string() })
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

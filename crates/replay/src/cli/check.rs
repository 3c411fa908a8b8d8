//! `replay check`: what is typed, and what it means.

use std::io::{Write, stdout};
use std::path::PathBuf;

use anyhow::{Context, bail};
use outcome::Verdict;

use super::{EXIT_INVALID, EXIT_REFUSED};
use crate::check::{Checked, to_json};

const EXAMPLES: &str = "\
Examples:
  replay check result/urgent_heavy.arrow
  replay check a.arrow b.parquet c.csv --json
  replay check run.arrow.journal -o run.arrow     complete what a killed run left behind

Exit codes: 0 every run is valid or degraded, 2 a table cannot be read or written, 3 a run is invalid.";

const STDOUT: &str = "cannot write to stdout";

/// Judges runs again, by their tables
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Check {
    /// Outcome tables: .arrow, .parquet or .csv; or the .journal of a run that did not end
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,

    /// Make a table of the one FILE, a journal: .arrow, .parquet or .csv
    #[arg(short, long, value_name = "TABLE")]
    output: Option<PathBuf>,

    /// Make a CSV of it, with a row per request
    #[arg(long, value_name = "FILE")]
    metrics_csv: Option<PathBuf>,

    /// Print the judgements as JSON
    #[arg(long)]
    json: bool,
}

impl Check {
    /// A finished table is not written again: its verdict is its own.
    fn refuse_unless_one_journal(&self) -> anyhow::Result<()> {
        match &self.files[..] {
            [file] if file.extension().is_some_and(|extension| extension == "journal") => Ok(()),
            [file] => bail!(
                "{} is no .journal: -o and --metrics-csv complete what a run that did not end left",
                file.display()
            ),
            files => bail!(
                "-o and --metrics-csv complete one journal, and {} files are given",
                files.len()
            ),
        }
    }
}

/// Judges the tables; one that cannot be read does not keep the others from being judged.
pub(crate) fn run(check: &Check) -> anyhow::Result<u8> {
    let completes = check.output.is_some() || check.metrics_csv.is_some();
    if completes {
        check.refuse_unless_one_journal()?;
    }
    let mut tables = Vec::new();
    let mut refused = false;
    for file in &check.files {
        match Checked::read(file) {
            Ok(table) if check.json => tables.push(table),
            Ok(table) => {
                let gap = if tables.is_empty() { "" } else { "\n" };
                write!(stdout(), "{gap}{table}").context(STDOUT)?;
                tables.push(table);
            }
            Err(error) => {
                eprintln!("replay: {:#}", anyhow::Error::from(error));
                refused = true;
            }
        }
    }
    if check.json {
        writeln!(stdout(), "{}", to_json(&tables)).context(STDOUT)?;
    }
    if let [table] = &tables[..]
        && completes
    {
        table.complete(check.output.as_deref(), check.metrics_csv.as_deref())?;
        if let Some(output) = &check.output {
            let journal = check.files[0].display();
            eprintln!("replay: {} holds all of {journal}, which can be removed", output.display());
        }
    }
    let is_invalid = tables.iter().any(|table| table.verdict() == Verdict::Invalid);
    Ok(match (refused, is_invalid) {
        (true, _) => EXIT_REFUSED,
        (false, true) => EXIT_INVALID,
        (false, false) => 0,
    })
}

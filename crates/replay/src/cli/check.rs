//! `replay check`: what is typed, and what it means.

use std::io::{Write, stdout};
use std::path::PathBuf;

use anyhow::Context;
use outcome::Verdict;

use super::{EXIT_INVALID, EXIT_REFUSED};
use crate::check::{Checked, to_json};

const EXAMPLES: &str = "\
Examples:
  replay check result/urgent_heavy.arrow
  replay check a.arrow b.parquet c.csv --json

Exit codes: 0 every run is valid or degraded, 2 a table cannot be read, 3 a run is invalid.";

const STDOUT: &str = "cannot write to stdout";

/// Judges runs again, by their tables
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Check {
    /// Outcome tables: .arrow, .parquet or .csv
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,

    /// Print the judgements as JSON
    #[arg(long)]
    json: bool,
}

/// Judges the tables; one that cannot be read does not keep the others from being judged.
pub(crate) fn run(check: &Check) -> anyhow::Result<u8> {
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
    let is_invalid = tables.iter().any(|table| table.verdict() == Verdict::Invalid);
    Ok(match (refused, is_invalid) {
        (true, _) => EXIT_REFUSED,
        (false, true) => EXIT_INVALID,
        (false, false) => 0,
    })
}

//! The command line: what was typed.

use std::path::PathBuf;

use clap::Parser;

const EXAMPLES: &str = "\
Examples:
  compare base.arrow cand.arrow
  compare base.parquet cand.csv --json | jq '.metrics[\"tier1/p99\"]'

Exit codes:
  0  the tables were compared, whatever came out
  2  usage, unreadable or empty tables, different traces, or an invalid run without --force";

/// Sets two runs of one trace side by side: what got better, what got worse
#[derive(Debug, Parser)]
#[command(name = "compare", version, after_help = EXAMPLES)]
pub(crate) struct Cli {
    /// Outcome table of the baseline, A (.arrow, .parquet or .csv)
    pub(crate) base: PathBuf,
    /// Outcome table of the candidate, B
    pub(crate) cand: PathBuf,
    /// Print JSON instead of a table
    #[arg(long)]
    pub(crate) json: bool,
    /// Compare even where a run's timing verdict is invalid
    #[arg(long)]
    pub(crate) force: bool,
}

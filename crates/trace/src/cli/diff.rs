//! `trace diff`, as it is typed.

use std::path::PathBuf;

use clap::Args;

#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  trace diff a.arrow b.parquet
  trace diff a.arrow b.arrow --json | jq .first

Exit codes: 0 equal rows and tensors, 1 different, 2 usage or bad input.")]
pub(crate) struct DiffArgs {
    /// Trace file of any format; `-` is a stream from stdin
    #[arg(value_name = "FILE")]
    pub(crate) first: PathBuf,
    /// Trace file to compare it with
    #[arg(value_name = "OTHER")]
    pub(crate) second: PathBuf,
    /// Print one JSON object
    #[arg(long)]
    pub(crate) json: bool,
}

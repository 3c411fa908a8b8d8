//! Where a new trace goes.

use std::path::PathBuf;

use clap::Args;
use trace::Format;

#[derive(Args, Debug)]
pub(crate) struct OutputArgs {
    /// File to write: .arrow, .arrows, .parquet or .csv; `-` is a stream to stdout
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: PathBuf,
    /// Format of the file, whatever its name: arrow, arrows, parquet or csv
    #[arg(long, value_name = "FORMAT")]
    pub(crate) format: Option<Format>,
    /// Print one JSON object
    #[arg(long)]
    pub(crate) json: bool,
}

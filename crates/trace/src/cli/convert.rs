//! `trace convert`, as it is typed.

use std::path::PathBuf;

use clap::Args;

use super::output::OutputArgs;

#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  trace convert traces/balanced.arrow -o balanced.parquet
  trace convert t.csv -o t.arrow                  with its metadata from t.csv.meta.json
  trace convert t.arrow -o - | ssh host trace info -
  trace convert --salvage recorded.arrows -o t.arrow

Rows, tensors and metadata stay the same, and so does the digest, which is checked on the way.")]
pub(crate) struct ConvertArgs {
    /// Trace file of any format; `-` is a stream from stdin
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
    /// Keep what is whole of an Arrow stream or file that breaks off
    #[arg(long)]
    pub(crate) salvage: bool,
}

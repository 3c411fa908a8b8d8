//! `trace merge`, as it is typed.

use std::path::PathBuf;

use clap::Args;

use super::output::OutputArgs;

#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  trace merge web.arrow batch.arrow -o both.arrow
  trace merge monday.parquet tuesday.parquet -o - | trace info -

Rows stand in order of arrival, at one arrival in the order of the files. Ids are given anew, from \
0, since those of different traces may be the same.")]
pub(crate) struct MergeArgs {
    /// Trace files of any format
    #[arg(required = true, num_args = 1.., value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

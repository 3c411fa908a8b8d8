//! What can be typed.

mod check;
mod convert;
mod cut;
mod diff;
mod generate;
mod import;
mod info;
mod merge;
mod output;
mod plot;
mod record;
mod scale;
mod time;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

pub(crate) use check::CheckArgs;
pub(crate) use convert::ConvertArgs;
pub(crate) use cut::CutArgs;
pub(crate) use diff::DiffArgs;
pub(crate) use generate::GenArgs;
pub(crate) use import::ImportArgs;
pub(crate) use info::InfoArgs;
pub(crate) use merge::MergeArgs;
pub(crate) use output::OutputArgs;
pub(crate) use plot::PlotArgs;
pub(crate) use record::RecordArgs;
pub(crate) use scale::ScaleArgs;

const EXAMPLES: &str = "\
Examples:
  trace gen --seed 42                        all three built-in workloads, into traces/
  trace gen --workload urgent_heavy --total-qps 70 --seed 1 -o t.arrow
  trace gen --spec my.toml -o t.arrow        any workload; start from --print-spec balanced
  trace info traces/*.arrow                  what is in them; checks every row
  trace check t.arrow                        whether it is what its workload says
  trace show traces/balanced.arrow --limit 5
  trace convert t.arrow -o t.parquet
  trace cut t.arrow --from 5s --to 20s -o part.arrow
  trace diff t.arrow other.arrow             what is different, if anything

Exit codes: 0 done, 1 a check failed or traces differ, 2 usage, bad input or no room to write,
130 interrupted.";

/// Makes trace files, and says what is in them.
///
/// A trace is traffic made once and used often: requests in order of arrival, each with a tier, a
/// deadline, a model and the seed of its tensor, in an Arrow file that other programs can read.
/// The same workload and seed give the same bytes everywhere.
#[derive(Debug, Parser)]
#[command(name = "trace", version, after_help = EXAMPLES, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Draw the requests of a workload, and write them to a file
    Gen(Box<GenArgs>),
    /// Make a trace out of what another program has logged
    Import(ImportArgs),
    /// Write the requests that pass a gRPC proxy to a trace file (program `trace-record`)
    Record(RecordArgs),
    /// Say what is in trace files, checking every row and the digest
    Info(InfoArgs),
    /// Draw traces: rate over time, gaps, mix and bursts, against what their workloads ask for
    Plot(PlotArgs),
    /// Print rows of a trace file
    Show(ShowArgs),
    /// Say whether trace files are what their workloads say: laws of rows, and statistical tests
    Check(CheckArgs),
    /// Say what two traces do not have in common
    Diff(DiffArgs),
    /// Write a trace in another format; the content stays
    Convert(ConvertArgs),
    /// Keep a stretch of time, some classes or the first rows
    Cut(CutArgs),
    /// Put traces together, by arrival
    Merge(MergeArgs),
    /// Multiply the rate of a trace
    Scale(ScaleArgs),
}

#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  trace show traces/balanced.arrow --offset 1000 --limit 10
  trace show traces/balanced.arrow --limit 1000000 --json > rows.jsonl")]
pub(crate) struct ShowArgs {
    /// Trace file
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Rows to print at most
    #[arg(long, value_name = "COUNT", default_value_t = 20)]
    pub(crate) limit: usize,
    /// Rows to pass over first
    #[arg(long, value_name = "COUNT", default_value_t = 0)]
    pub(crate) offset: usize,
    /// Print one JSON object for each row, with the column names of the file
    #[arg(long)]
    pub(crate) json: bool,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_arguments_are_sound() {
        Cli::command().debug_assert();
    }
}

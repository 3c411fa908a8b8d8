//! What can be typed.

mod check;
mod generate;
mod import;
mod info;
mod plot;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

pub(crate) use generate::GenArgs;

pub(crate) use check::CheckArgs;

pub(crate) use import::ImportArgs;

pub(crate) use info::InfoArgs;

pub(crate) use plot::PlotArgs;

const EXAMPLES: &str = "\
Examples:
  trace gen --seed 42                        all three built-in workloads, into traces/
  trace gen --workload urgent_heavy --total-qps 70 --seed 1 -o t.arrow
  trace gen --spec my.toml -o t.arrow        any workload; start from --print-spec balanced
  trace info traces/*.arrow                  what is in them; checks every row
  trace check t.arrow                        whether it is what its workload says
  trace show traces/balanced.arrow --limit 5

Exit codes: 0 done, 1 a check failed, 2 usage, bad input or no room to write, 130 interrupted.";

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
    /// Say what is in trace files, checking every row and the digest
    Info(InfoArgs),
    /// Draw traces: rate over time, gaps, mix and bursts, against what their workloads ask for
    Plot(PlotArgs),
    /// Say whether trace files are what their workloads say: laws of rows, and statistical tests
    Check(CheckArgs),
    /// Print rows of a trace file
    Show(ShowArgs),
    /// Make a trace out of what another program has logged
    Import(ImportArgs),
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

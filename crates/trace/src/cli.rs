//! What can be typed.

mod record;

use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};
use request::Seed;
use trace::{Workload, WorkloadError};

pub(crate) use record::RecordArgs;

const EXAMPLES: &str = "\
Examples:
  trace gen --seed 42                        all three built-in workloads, into traces/
  trace gen --workload urgent_heavy --total-qps 70 --seed 1 -o t.arrow
  trace gen --workload balanced --tensor-shape 1x4 -o tiny.arrow
  trace info traces/*.arrow                  what is in them; checks every row
  trace show traces/balanced.arrow --limit 5

Exit codes: 0 done, 2 usage, bad input or no room to write, 130 interrupted.";

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
    Gen(GenArgs),
    /// Say what is in trace files, checking every row and the digest
    Info(InfoArgs),
    /// Print rows of a trace file
    Show(ShowArgs),
    /// Write the requests that pass a gRPC proxy to a trace file (program `trace-record`)
    Record(RecordArgs),
}

#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  trace gen --seed 42
  trace gen --workload urgent_heavy --total-qps 70 --duration-ms 60000 --seed 42 -o t.arrow
  trace gen --workload balanced --workload batch_heavy --output-dir /tmp/traces")]
pub(crate) struct GenArgs {
    /// Built-in workload: balanced, urgent_heavy or batch_heavy; may be given again. Without it,
    /// all three
    #[arg(long, value_name = "NAME", value_parser = Workload::built_in)]
    workload: Vec<Workload>,
    /// Requests per second over all classes
    #[arg(long, value_name = "RATE", default_value_t = 30.0, allow_negative_numbers = true)]
    total_qps: f64,
    /// How long requests keep arriving
    #[arg(long, value_name = "MS", default_value_t = 60_000)]
    duration_ms: u64,
    /// At least this many requests, shared out by class, even past the duration
    #[arg(long, value_name = "COUNT", default_value_t = 100)]
    min_query_count: u64,
    /// Where the random streams begin
    #[arg(long, default_value_t = 42)]
    pub(crate) seed: u64,
    /// Tensor of every model, such as 1x4 or 1,3,224,224 [default: 1x3x224x224]
    #[arg(long, value_name = "SHAPE")]
    tensor_shape: Option<Shape>,
    /// Folder for NAME.arrow; made where it is missing
    #[arg(long, value_name = "DIR", default_value = "traces", conflicts_with = "output")]
    pub(crate) output_dir: PathBuf,
    /// File to write, for one workload
    #[arg(short, long, value_name = "FILE", requires = "workload")]
    pub(crate) output: Option<PathBuf>,
    /// Threads that draw; 0 is one for each core. The bytes are the same for any number
    #[arg(long, value_name = "COUNT", default_value_t = 0)]
    pub(crate) threads: usize,
    /// Print one JSON object for each file
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Args, Debug)]
#[command(after_help = "\
Example:
  trace info traces/urgent_heavy.arrow --json")]
pub(crate) struct InfoArgs {
    /// Trace files
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// Print one JSON object for each file
    #[arg(long)]
    pub(crate) json: bool,
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

impl GenArgs {
    /// The workloads that are meant, with the amounts that were typed.
    pub(crate) fn workloads(&self) -> Result<Vec<Workload>, WorkloadError> {
        let mut workloads = self.workload.clone();
        if workloads.is_empty() {
            workloads =
                Workload::BUILT_IN.into_iter().map(Workload::built_in).collect::<Result<_, _>>()?;
        }
        for workload in &mut workloads {
            workload.total_qps = self.total_qps;
            workload.duration = Duration::from_millis(self.duration_ms);
            workload.min_query_count = self.min_query_count;
            if let Some(Shape(shape)) = &self.tensor_shape {
                *workload = workload.clone().with_tensor_shape(shape);
            }
            workload.validate()?;
        }
        Ok(workloads)
    }

    pub(crate) fn seed(&self) -> Seed {
        Seed(self.seed)
    }
}

/// Dimensions as they are typed.
#[derive(Clone, Debug)]
struct Shape(Vec<i32>);

impl FromStr for Shape {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let dimension = |part: &str| part.trim().parse().ok().filter(|&dimension| dimension >= 1);
        let shape: Option<Vec<i32>> = text.split(['x', ',']).map(dimension).collect();
        shape.map(Self).ok_or_else(|| "give whole numbers of at least 1, as in 1x4".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_arguments_are_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn shapes_are_read() {
        for text in ["1x3x224x224", "1,3,224,224", "1, 3, 224, 224"] {
            assert_eq!(text.parse::<Shape>().unwrap().0, [1, 3, 224, 224]);
        }
        for text in ["", "1x", "0x4", "-1", "1.5", "axb"] {
            assert!(text.parse::<Shape>().is_err(), "{text}");
        }
    }
}

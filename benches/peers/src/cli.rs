//! What is typed.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::{command, sink};

/// Bad input, or a receiver that cannot be reached.
pub(crate) const EXIT_REFUSED: u8 = 2;

const EXAMPLES: &str = "\
Examples:
  peers sink --listen 127.0.0.1:50060 -o stamps.arrow     until SIGINT or SIGTERM
  peers bare-h2 --to 127.0.0.1:50060 --shape 1x3x224x224 --outstanding 8
  peers cpu -o cpu.json -- replay t.arrow --scheduler-url 127.0.0.1:50060 -o run.arrow
  peers round --peer reprise --stamps stamps.arrow --trace t.arrow --outcomes run.arrow \\
              --cpu cpu.json >> rounds.jsonl
  peers table rounds.jsonl

The scripts in benches/peers run these and other load generators side by side.";

/// A receiver that stamps what arrives, and clients to compare with replay.
#[derive(Debug, Parser)]
#[command(name = "peers", version, after_help = EXAMPLES)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Receive: stamp each request, answer success at once
    Sink(SinkArgs),
    /// Send as fast as the h2 crate can: closed loop, one thread, a constant body
    BareH2(BareH2Args),
    /// Replay a trace as most would write it: tokio's timer, a task a request, the generated stub
    Naive(NaiveArgs),
    /// Write a request's body to a file, for clients that send a constant one
    Body(BodyArgs),
    /// Print the schedule of a trace as h2load's --timing-script-file
    H2loadScript(ScriptArgs),
    /// Run a program, and write its CPU time over time; exits with its exit code
    Cpu(CpuArgs),
    /// Print one run of one client as a line of JSON: lateness, gaps and CPU at the receiver
    Round(RoundArgs),
    /// Print rounds side by side, from a file of such lines
    Table(TableArgs),
}

#[derive(Debug, Args)]
pub(crate) struct SinkArgs {
    /// Where to listen; port 0 is any free one. The address is printed once it is open
    #[arg(long, default_value = "127.0.0.1:50060", value_name = "ADDRESS")]
    pub(crate) listen: SocketAddr,
    /// Table of stamps (Arrow), written at the end; without it only the report is
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// End after so many requests
    #[arg(long, value_name = "COUNT")]
    pub(crate) count: Option<u64>,
    /// The longest frame that clients may send, in bytes
    #[arg(long, default_value_t = sink::FRAME_SIZE_MIN, value_name = "BYTES",
          value_parser = clap::value_parser!(u32).range(16_384..=16_777_215))]
    pub(crate) max_frame_size: u32,
    /// Stamp so many requests at most; those beyond are answered and counted
    #[arg(long, default_value_t = 10_000_000, value_name = "COUNT",
          value_parser = clap::value_parser!(u32).range(0..=200_000_000))]
    pub(crate) rows_max: u32,
    /// Poll without sleeping: takes a whole core, and no stamp waits for a wake-up
    #[arg(long)]
    pub(crate) spin: bool,
    /// Core to run on
    #[arg(long, value_name = "CORE")]
    pub(crate) core: Option<usize>,
}

#[derive(Debug, Args)]
pub(crate) struct BareH2Args {
    /// The receiver
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) to: SocketAddr,
    /// Connections
    #[arg(long, default_value_t = 1, value_name = "COUNT",
          value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) connections: u16,
    /// Calls outstanding, over all connections
    #[arg(long, default_value_t = 64, value_name = "COUNT",
          value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) outstanding: u16,
    /// Shape of the tensor
    #[arg(long, default_value = "1x4", value_name = "SHAPE", value_parser = shape)]
    pub(crate) shape: Shape,
    /// Seconds that are measured
    #[arg(long, default_value_t = 5, value_name = "S",
          value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub(crate) seconds: u64,
    /// Core to run on
    #[arg(long, value_name = "CORE")]
    pub(crate) core: Option<usize>,
}

#[derive(Debug, Args)]
pub(crate) struct NaiveArgs {
    /// The trace whose schedule it follows
    pub(crate) trace: PathBuf,
    /// The receiver
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) to: SocketAddr,
    /// Shape of the tensor, which is all zeros
    #[arg(long, default_value = "1x4", value_name = "SHAPE", value_parser = shape)]
    pub(crate) shape: Shape,
}

#[derive(Debug, Args)]
pub(crate) struct BodyArgs {
    /// Shape of the tensor
    #[arg(long, default_value = "1x4", value_name = "SHAPE", value_parser = shape)]
    pub(crate) shape: Shape,
    /// File to write
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct ScriptArgs {
    /// The trace
    pub(crate) trace: PathBuf,
    /// The receiver
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) to: SocketAddr,
}

#[derive(Debug, Args)]
pub(crate) struct CpuArgs {
    /// File to write (JSON)
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: PathBuf,
    /// The program and its arguments
    #[arg(last = true, required = true, value_name = "COMMAND")]
    pub(crate) command: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct RoundArgs {
    /// What the client is called
    #[arg(long, value_name = "NAME")]
    pub(crate) peer: String,
    /// What `peers sink` wrote
    #[arg(long, value_name = "FILE")]
    pub(crate) stamps: PathBuf,
    /// The schedule that it followed; without it, the run was a closed loop
    #[arg(long, value_name = "FILE")]
    pub(crate) trace: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) told: ToldArgs,
    /// What `peers cpu` wrote
    #[arg(long, value_name = "FILE")]
    pub(crate) cpu: Option<PathBuf>,
}

/// How the start of the schedule is known; without any of these it is not.
#[derive(Debug, Args)]
#[group(multiple = false)]
pub(crate) struct ToldArgs {
    /// Outcome table of replay, for the start of its schedule
    #[arg(long, value_name = "FILE")]
    pub(crate) outcomes: Option<PathBuf>,
    /// What `peers naive` printed, for the start of its schedule
    #[arg(long, value_name = "FILE")]
    pub(crate) epoch: Option<PathBuf>,
    /// When each request was begun, CLOCK_MONOTONIC ns, one a line; requests carry their number
    #[arg(long, value_name = "FILE")]
    pub(crate) begun: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct TableArgs {
    /// Give CPU time as a multiple of this client's as well, round by round
    #[arg(long, value_name = "NAME")]
    pub(crate) against: Option<String>,
    /// Lines of `peers round`
    pub(crate) rounds: PathBuf,
}

/// A list that clap takes for one value.
#[derive(Clone, Debug)]
pub(crate) struct Shape(pub(crate) Vec<i32>);

fn shape(text: &str) -> Result<Shape, String> {
    let sizes = text.split(['x', ',']).map(|size| size.trim().parse().ok().filter(|n| *n > 0));
    let sizes: Option<Vec<i32>> = sizes.collect();
    sizes.map(Shape).ok_or_else(|| format!("'{text}' is no shape, such as 1x3x224x224"))
}

/// Runs the program.
#[must_use]
pub fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Sink(args) => command::run_sink(&args),
        Command::BareH2(args) => command::run_bare_h2(args),
        Command::Naive(args) => command::run_naive(args),
        Command::Body(args) => command::write_body(&args),
        Command::H2loadScript(args) => command::print_script(&args),
        Command::Cpu(args) => command::watch_cpu(&args),
        Command::Round(args) => command::print_round(&args),
        Command::Table(args) => command::print_table(&args),
    };
    match result {
        Ok(code) => code,
        Err(error) => {
            eprintln!("peers: {error:#}");
            ExitCode::from(EXIT_REFUSED)
        }
    }
}

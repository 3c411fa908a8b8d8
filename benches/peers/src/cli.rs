//! What is typed, and what it means.

use std::io::Write;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use anyhow::Context;
use clap::{Args, Parser, Subcommand};
use serde_json::json;
use signal_hook::consts::{SIGINT, SIGTERM};

use crate::{bare_h2, sink, stamps};

/// Bad input, or a receiver that cannot be reached.
const EXIT_REFUSED: u8 = 2;

const EXAMPLES: &str = "\
Examples:
  peers sink --listen 127.0.0.1:50060 -o stamps.arrow     until SIGINT or SIGTERM
  peers bare-h2 --to 127.0.0.1:50060 --shape 1x3x224x224 --outstanding 8

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
}

#[derive(Debug, Args)]
struct SinkArgs {
    /// Where to listen; port 0 is any free one. The address is printed once it is open
    #[arg(long, default_value = "127.0.0.1:50060", value_name = "ADDRESS")]
    listen: SocketAddr,
    /// Table of stamps (Arrow), written at the end; without it only the report is
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// End after so many requests
    #[arg(long, value_name = "COUNT")]
    count: Option<u64>,
    /// The longest frame that clients may send, in bytes
    #[arg(long, default_value_t = sink::FRAME_SIZE_MIN, value_name = "BYTES",
          value_parser = clap::value_parser!(u32).range(16_384..=16_777_215))]
    max_frame_size: u32,
    /// Stamp so many requests at most; those beyond are answered and counted
    #[arg(long, default_value_t = 10_000_000, value_name = "COUNT",
          value_parser = clap::value_parser!(u32).range(0..=200_000_000))]
    rows_max: u32,
    /// Poll without sleeping: takes a whole core, and no stamp waits for a wake-up
    #[arg(long)]
    spin: bool,
    /// Core to run on
    #[arg(long, value_name = "CORE")]
    core: Option<usize>,
}

#[derive(Debug, Args)]
struct BareH2Args {
    /// The receiver
    #[arg(long, value_name = "ADDRESS")]
    to: SocketAddr,
    /// Connections
    #[arg(long, default_value_t = 1, value_name = "COUNT",
          value_parser = clap::value_parser!(u16).range(1..=1024))]
    connections: u16,
    /// Calls outstanding, over all connections
    #[arg(long, default_value_t = 64, value_name = "COUNT",
          value_parser = clap::value_parser!(u16).range(1..))]
    outstanding: u16,
    /// Shape of the tensor
    #[arg(long, default_value = "1x4", value_name = "SHAPE", value_parser = shape)]
    shape: Shape,
    /// Seconds that are measured
    #[arg(long, default_value_t = 5, value_name = "S",
          value_parser = clap::value_parser!(u64).range(1..=3600))]
    seconds: u64,
    /// Core to run on
    #[arg(long, value_name = "CORE")]
    core: Option<usize>,
}

/// A list that clap takes for one value.
#[derive(Clone, Debug)]
struct Shape(Vec<i32>);

fn shape(text: &str) -> Result<Shape, String> {
    let sizes = text.split(['x', ',']).map(|size| size.trim().parse().ok().filter(|n| *n > 0));
    let sizes: Option<Vec<i32>> = sizes.collect();
    sizes.map(Shape).ok_or_else(|| format!("'{text}' is no shape, such as 1x3x224x224"))
}

/// Runs the program.
#[must_use]
pub fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Sink(args) => run_sink(&args),
        Command::BareH2(args) => run_bare_h2(args),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("peers: {error:#}");
            ExitCode::from(EXIT_REFUSED)
        }
    }
}

fn run_sink(args: &SinkArgs) -> anyhow::Result<()> {
    let stopped = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        signal_hook::flag::register(signal, Arc::clone(&stopped))
            .context("cannot listen for signals")?;
    }
    let config = sink::Config {
        listen: args.listen,
        frame_size_max: args.max_frame_size,
        count: args.count,
        rows_max: if args.output.is_some() { args.rows_max as usize } else { 0 },
        spin: args.spin,
        core: args.core,
    };
    let report = sink::serve(&config, &stopped, |address| {
        // Whoever reads this may be gone; the sink serves all the same.
        let _ = writeln!(std::io::stdout(), "{address}");
    })?;
    if let Some(path) = &args.output {
        stamps::write(path, &report.rows)?;
    }
    for refusal in &report.refusals {
        eprintln!("peers: {refusal}");
    }
    let report = json!({
        "requests": report.requests,
        "stamped": report.rows.len(),
        "connections": report.connections,
        "requests_per_read": report.requests as f64 / report.reads.max(1) as f64,
        "requests_per_s": report.requests as f64 * 1e9 / report.span_ns.max(1) as f64,
        "cpu_us_per_request": report.cpu_ns as f64 / 1e3 / report.requests.max(1) as f64,
        "closed_by_sink": report.refusals,
    });
    println!("{report}");
    Ok(())
}

fn run_bare_h2(args: BareH2Args) -> anyhow::Result<()> {
    let Shape(shape) = args.shape;
    let report = bare_h2::run(&bare_h2::Config {
        to: args.to,
        connections: args.connections.into(),
        outstanding: args.outstanding.into(),
        shape,
        length: Duration::from_secs(args.seconds),
        core: args.core,
    })?;
    println!("{}", report.to_json());
    Ok(())
}

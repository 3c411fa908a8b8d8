//! What is typed, and what it means.

mod check;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use anyhow::Context;
use clap::Parser;
use outcome::{Summary, Verdict};
use signal_hook::consts::{SIGINT, SIGTERM};
use trace::{RateScale, TraceReader};

use crate::embedded::{Embedded, Emulation};
use crate::report::{self, Report};
use crate::watch::{self, Metrics, Watch, Watchers};
use crate::{Config, Endpoint, ReplayError, Run, replay};

/// Exit codes; `README.md` documents them once for all programs.
const EXIT_REFUSED: u8 = 2;
const EXIT_INVALID: u8 = 3;
const EXIT_INTERRUPTED: u8 = 130;

const EXAMPLES: &str = "\
Examples:
  replay traces/urgent_heavy.arrow                        at the embedded reference scheduler
  replay traces/urgent_heavy.arrow --policy fifo --workers 4
  replay t.arrow --scheduler-url localhost:50051 -o run.parquet --metrics-csv m.csv
  SCHEDULER_URL=localhost:50051 replay t.arrow --rate-scale 2 --json
  replay check run.arrow                                  the verdict again, from the table

Exit codes: 0 done, 2 bad input or scheduler unreachable (nothing was sent), 3 the generator could
not keep time (the outcome is kept, marked invalid), 130 interrupted (what is there is kept).";

/// Replays a trace at a gRPC scheduler, on time, and judges its own timing.
#[derive(Debug, Parser)]
#[command(name = "replay", version, after_help = EXAMPLES, disable_help_subcommand = true,
          args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,

    /// The trace
    #[arg(value_name = "TRACE", required = true)]
    trace: Option<PathBuf>,

    /// The scheduler, host:port; without it, the embedded reference scheduler
    #[arg(long, env = "SCHEDULER_URL", value_name = "URL")]
    scheduler_url: Option<Endpoint>,

    /// Outcome table: .arrow, .parquet or .csv [default: OUTPUT_DIR/NAME_OF_TRACE.arrow]
    #[arg(short, long, value_name = "FILE", help_heading = "Output")]
    output: Option<PathBuf>,

    /// A row per request as CSV [default: OUTPUT_DIR/metrics.csv]
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    metrics_csv: Option<PathBuf>,

    /// Folder of files that are not named
    #[arg(long, default_value = "result", value_name = "DIR", help_heading = "Output")]
    output_dir: PathBuf,

    /// Print the summary as JSON
    #[arg(long, help_heading = "Output")]
    json: bool,

    /// Serve metrics for Prometheus at http://HOST:PORT/metrics while it runs
    #[arg(long, value_name = "HOST:PORT", help_heading = "Output")]
    metrics_addr: Option<String>,

    /// Factor on the trace's rate
    #[arg(long, default_value = "1", value_name = "FACTOR")]
    rate_scale: RateScale,

    /// Only the first so many requests
    #[arg(long, value_name = "COUNT")]
    limit: Option<usize>,

    /// HTTP/2 connections; a request takes the least loaded
    #[arg(long, default_value_t = 4, value_name = "COUNT",
          value_parser = clap::value_parser!(u16).range(1..=1024))]
    connections: u16,

    /// How long the scheduler may take to accept a connection, in ms
    #[arg(long, default_value_t = 5_000, value_name = "MS",
          value_parser = clap::value_parser!(u64).range(1..=3_600_000))]
    connect_timeout: u64,

    /// How long a request may take from its send, in ms
    #[arg(long, default_value_t = 5_000, value_name = "MS",
          value_parser = clap::value_parser!(u64).range(1..=3_600_000))]
    timeout: u64,

    /// Tensors made ahead of time, in MiB
    #[arg(long, default_value_t = 64, value_name = "MIB",
          value_parser = clap::value_parser!(u32).range(1..=1_048_576))]
    ring: u32,

    /// The most requests in flight; those beyond are `unsent`
    #[arg(long, default_value_t = 4_096, value_name = "COUNT",
          value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    in_flight_max: u32,

    /// The most MiB of requests in flight; those beyond are `unsent`
    #[arg(long, default_value_t = 1_024, value_name = "MIB",
          value_parser = clap::value_parser!(u32).range(1..=1_048_576))]
    in_flight_mib: u32,

    #[command(flatten, next_help_heading = "Embedded scheduler")]
    emulation: Emulation,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Check(check::Check),
}

/// Runs the program.
#[must_use]
pub fn main() -> ExitCode {
    match run(&Cli::parse()) {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            eprintln!("replay: {error:#}");
            let interrupted =
                matches!(error.downcast_ref::<ReplayError>(), Some(ReplayError::Interrupted));
            ExitCode::from(if interrupted { EXIT_INTERRUPTED } else { EXIT_REFUSED })
        }
    }
}

fn run(cli: &Cli) -> anyhow::Result<u8> {
    if let Some(Command::Check(check)) = &cli.command {
        return check::run(check);
    }
    let interrupted = interrupt_flag()?;
    let trace = TraceReader::open(cli.trace())?;
    let (endpoint, subject, embedded) = match &cli.scheduler_url {
        Some(url) => (url.clone(), url.to_string(), None),
        None => {
            let embedded = Embedded::start(&cli.emulation)?;
            let subject = embedded.description().to_owned();
            eprintln!("replay: no --scheduler-url and no SCHEDULER_URL: started the {subject}");
            (embedded.address().to_string().parse()?, subject, Some(embedded))
        }
    };
    let config = cli.config(endpoint);
    let report = cli.report(report::info(&trace, &config, &subject))?;
    let mut watchers = cli.watchers(&trace)?;
    let run = replay(&trace, &config, &interrupted, &mut |progress| watchers.look(progress))?;
    watchers.close();
    if let Some(embedded) = embedded {
        embedded.stop().context("the embedded scheduler failed")?;
    }
    conclude(cli, report, &run)
}

/// Prints the summary, whatever becomes of the files, and says how it went.
fn conclude(cli: &Cli, report: Report, run: &Run) -> anyhow::Result<u8> {
    let info = report::completed(report.info().clone(), run);
    let summary = Summary::new(&info, &run.outcomes);
    let paths = report.paths();
    let written = report.write(run);
    if cli.json {
        println!("{}", summary.to_json());
    } else {
        println!("{summary}");
        if written.is_ok() {
            println!("outcomes: {}", paths.map(|path| path.display().to_string()).join(", "));
        }
    }
    written.context("the summary above is complete, but not every file could be written")?;
    Ok(match info.verdict {
        _ if run.cut_short => EXIT_INTERRUPTED,
        Verdict::Invalid => EXIT_INVALID,
        Verdict::Valid | Verdict::Degraded => 0,
    })
}

impl Cli {
    fn trace(&self) -> &Path {
        self.trace.as_deref().expect("clap asks for it where there is no command")
    }

    fn config(&self, endpoint: Endpoint) -> Config {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Config {
            connection_count: self.connections.into(),
            connect_timeout: Duration::from_millis(self.connect_timeout),
            timeout: Duration::from_millis(self.timeout),
            rate_scale: self.rate_scale,
            limit: self.limit,
            ring_bytes: (self.ring as usize) << 20,
            // The other half of the machine keeps time and moves bytes.
            prepare_threads: (cores / 2).max(1),
            in_flight_max: self.in_flight_max as usize,
            in_flight_bytes_max: (self.in_flight_mib as usize) << 20,
            ..Config::at(endpoint)
        }
    }

    fn watchers(&self, trace: &TraceReader) -> anyhow::Result<Watchers> {
        let mut watchers = vec![watch::on_stderr()];
        if let Some(address) = &self.metrics_addr {
            let metrics = Metrics::bind(address, &trace.header().workload.name)?;
            eprintln!("replay: metrics at http://{}/metrics", metrics.address());
            watchers.push(Box::new(metrics));
        }
        Ok(Watchers::start(watchers)?)
    }

    fn report(&self, info: outcome::RunInfo) -> anyhow::Result<Report> {
        let stem = self.trace().file_stem().unwrap_or("run".as_ref()).to_owned();
        let table = self
            .output
            .clone()
            .unwrap_or_else(|| self.output_dir.join(stem).with_extension("arrow"));
        let metrics =
            self.metrics_csv.clone().unwrap_or_else(|| self.output_dir.join("metrics.csv"));
        for path in [&table, &metrics] {
            if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
                std::fs::create_dir_all(folder)
                    .with_context(|| format!("cannot make the folder {}", folder.display()))?;
            }
        }
        Ok(Report::create(&table, &metrics, info)?)
    }
}

/// Turns true at the first SIGINT or SIGTERM; the second one ends the program at once.
fn interrupt_flag() -> anyhow::Result<Arc<AtomicBool>> {
    let flag = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        let exit = i32::from(EXIT_INTERRUPTED);
        signal_hook::flag::register_conditional_shutdown(signal, exit, Arc::clone(&flag))?;
        signal_hook::flag::register(signal, Arc::clone(&flag))?;
    }
    Ok(flag)
}

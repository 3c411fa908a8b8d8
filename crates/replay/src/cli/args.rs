//! The command line of a replay.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, ensure};
use clap::Parser;
use targets::Target;
use trace::{RateScale, TraceReader};

use super::check::Check;
use super::security::Security;
use super::target::TargetArgs;
use crate::embedded::Emulation;
use crate::{Assignment, Config, Endpoint, Load, Realtime};

const EXAMPLES: &str = "\
Examples:
  replay traces/urgent_heavy.arrow                        at the embedded reference scheduler
  replay traces/urgent_heavy.arrow --policy fifo --workers 4
  replay t.arrow --scheduler-url localhost:50051 -o run.parquet --metrics-csv m.csv
  replay t.arrow --scheduler-url host-a:50051 --versus host-b:50051 --runs 5 -o out/run.arrow
  SCHEDULER_URL=localhost:50051 replay t.arrow --rate-scale 2 --json
  replay t.arrow --scheduler-url localhost:8001 --target kserve --map triton
  replay t.arrow --scheduler-url localhost:9000 --target proto --proto my.proto \
      --method my.Service/Infer --map my.toml
  replay check run.arrow                                  the verdict again, from the table

Exit codes: 0 done, 2 bad input or scheduler unreachable (nothing was sent), 3 the generator could
not keep time (the outcome is kept, marked invalid), 130 interrupted (what is there is kept).";

/// Replays a trace at a gRPC scheduler, on time, and judges its own timing.
#[derive(Debug, Parser)]
#[command(name = "replay", version, after_help = EXAMPLES, disable_help_subcommand = true,
          args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(super) struct Cli {
    #[command(subcommand)]
    command: Option<Command>,

    /// The trace
    #[arg(value_name = "TRACE", required = true)]
    trace: Option<PathBuf>,

    /// The scheduler, host:port, or https://host:port for TLS; without it, the embedded reference
    /// scheduler
    #[arg(long, env = "SCHEDULER_URL", value_name = "URL")]
    scheduler_url: Option<Endpoint>,

    /// A second scheduler to take turns with the first, in the order A B B A; the tables are
    /// FILE.a.arrow and FILE.b.arrow
    #[arg(long, value_name = "URL")]
    versus: Option<Endpoint>,

    /// Runs of each scheduler, all in its one table
    #[arg(long, default_value_t = 1, value_name = "COUNT",
          value_parser = clap::value_parser!(i32).range(1..=10_000))]
    runs: i32,

    /// Factor on the trace's rate
    #[arg(long, default_value = "1", value_name = "FACTOR")]
    rate_scale: RateScale,

    /// Only the first so many requests
    #[arg(long, value_name = "COUNT")]
    limit: Option<usize>,

    /// Leave the schedule aside and keep so many requests in flight: what the other side can take
    /// at most. Each request then arrives when it is fired
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    closed_loop: Option<u32>,

    #[command(flatten)]
    target: TargetArgs,

    #[command(flatten, next_help_heading = "Output")]
    output: Output,

    #[command(flatten, next_help_heading = "Engine")]
    engine: Engine,

    #[command(flatten)]
    security: Security,

    #[command(flatten, next_help_heading = "Embedded scheduler")]
    emulation: Emulation,
}

/// What else there is to do than to replay.
#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    Check(Check),
}

#[derive(Debug, clap::Args)]
struct Output {
    /// Outcome table: .arrow, .parquet or .csv [default: OUTPUT_DIR/NAME_OF_TRACE.arrow]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,

    /// A row per request as CSV [default: OUTPUT_DIR/metrics.csv]
    #[arg(long, value_name = "FILE")]
    metrics_csv: Option<PathBuf>,

    /// Folder of files that are not named
    #[arg(long, default_value = "result", value_name = "DIR")]
    output_dir: PathBuf,

    /// Serve metrics for Prometheus at http://HOST:PORT/metrics while it runs
    #[arg(long, value_name = "HOST:PORT")]
    metrics_addr: Option<String>,

    /// Print the summary as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, clap::Args)]
struct Engine {
    /// Real-time scheduling of the thread that fires: auto (where it is permitted), on, off
    #[arg(long, default_value_t, value_name = "WHEN")]
    realtime: Realtime,

    /// HTTP/2 connections
    #[arg(long, default_value_t = 4, value_name = "COUNT",
          value_parser = clap::value_parser!(u16).range(1..=1024))]
    connections: u16,

    /// Which connection a request takes: least-loaded (the fewest bytes that wait), class (one for
    /// each class, in turn)
    #[arg(long, default_value_t, value_name = "HOW")]
    assign: Assignment,

    /// How long the scheduler may take to accept a connection, in ms
    #[arg(long, default_value_t = 5_000, value_name = "MS",
          value_parser = clap::value_parser!(u64).range(1..=3_600_000))]
    connect_timeout: u64,

    /// How long a request may take, in ms [default: 5000, or the longest SLO where that is more]
    #[arg(long, value_name = "MS", value_parser = clap::value_parser!(u64).range(1..=3_600_000))]
    timeout: Option<u64>,

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
}

/// One of two schedulers, where there are two.
#[derive(Clone, Copy, Debug)]
pub(super) enum Letter {
    A,
    B,
}

impl Cli {
    pub(super) fn command(&self) -> Option<&Command> {
        self.command.as_ref()
    }

    pub(super) fn trace(&self) -> &Path {
        self.trace.as_deref().expect("clap asks for it where there is no command")
    }

    pub(super) fn metrics_addr(&self) -> Option<&str> {
        self.output.metrics_addr.as_deref()
    }

    pub(super) fn scheduler_url(&self) -> Option<&Endpoint> {
        self.scheduler_url.as_ref()
    }

    pub(super) fn versus(&self) -> Option<&Endpoint> {
        self.versus.as_ref()
    }

    pub(super) fn runs(&self) -> i32 {
        self.runs
    }

    pub(super) fn json(&self) -> bool {
        self.output.json
    }

    pub(super) fn emulation(&self) -> &Emulation {
        &self.emulation
    }

    pub(super) fn target(&self) -> &TargetArgs {
        &self.target
    }

    /// What is asked of a run at `endpoint`, a server of this kind.
    pub(super) fn config(&self, endpoint: Endpoint, target: Target) -> anyhow::Result<Config> {
        let Engine { ring, in_flight_max, in_flight_mib, .. } = self.engine;
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Ok(Config {
            target,
            tls: self.security.tls(&endpoint)?,
            metadata: self.security.metadata()?,
            propagate_deadline: self.security.propagate_deadline(),
            connection_count: self.engine.connections.into(),
            assignment: self.engine.assign,
            connect_timeout: Duration::from_millis(self.engine.connect_timeout),
            timeout: self.engine.timeout.map(Duration::from_millis),
            load: self.closed_loop.map_or(Load::Open, |count| Load::Closed(count as usize)),
            realtime: self.engine.realtime,
            rate_scale: self.rate_scale,
            limit: self.limit,
            ring_bytes: (ring as usize) << 20,
            // The other half of the machine keeps time and moves bytes.
            prepare_threads: (cores / 2).max(1),
            in_flight_max: in_flight_max as usize,
            in_flight_bytes_max: (in_flight_mib as usize) << 20,
            ..Config::at(endpoint)
        })
    }

    /// Where the outcome table and the CSV go; their folders exist afterwards.
    pub(super) fn paths(
        &self,
        trace: &TraceReader,
        letter: Option<Letter>,
    ) -> anyhow::Result<[PathBuf; 2]> {
        let Output { output, metrics_csv, output_dir, .. } = &self.output;
        let name = if self.trace() == Path::new("-") {
            Path::new(&trace.header().workload.name).to_owned()
        } else {
            self.trace().file_stem().unwrap_or("run".as_ref()).into()
        };
        let table = output.clone().unwrap_or_else(|| {
            // Not `with_extension`, which would take a part of a name with a dot in it.
            let mut file = name.into_os_string();
            file.push(".arrow");
            output_dir.join(file)
        });
        let metrics = metrics_csv.clone().unwrap_or_else(|| output_dir.join("metrics.csv"));
        let paths = [lettered(&table, letter), lettered(&metrics, letter)];
        for path in &paths {
            if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
                std::fs::create_dir_all(folder)
                    .with_context(|| format!("cannot make the folder {}", folder.display()))?;
            }
        }
        self.check_distinct(&paths)?;
        Ok(paths)
    }

    /// Each file has its own name: none is written over another, or over the trace.
    fn check_distinct(&self, [table, metrics]: &[PathBuf; 2]) -> anyhow::Result<()> {
        let trace = self.trace();
        for (path, flag) in [(table, "-o"), (metrics, "--metrics-csv")] {
            ensure!(
                !is_same(path, trace),
                "{flag} {} would be written over the trace; give it another name",
                path.display()
            );
        }
        ensure!(
            !is_same(table, metrics),
            "-o and --metrics-csv both name {}; give them different names",
            table.display()
        );
        Ok(())
    }
}

/// Whether two names are of one file, whether or not it exists yet.
fn is_same(one: &Path, other: &Path) -> bool {
    let place = |path: &Path| {
        path.canonicalize().ok().or_else(|| {
            let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
            let folder = folder.unwrap_or(Path::new(".")).canonicalize().ok()?;
            Some(folder.join(path.file_name()?))
        })
    };
    place(one).is_some_and(|place_of_one| place(other) == Some(place_of_one))
}

/// `run.arrow` of side A is `run.a.arrow`.
fn lettered(path: &Path, letter: Option<Letter>) -> PathBuf {
    let Some(letter) = letter else { return path.to_owned() };
    let extension = path.extension().unwrap_or_default().to_string_lossy().into_owned();
    path.with_extension(match letter {
        Letter::A => format!("a.{extension}"),
        Letter::B => format!("b.{extension}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_sides_have_two_names() {
        let path = Path::new("out/run.v2.arrow");
        assert_eq!(lettered(path, None), path);
        assert_eq!(lettered(path, Some(Letter::A)), Path::new("out/run.v2.a.arrow"));
        assert_eq!(lettered(path, Some(Letter::B)), Path::new("out/run.v2.b.arrow"));
    }

    #[test]
    fn the_command_line_is_consistent() {
        use clap::CommandFactory;
        <Cli as CommandFactory>::command().debug_assert();
    }
}

//! What is typed, and what it means.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;
use clap::{Args, Parser};
use cluster::{Profile, Workers};
use policy::Registry;
use request::Seed;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use crate::{Config, serve};

/// Exit code of a usage error, bad input or a refusal.
const EXIT_REFUSED: u8 = 2;

const EXAMPLES: &str = "\
Examples:
  scheduler                                          edf, 2 workers, on 127.0.0.1:50051
  scheduler --policy priority --workers 4            strict priority
  scheduler --policy edf:late=drop                   answers late requests `expired`
  scheduler --profile p.toml --listen 127.0.0.1:0    own service times, any free port
  scheduler --print-profile > p.toml                 a profile to start from

Exit codes: 0 stopped by SIGINT or SIGTERM, 2 bad input or a policy that broke a rule.";

/// The reference gRPC scheduler: emulated workers, real scheduling.
#[derive(Debug, Parser)]
#[command(name = "scheduler", version, after_help = EXAMPLES)]
struct Cli {
    /// Address to listen on; port 0 is any free port
    #[arg(long, default_value = "127.0.0.1:50051", value_name = "ADDRESS")]
    listen: SocketAddr,

    #[command(flatten)]
    emulation: Emulation,

    /// Requests beyond so many at once are answered success=false
    #[arg(long, default_value_t = 10_000, value_name = "COUNT",
          value_parser = clap::value_parser!(u32).range(1..1_000_000))]
    in_flight_max: u32,

    /// Larger messages are refused, in bytes
    #[arg(long, default_value_t = 64 << 20, value_name = "BYTES")]
    message_size_max: usize,

    /// How long a shutdown waits for requests in flight, in ms
    #[arg(long, default_value_t = 5_000, value_name = "MS")]
    grace_ms: u64,

    /// Write each event and what was decided about it, a line an event
    #[arg(long, value_name = "FILE")]
    event_log: Option<PathBuf>,

    /// Print the profile in use and exit
    #[arg(long)]
    print_profile: bool,
}

/// The emulation: policy, workers and service times. `replay` takes the same flags for its
/// embedded scheduler.
#[derive(Clone, Debug, Args)]
pub struct Emulation {
    /// Scheduling policy with its parameters, such as edf:late=drop; `sim policies` lists them
    #[arg(long, default_value = "edf", value_name = "POLICY")]
    policy: String,

    /// Emulated workers: a number, or a TOML file where they differ or fail
    #[arg(long, default_value = "2", value_name = "COUNT|FILE")]
    workers: String,

    /// Service times by model (TOML); without it, a built-in profile of CPU-like times
    #[arg(long, value_name = "FILE")]
    profile: Option<PathBuf>,

    /// Seed of the service times
    #[arg(long, default_value_t = 42, value_name = "SEED")]
    service_seed: u64,
}

impl Emulation {
    /// The configuration that the flags mean, with the built-in policies and the limits of
    /// [`Config::default`].
    ///
    /// # Errors
    /// Where the policy is unknown, or the workers or the profile cannot be read.
    pub fn config(&self) -> anyhow::Result<Config> {
        self.config_with(Registry::built_in())
    }

    fn config_with(&self, registry: Registry) -> anyhow::Result<Config> {
        registry.make(&self.policy)?;
        let workers: Workers =
            self.workers.parse().with_context(|| format!("--workers {}", self.workers))?;
        let profile = match &self.profile {
            Some(path) => Profile::read(path).with_context(|| path.display().to_string())?,
            None => Profile::default(),
        };
        Ok(Config {
            registry,
            policy: self.policy.clone(),
            emulation: cluster::Emulation { workers, profile, seed: Seed(self.service_seed) },
            ..Config::default()
        })
    }
}

/// Runs the program with the built-in policies.
#[must_use]
pub fn main() -> ExitCode {
    main_with(Registry::built_in(), std::env::args_os())
}

/// Runs the program with the policies of `registry`. The first of `arguments` is its name.
#[must_use]
pub fn main_with(registry: Registry, arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    match run(&Cli::parse_from(arguments), registry) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("scheduler: {error:#}");
            ExitCode::from(EXIT_REFUSED)
        }
    }
}

fn run(cli: &Cli, registry: Registry) -> anyhow::Result<()> {
    let config = Config {
        in_flight_max: cli.in_flight_max as usize,
        message_size_max: cli.message_size_max,
        grace: Duration::from_millis(cli.grace_ms),
        event_log: cli.event_log.clone(),
        ..cli.emulation.config_with(registry)?
    };
    if cli.print_profile {
        print!("{}", config.emulation.profile.text());
        return Ok(());
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let result = runtime.block_on(listen_and_serve(cli.listen, config));
    runtime.shutdown_background();
    result
}

async fn listen_and_serve(address: SocketAddr, config: Config) -> anyhow::Result<()> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let listener = TcpListener::bind(address)
        .await
        .map_err(|source| crate::ServeError::Listen { address, source })?;
    let address = listener.local_addr()?;
    eprintln!(
        "scheduler: serving at {address}: policy {}, {} workers, seed {}",
        config.policy, config.emulation.workers, config.emulation.seed
    );
    let shutdown = async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        eprintln!("scheduler: shutting down");
    };
    Ok(serve(config, listener, shutdown).await?)
}

//! What is typed, and what it means.

mod fit;

use std::collections::BTreeSet;
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::Parser;
use cluster::Profile;
use outcome::{OutcomeWriter, Summary};
use rayon::ThreadPoolBuilder;
use rayon::iter::{IntoParallelRefIterator, ParallelIterator};
use request::Seed;
use trace::{RateScale, TraceReader, TraceRow};

use crate::simulation::run_info;
use crate::{SimError, Simulation, Workers, read_rows, simulate_trace};

/// Exit code of a usage error, bad input or a refusal.
const EXIT_REFUSED: u8 = 2;

const EXAMPLES: &str = "\
Examples:
  sim traces/urgent_heavy.arrow                                   edf on 2 workers
  sim traces/urgent_heavy.arrow --policy edf,fifo,priority -o out/ one table a policy
  sim t.arrow --policy edf:late=drop --workers 4 --profile p.toml -o run.parquet
  sim t.arrow --rate-scale 1.5 --json                             the same requests, faster

Exit codes: 0 done, 2 bad input or a policy that broke a rule.";

/// Simulates scheduling policies on a trace, in virtual time.
#[derive(Debug, Parser)]
#[command(name = "sim", version, after_help = EXAMPLES)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
struct Program {
    #[command(subcommand)]
    command: Option<Command>,

    #[command(flatten)]
    run: Option<Cli>,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Fit(fit::FitArgs),
}

#[derive(Debug, clap::Args)]
struct Cli {
    /// The trace
    #[arg(value_name = "TRACE")]
    trace: PathBuf,

    /// Policies, separated by commas: edf, fifo or priority, each with :late=serve or :late=drop
    #[arg(long, default_value = "edf", value_name = "POLICIES")]
    policy: String,

    /// Emulated workers
    #[arg(long, default_value_t = 2, value_name = "COUNT",
          value_parser = clap::value_parser!(u32).range(1..100_000))]
    workers: u32,

    /// Service times by model (TOML); without it, a built-in profile of CPU-like times
    #[arg(long, value_name = "FILE")]
    profile: Option<PathBuf>,

    /// Seed of the service times
    #[arg(long, visible_alias = "service-seed", default_value_t = 42, value_name = "SEED")]
    seed: u64,

    /// Factor on the trace's rate
    #[arg(long, default_value = "1", value_name = "FACTOR")]
    rate_scale: RateScale,

    /// Only the first so many requests
    #[arg(long, value_name = "COUNT")]
    limit: Option<usize>,

    /// Where outcomes go: a folder (one .arrow file a policy), or a file (.arrow, .parquet, .csv)
    /// where there is one policy
    #[arg(short, long, value_name = "PATH")]
    output: Option<PathBuf>,

    /// Threads; policies run side by side [default: one a core]
    #[arg(long, value_name = "COUNT")]
    threads: Option<usize>,

    /// Print the summaries as JSON
    #[arg(long)]
    json: bool,
}

/// Runs the program.
#[must_use]
pub fn main() -> ExitCode {
    let program = Program::parse();
    let result = match (&program.command, &program.run) {
        (Some(Command::Fit(args)), _) => fit::run(args),
        (None, Some(cli)) => run(cli),
        (None, None) => unreachable!("clap requires a trace where there is no command"),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("sim: {error:#}");
            ExitCode::from(EXIT_REFUSED)
        }
    }
}

fn run(cli: &Cli) -> anyhow::Result<()> {
    let policies = policies(&cli.policy)?;
    let outputs = outputs(cli.output.as_deref(), &policies)?;
    let profile = match &cli.profile {
        Some(path) => Profile::read(path).with_context(|| path.display().to_string())?,
        None => Profile::default(),
    };
    let workers = Workers { count: cli.workers, profile, seed: Seed(cli.seed) };
    let trace = TraceReader::open(&cli.trace)?;
    let rows = read_rows(&trace, cli.rate_scale, cli.limit)?;
    let simulations = simulate_all(cli, &trace, &rows, &workers, &policies)?;
    for (simulation, output) in simulations.iter().zip(&outputs) {
        write(simulation, output)?;
    }
    print(cli, &simulations, &outputs);
    Ok(())
}

/// The policies named, each once.
fn policies(list: &str) -> anyhow::Result<Vec<String>> {
    let policies = policy::split_list(list);
    let mut seen = BTreeSet::new();
    for spec in &policies {
        let name = policy::by_name(spec)?.name();
        if !seen.insert(name) {
            bail!("--policy names '{spec}' twice");
        }
    }
    Ok(policies)
}

/// Where each policy's outcomes go; none without `--output`.
fn outputs(output: Option<&Path>, policies: &[String]) -> anyhow::Result<Vec<PathBuf>> {
    let Some(output) = output else { return Ok(Vec::new()) };
    let is_file = output.extension().is_some() && !output.is_dir();
    if is_file && policies.len() > 1 {
        bail!(
            "--output {} is one file, and there are {} policies: name a folder instead",
            output.display(),
            policies.len()
        );
    }
    if is_file {
        return Ok(vec![output.to_owned()]);
    }
    std::fs::create_dir_all(output)
        .with_context(|| format!("cannot make the folder {}", output.display()))?;
    // A colon is no character for the file names of every system.
    let file = |spec: &String| output.join(format!("{}.arrow", spec.replace([':', '=', ','], "-")));
    Ok(policies.iter().map(file).collect())
}

fn simulate_all(
    cli: &Cli,
    trace: &TraceReader,
    rows: &[TraceRow],
    workers: &Workers,
    policies: &[String],
) -> anyhow::Result<Vec<Simulation>> {
    let mut parameters = Vec::new();
    if let Some(limit) = cli.limit {
        parameters.push(("limit", limit.to_string()));
    }
    let mut info = run_info(trace, workers, &parameters);
    info.rate_scale = cli.rate_scale.to_string();
    let pool = ThreadPoolBuilder::new().num_threads(cli.threads.unwrap_or(0)).build()?;
    let simulate = |policy: &String| simulate_trace(trace, rows, policy, workers, info.clone());
    let simulations: Result<Vec<_>, SimError> =
        pool.install(|| policies.par_iter().map(simulate).collect());
    Ok(simulations?)
}

fn write(simulation: &Simulation, path: &Path) -> anyhow::Result<()> {
    let mut writer = OutcomeWriter::create(path, &simulation.info)?;
    simulation.outcomes.iter().try_for_each(|outcome| writer.push(outcome))?;
    Ok(writer.finish(&simulation.info)?)
}

fn print(cli: &Cli, simulations: &[Simulation], outputs: &[PathBuf]) {
    let summary = |simulation: &Simulation| Summary::new(&simulation.info, &simulation.outcomes);
    if cli.json {
        let blocks: Vec<String> = simulations.iter().map(|one| summary(one).to_json()).collect();
        println!("[{}]", blocks.join(",\n"));
        return;
    }
    for (index, simulation) in simulations.iter().enumerate() {
        if index > 0 {
            println!();
        }
        println!("{}", summary(simulation));
        if let Some(path) = outputs.get(index) {
            println!("outcomes: {}", path.display());
        }
    }
}

/// Writes to stdout. A reader that has seen enough, such as `head`, is no error.
fn print_text(text: &str) -> anyhow::Result<()> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(error).context("cannot write to stdout")
        }
        _ => Ok(()),
    }
}

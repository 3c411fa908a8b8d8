//! `sim capacity`: how much is enough.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use clap::ValueEnum;
use cluster::{WORKERS_MAX, Workers};
use policy::Registry;
use rayon::ThreadPoolBuilder;
use rayon::iter::{IntoParallelRefIterator, ParallelIterator};
use trace::TraceReader;

use super::emulation::profile;
use super::lists::{policies, seeds};
use crate::capacity::{Confidence, Goal, Question, Report, Target, parse_targets};

/// Exit code of targets that hold at no level.
const EXIT_NOT_FOUND: u8 = 1;

const EXAMPLES: &str = "\
Examples:
  sim capacity t.arrow --target 'tier1>=99.9%,tier2>=99%' --policies edf,priority
  sim capacity t.arrow --target 'tier1/urgent>=99%' --find rate --workers 4
  sim capacity t.arrow --target 'all>=95%,tier1 p99<=80ms' --profile p.toml --seeds 1..50

A target is CLASS>=SHARE% of requests that end ok by their deadline, or CLASS p50|p95|p99<=TIME of
their latency, where failures take for ever; a class is all, tier1 or tier1/urgent. All of them must
hold: the bound of each, over the seeds of the service times, must satisfy it at the confidence
given. Every level and policy meets the same seeds, so the same work; the arrivals are the trace's.

Exit codes: 0 found for every policy, 1 some policy reaches its targets at no level within the
limits, 2 bad input or a policy that broke a rule.";

/// Finds the fewest workers, or the highest rate, at which targets hold
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct CapacityArgs {
    /// The trace
    #[arg(value_name = "TRACE")]
    trace: PathBuf,

    /// What must hold, separated by commas: tier1>=99.9%,tier2>=99%
    #[arg(long, value_name = "TARGETS", value_parser = targets)]
    target: Targets,

    /// Policies, each with its parameters: edf,priority:late=drop
    #[arg(long, visible_alias = "policy", default_value = "edf", value_name = "LIST")]
    policies: String,

    /// What to find: the fewest workers, or the highest factor on the trace's rate
    #[arg(long, default_value = "workers", value_name = "WHAT")]
    find: Find,

    /// The most workers to try
    #[arg(long, default_value_t = 256, value_name = "COUNT",
          value_parser = clap::value_parser!(u32).range(1..=i64::from(WORKERS_MAX)))]
    workers_max: u32,

    /// With --find rate, the workers: a number, or a TOML file where they differ or fail [default: 2]
    #[arg(long, value_name = "COUNT|FILE")]
    workers: Option<String>,

    /// With --find rate, how close to look, in per cent of the rate
    #[arg(long, default_value = "1%", value_name = "SHARE%", value_parser = tolerance)]
    tolerance: f64,

    /// Service times by model (TOML); without it, a built-in profile of CPU-like times
    #[arg(long, value_name = "FILE")]
    profile: Option<PathBuf>,

    /// Seeds of the service times: numbers and ranges
    #[arg(long, visible_alias = "seed", default_value = "1..20", value_name = "LIST")]
    seeds: String,

    /// How sure it must be that each target holds (one-sided)
    #[arg(long, default_value = "95%", value_name = "SHARE%")]
    confidence: Confidence,

    /// Only the first so many requests
    #[arg(long, value_name = "COUNT")]
    limit: Option<u64>,

    /// Threads [default: one a core]
    #[arg(long, value_name = "COUNT")]
    threads: Option<usize>,

    /// Print as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Find {
    Workers,
    Rate,
}

/// One value to clap, which would make a list of a vector.
#[derive(Clone, Debug)]
struct Targets(Vec<Target>);

fn targets(list: &str) -> Result<Targets, String> {
    parse_targets(list).map(Targets).map_err(|error| error.to_string())
}

fn tolerance(text: &str) -> Result<f64, String> {
    let percent = text.strip_suffix('%').and_then(|number| number.parse::<f64>().ok());
    let percent = percent.filter(|percent| (0.01..=100.0).contains(percent));
    percent.map(|percent| percent / 100.0).ok_or_else(|| "it must be from 0.01% to 100%".to_owned())
}

pub(super) fn run(args: &CapacityArgs, registry: &Registry) -> anyhow::Result<ExitCode> {
    let policies = policies(&args.policies, registry)?;
    let (seeds, goal) = (seeds(&args.seeds)?, args.goal()?);
    let profile = profile(args.profile.as_deref())?;
    let trace = TraceReader::open(&args.trace)?;
    let question = Question {
        trace: &trace,
        limit: args.limit,
        profile: &profile,
        seeds: &seeds,
        confidence: args.confidence,
        targets: &args.target.0,
        goal: &goal,
    };
    let pool = ThreadPoolBuilder::new().num_threads(args.threads.unwrap_or(0)).build()?;
    let answer = |policy: &String| question.answer(registry, policy);
    let answers = pool.install(|| policies.par_iter().map(answer).collect::<Result<_, _>>())?;
    let report = Report { question, answers };
    super::print(&if args.json { report.to_json() + "\n" } else { report.to_string() })?;
    Ok(if report.is_found() { ExitCode::SUCCESS } else { ExitCode::from(EXIT_NOT_FOUND) })
}

impl CapacityArgs {
    fn goal(&self) -> anyhow::Result<Goal> {
        let workers = self.workers.as_deref();
        match self.find {
            Find::Workers if workers.is_some() => {
                bail!("--workers is what is looked for: leave it out, or give --find rate")
            }
            Find::Workers => Ok(Goal::Workers { max: self.workers_max }),
            Find::Rate => {
                let text = workers.unwrap_or("2");
                let workers: Workers = text.parse().with_context(|| format!("--workers {text}"))?;
                Ok(Goal::Rate { workers, tolerance: self.tolerance })
            }
        }
    }
}

//! `sim sweep`: many simulations in one go.

use std::fmt::Write as _;
use std::io::{IsTerminal as _, stdout};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use cluster::Workers;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use outcome::Format;
use policy::Registry;
use rayon::ThreadPoolBuilder;
use serde::Serialize;
use trace::{RateScale, TraceReader};

use super::emulation::profile;
use super::lists::{list, policies, seeds};
use super::run::refuse_inputs;
use crate::Scope;
use crate::sweep::{
    self, Journal, Metric, Overview, Palette, Parameter, Plan, Point, Sweep, WorkersChoice, expand,
    variants, write_table,
};

const EXAMPLES: &str = "\
Examples:
  sim sweep t.arrow --policies edf,fifo,priority:late=drop --workers 1..8 -o sweep.parquet
  sim sweep t.arrow --workers 4 --rate-scales 0.5,0.8..1.2..0.1 --seeds 1..20
  sim sweep t.arrow --profile p.toml --set models.vit.mean_ms=10..30..5 --set default.cv=0.1,1
  sim sweep seed-*.arrow --workers 2,4,fleet.toml --metric p99 --class tier1/urgent

Lists are separated by commas. FROM..TO counts in ones and FROM..TO..STEP in steps, both ends
included. Every combination is a cell; cells run side by side, each on one thread, and the table
has a row for each cell and class, the same bytes for any number of threads.

Cells are kept in FILE.journal as they end. After Ctrl-C or a kill the same command goes on where
it was, and a command with more values runs only the cells that are new. Traces that differ in
their seed alone count as one in what is printed.

Exit codes: 0 done, 2 bad input, or cells that failed; the others are in the table.";

/// How many failed cells are told of one by one.
const FAILURES_SHOWN: usize = 5;

/// Simulates every combination of policies, workers, rates, seeds and profiles
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct SweepArgs {
    /// The traces
    #[arg(value_name = "TRACE", required = true)]
    traces: Vec<PathBuf>,

    /// Policies, each with its parameters: edf,priority:late=drop
    #[arg(long, visible_alias = "policy", default_value = "edf", value_name = "LIST")]
    policies: String,

    /// Emulated workers: numbers, and TOML files where they differ or fail
    #[arg(long, default_value = "2", value_name = "LIST")]
    workers: String,

    /// Factors on the traces' rates
    #[arg(long, visible_alias = "rate-scale", default_value = "1", value_name = "LIST")]
    rate_scales: String,

    /// Seeds of the service times
    #[arg(long, visible_alias = "seed", default_value = "42", value_name = "LIST")]
    seeds: String,

    /// Service times by model (TOML); without it, a built-in profile of CPU-like times
    #[arg(long, value_name = "FILE")]
    profile: Option<PathBuf>,

    /// Values of a key of the profile, as default.mean_ms=10,20; may be given for several keys
    #[arg(long, value_name = "KEY=LIST", value_parser = parameter)]
    set: Vec<Parameter>,

    /// Only the first so many requests of each trace
    #[arg(long, value_name = "COUNT")]
    limit: Option<u64>,

    /// Where the table goes (.parquet, .arrow, .csv)
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,

    /// Forget the cells in FILE.journal and start over
    #[arg(long, requires = "output")]
    fresh: bool,

    /// Threads [default: one a core]
    #[arg(long, value_name = "COUNT")]
    threads: Option<usize>,

    /// What is printed: attainment, p50, p95, p99, wait, goodput or utilisation
    #[arg(long, default_value = "attainment", value_name = "METRIC")]
    metric: Metric,

    /// Of which requests: all, tier1, tier1/urgent
    #[arg(long, default_value = "all", value_name = "CLASS")]
    class: Scope,

    /// Print as JSON
    #[arg(long)]
    json: bool,
}

fn parameter(text: &str) -> Result<Parameter, String> {
    let (name, list) = text.split_once('=').ok_or("write it as default.mean_ms=10,20")?;
    let values = expand(list).map_err(|error| error.to_string())?;
    Ok(Parameter { name: name.trim().to_owned(), values })
}

pub(super) fn run(args: &SweepArgs, registry: &Registry) -> anyhow::Result<()> {
    let plan = args.plan(registry)?;
    for trace in &args.traces {
        refuse_inputs(args.output.as_slice(), trace)?;
    }
    let journal = args.output.as_deref().map(|path| journal(path, args.fresh)).transpose()?;
    let pool = ThreadPoolBuilder::new().num_threads(args.threads.unwrap_or(0)).build()?;
    let progress = progress(plan.cell_count());
    let sweep = pool.install(|| sweep::run(&plan, registry, journal, &|| progress.inc(1)));
    progress.finish_and_clear();
    let sweep = sweep?;
    if let Some(path) = &args.output {
        write_table(path, &plan, &sweep)?;
    }
    args.show(&plan, &sweep)?;
    check_failures(&plan, &sweep)
}

impl SweepArgs {
    fn plan(&self, registry: &Registry) -> anyhow::Result<Plan> {
        let profile = profile(self.profile.as_deref())?;
        let plan = Plan {
            variants: variants(&profile, &self.set).context("--set")?,
            workers: list("--workers", &self.workers, |label| {
                let workers = label.parse::<Workers>().context(label.to_owned())?;
                Ok(WorkersChoice { label: label.to_owned(), workers })
            })?,
            rate_scales: list("--rate-scales", &self.rate_scales, |text| {
                Ok(text.parse::<RateScale>()?)
            })?,
            policies: policies(&self.policies, registry)?,
            seeds: seeds(&self.seeds)?,
            traces: self
                .traces
                .iter()
                .map(|path| TraceReader::open(path))
                .collect::<Result<_, _>>()?,
            limit: self.limit,
        };
        plan.check()?;
        self.check_class(&plan)?;
        Ok(plan)
    }

    /// A class that no trace has would be a table of nothing.
    fn check_class(&self, plan: &Plan) -> anyhow::Result<()> {
        if let Scope::Class(_, slo) = &self.class {
            let mut slos = plan.traces.iter().flat_map(|trace| &trace.header().slos);
            if !slos.any(|known| known == slo) {
                bail!("--class {}: no trace has the SLO class '{slo}'", self.class);
            }
        }
        Ok(())
    }

    fn show(&self, plan: &Plan, sweep: &Sweep) -> anyhow::Result<()> {
        let overview = Overview::new(plan, sweep, self.metric, self.class.clone());
        if self.json {
            return super::print(&format!("{}\n", self.json(plan, sweep, &overview)));
        }
        let mut text = overview.with_palette(palette()).to_string();
        if let Some(path) = &self.output {
            let journal = Journal::beside(path);
            let kept = sweep.cells.len() - sweep.simulated;
            let (cells, journal) = (sweep.cells.len(), journal.display());
            let told = match sweep.simulated {
                0 => format!("nothing left to do: all {cells} are in {journal}"),
                now => format!("{now} of {cells} simulated, {kept} taken from {journal}"),
            };
            writeln!(text, "cells: {told}\ntable: {}", path.display())?;
            if sweep.torn_lines > 0 {
                writeln!(text, "torn lines passed over in the journal: {}", sweep.torn_lines)?;
            }
        }
        super::print(&text)
    }

    fn json(&self, plan: &Plan, sweep: &Sweep, overview: &Overview<'_>) -> String {
        let failed = failures(plan, sweep).map(|(cell, error)| Failure { cell, error });
        let report = Report {
            cells: sweep.cells.len(),
            simulated: sweep.simulated,
            torn_lines: sweep.torn_lines,
            failed: failed.collect(),
            metric: self.metric.name(),
            class: &self.class,
            points: overview.points(),
        };
        serde_json::to_string_pretty(&report).expect("a report is numbers, text and lists")
    }
}

/// What `--json` prints.
#[derive(Serialize)]
struct Report<'a> {
    cells: usize,
    simulated: usize,
    torn_lines: usize,
    failed: Vec<Failure<'a>>,
    metric: &'static str,
    class: &'a Scope,
    points: &'a [Point],
}

#[derive(Serialize)]
struct Failure<'a> {
    cell: String,
    error: &'a str,
}

fn journal(output: &Path, fresh: bool) -> anyhow::Result<Journal> {
    // Now, not after hours.
    Format::of(output)?;
    let path = Journal::beside(output);
    let journal = if fresh { Journal::begin(&path)? } else { Journal::open(&path)? };
    Ok(journal)
}

/// On a terminal alone; elsewhere nothing is drawn.
fn progress(cells: usize) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(cells as u64), ProgressDrawTarget::stderr());
    let style = ProgressStyle::with_template("{wide_bar} {pos} of {len} cells, {eta} left");
    bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

fn palette() -> Palette {
    // As no-color.org has it: any value but the empty one.
    let colour = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    if colour && stdout().is_terminal() { Palette::Colours } else { Palette::Plain }
}

fn failures<'a>(plan: &'a Plan, sweep: &'a Sweep) -> impl Iterator<Item = (String, &'a str)> {
    let failed = sweep.cells.iter().filter_map(|(cell, run)| Some((cell, run.as_ref().err()?)));
    failed.map(|(cell, error)| (plan.describe(*cell), error.as_str()))
}

fn check_failures(plan: &Plan, sweep: &Sweep) -> anyhow::Result<()> {
    let failed = failures(plan, sweep).count();
    if failed == 0 {
        return Ok(());
    }
    let mut text = format!("{failed} of {} cells failed", sweep.cells.len());
    for (cell, error) in failures(plan, sweep).take(FAILURES_SHOWN) {
        write!(text, "\n  {cell}: {error}")?;
    }
    if failed > FAILURES_SHOWN {
        write!(text, "\n  and {} more (--json has them all)", failed - FAILURES_SHOWN)?;
    }
    bail!(text)
}

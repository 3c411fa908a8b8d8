//! `sim TRACE`: one simulation for each policy.

use std::collections::BTreeSet;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Args;
use outcome::RunInfo;
use policy::{Policy, Registry};
use rayon::ThreadPoolBuilder;
use rayon::iter::{IndexedParallelIterator, IntoParallelRefIterator, ParallelIterator};
use trace::{RateScale, TraceReader};

use super::emulation::EmulationArgs;
use super::pictures::{Drawn, PictureArgs, Pictures};
use super::print;
use crate::{Recorder, Setting, Simulation, TableRecorder, simulate_trace};

#[derive(Debug, Args)]
pub(super) struct RunArgs {
    /// The trace
    #[arg(value_name = "TRACE", required = true)]
    trace: Option<PathBuf>,

    /// Policies, separated by commas, each with its parameters: edf,priority:preempt=on;
    /// `sim policies` lists them
    #[arg(long, default_value = "edf", value_name = "POLICIES")]
    policy: String,

    #[command(flatten)]
    emulation: EmulationArgs,

    /// Factor on the trace's rate
    #[arg(long, default_value = "1", value_name = "FACTOR")]
    rate_scale: RateScale,

    /// Only the first so many requests
    #[arg(long, value_name = "COUNT")]
    limit: Option<u64>,

    /// Where outcomes go: a folder (one .arrow file a policy), or a file (.arrow, .parquet, .csv)
    /// where there is one policy
    #[arg(short, long, value_name = "PATH")]
    output: Option<PathBuf>,

    #[command(flatten)]
    pictures: PictureArgs,

    /// Threads; policies run side by side [default: one a core]
    #[arg(long, value_name = "COUNT")]
    threads: Option<usize>,

    /// Print the summaries as JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &RunArgs, registry: &Registry) -> anyhow::Result<()> {
    let policies = policies(&args.policy, registry)?;
    let outputs = outputs(args.output.as_deref(), &policies)?;
    let path = args.trace.as_ref().context("no trace is named: give its path")?;
    refuse_inputs(&outputs, path)?;
    let emulation = args.emulation.emulation()?;
    let trace = TraceReader::open(path)?;
    let (rate_scale, limit) = (args.rate_scale, args.limit);
    let setting = Setting { trace: &trace, rate_scale, limit, emulation: &emulation };
    let taken = outputs.iter().chain([path]).map(PathBuf::as_path);
    let pictures = args.pictures.start(&taken.collect::<Vec<_>>())?;
    let pool = ThreadPoolBuilder::new().num_threads(args.threads.unwrap_or(0)).build()?;
    let run = |(index, policy): (usize, &String)| {
        let policy = registry.make(policy)?;
        one(setting, policy, index, outputs.get(index).map(PathBuf::as_path), &pictures)
    };
    let runs: anyhow::Result<Vec<_>> =
        pool.install(|| policies.par_iter().enumerate().map(run).collect());
    let (simulations, drawn): (Vec<_>, Vec<_>) = runs?.into_iter().unzip();
    pictures.finish(&simulations, drawn)?;
    show(args, &simulations, &outputs)
}

/// A table must not take the place of the trace that it is made from.
pub(super) fn refuse_inputs(outputs: &[PathBuf], trace: &Path) -> anyhow::Result<()> {
    let same = |output: &&PathBuf| {
        let whole = |path: &Path| path.canonicalize().ok();
        whole(output).is_some_and(|output| whole(trace) == Some(output))
    };
    match outputs.iter().find(same) {
        Some(output) => bail!("{} is the trace itself: name another file", output.display()),
        None => Ok(()),
    }
}

/// The policies named, each once.
fn policies(list: &str, registry: &Registry) -> anyhow::Result<Vec<String>> {
    let policies = policy::split_list(list);
    let mut seen = BTreeSet::new();
    for spec in &policies {
        let name = registry.make(spec)?.name();
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

fn one(
    setting: Setting<'_>,
    policy: Box<dyn Policy>,
    index: usize,
    output: Option<&Path>,
    pictures: &Pictures<'_>,
) -> anyhow::Result<(Simulation, Drawn)> {
    let info = RunInfo { subject: policy.name(), ..setting.run_info() };
    let mut table = output.map(|path| TableRecorder::create(path, &info)).transpose()?;
    let mut pictures = pictures.policy(index, &info, setting.emulation)?;
    let mut recorders: Vec<&mut dyn Recorder> = Vec::new();
    recorders.extend(table.as_mut().map(|table| table as &mut dyn Recorder));
    recorders.extend(pictures.recorders());
    let simulation = simulate_trace(setting, policy, &mut recorders)?;
    if let Some(table) = table {
        table.finish(&info)?;
    }
    Ok((simulation, pictures.finish()?))
}

fn show(args: &RunArgs, simulations: &[Simulation], outputs: &[PathBuf]) -> anyhow::Result<()> {
    if args.json {
        return print(&format!("{}\n", crate::show::json(simulations)));
    }
    let mut text = crate::show::text(simulations, width());
    if is_colour_wanted() {
        text = crate::show::coloured(&text);
    }
    if !outputs.is_empty() {
        text.push('\n');
    }
    text.extend(outputs.iter().map(|path| format!("outcomes: {}\n", path.display())));
    print(&text)
}

/// How wide the terminal is, as far as it says so.
fn width() -> usize {
    let columns = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    columns.unwrap_or(crate::show::WIDTH)
}

fn is_colour_wanted() -> bool {
    let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    std::io::stdout().is_terminal() && !refused
}

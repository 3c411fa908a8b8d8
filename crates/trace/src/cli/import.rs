//! What can be typed behind `trace import`.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::str::FromStr;

use clap::{Args, ValueEnum};
use request::{Seed, Tier};
use trace::import::{Kind, Mapping, Options, Time, TimeScale};
use trace::{Amounts, WorkloadFile};

use super::generate::{SEED, Shape};
use super::output::OutputArgs;

#[derive(Args, Debug)]
#[command(after_help = "\
Sources, told by their content:
  azure_llm_2023  CSV of the Azure LLM inference trace 2023
  mooncake        JSON lines of the Mooncake traces
  burstgpt        CSV of BurstGPT, in six or eight columns
  loadgen         mlperf_log_trace.json of MLPerf LoadGen
  predecessor     metrics CSV of the program that Reprise replaces, and our own --metrics-csv
  outcome         outcome tables: what a run really sent, with its tiers, SLOs, models and ids
  csv, jsonl, parquet, arrow
                  anything else, with --map

What the source does not say (tier, SLO class, model, tensor seed) is drawn by the shares of
--workload from --seed; what it says wins. Where the rows came from is kept in the trace.

Examples:
  trace import AzureLLMInferenceTrace_conv.csv -o azure.arrow
  trace import mooncake.jsonl --workload urgent_heavy --time-scale 0.1 -o fast.arrow
  trace import run.arrow --run 0 -o sent.arrow
  trace import jobs.csv --map arrival=submit:s --map tier=prio --tier-map gold=1,silver=2 -o t.arrow
  zcat log.jsonl.gz | trace import - --map arrival=ts:ms --tensor-shape 1x4 -o t.arrow")]
pub(crate) struct ImportArgs {
    /// File to import; - for stdin
    #[arg(value_name = "SOURCE")]
    pub(crate) source: PathBuf,
    #[command(flatten)]
    pub(crate) out: OutputArgs,
    /// Kind of source, where its content does not tell it
    #[arg(long, value_name = "KIND")]
    from: Option<Kind>,
    /// Column that says arrival, tier, slo, model, deadline, slo_length or id; may be given again.
    /// A time takes a unit: ns, us, ms, s or datetime. `-` for no column
    #[arg(long, value_name = "FIELD=COLUMN[:UNIT]")]
    map: Vec<Mapping>,
    /// What the source calls its tiers, as in gold=1,silver=2; 1, 2 and 3 need no entry
    #[arg(long, value_name = "NAME=TIER,...", value_delimiter = ',')]
    tier_map: Vec<TierName>,
    /// Times to use of a run: when requests were sent, or scheduled to arrive [default: sent for
    /// outcome and predecessor, arrival for loadgen]
    #[arg(long, value_enum)]
    time: Option<TimeName>,
    /// Run to use, of an outcome table with several
    #[arg(long, value_name = "NUMBER")]
    run: Option<i32>,
    /// Built-in workload whose shares fill in what the source does not say
    #[arg(long, value_name = "NAME", default_value = "balanced")]
    workload: String,
    /// Workload file (TOML) whose shares fill it in; its arrivals and amounts do not matter
    #[arg(long, value_name = "FILE", conflicts_with = "workload")]
    spec: Option<PathBuf>,
    /// Seed of what is filled in [default: the workload file's, or 42]
    #[arg(long)]
    seed: Option<u64>,
    /// Tensor of every model, such as 1x4 or 1,3,224,224 [default: that of the workload]
    #[arg(long, value_name = "SHAPE")]
    tensor_shape: Option<Shape>,
    /// Name of the trace's workload [default: name of the source]
    #[arg(long)]
    name: Option<String>,
    /// Factor on time, such as 2 for twice as long, 0.1 or 1/3; SLOs stay
    #[arg(long, value_name = "FACTOR", default_value_t = TimeScale::ONE)]
    time_scale: TimeScale,
    /// Leave the first arrival where the source has it, instead of making it the start
    #[arg(long)]
    keep_offset: bool,
    /// Requests to keep at most: the first to arrive
    #[arg(long, value_name = "COUNT")]
    limit: Option<u64>,
}

/// Which times of a run.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum TimeName {
    Sent,
    Arrival,
}

/// What a source calls a tier.
#[derive(Clone, Debug)]
struct TierName(String, Tier);

impl ImportArgs {
    /// What is meant, with the name that is used where none was typed.
    pub(crate) fn options(&self, name: &str) -> anyhow::Result<Options> {
        let shape = self.tensor_shape.as_ref().map(|Shape(shape)| shape.clone());
        let file = match &self.spec {
            Some(path) => WorkloadFile::read(path)?,
            None => WorkloadFile::built_in(&self.workload)?,
        };
        let mut workload = file.workload(&Amounts::default())?;
        if let Some(shape) = &shape {
            workload = workload.with_tensor_shape(shape);
        }
        workload.validate()?;
        let tiers = self.tier_map.iter().map(|TierName(name, tier)| (name.clone(), *tier));
        Ok(Options {
            kind: self.from,
            map: self.map.clone(),
            time: self.time.map(|time| match time {
                TimeName::Sent => Time::Sent,
                TimeName::Arrival => Time::Arrival,
            }),
            run: self.run.map(i64::from),
            tiers: tiers.collect::<BTreeMap<_, _>>(),
            workload,
            seed: self.seed.map(Seed).or(file.seed()).unwrap_or(SEED),
            name: self.name.clone().unwrap_or_else(|| name.to_owned()),
            tensor_shape: shape,
            keep_offset: self.keep_offset,
            time_scale: self.time_scale,
            limit: self.limit,
        })
    }
}

impl FromStr for TierName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parted = text.rsplit_once('=').filter(|(name, _)| !name.trim().is_empty());
        let read = parted.and_then(|(name, number)| {
            Some(Self(name.trim().to_owned(), Tier::from_number(number.trim().parse().ok()?)?))
        });
        read.ok_or_else(|| "give NAME=TIER with a tier of 1, 2 or 3, as in gold=1".to_owned())
    }
}

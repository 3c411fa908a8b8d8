//! `trace cut`, as it is typed.

use std::path::PathBuf;

use clap::{ArgGroup, Args};
use request::{Moment, Tier};
use trace::edit::Cut;

use super::output::OutputArgs;
use super::time::Time;

#[derive(Args, Debug)]
#[command(
    group = ArgGroup::new("part").required(true).multiple(true),
    after_help = "\
Examples:
  trace cut t.arrow --from 5s --to 20s -o part.arrow
  trace cut t.arrow --tier 1 --slo urgent --slo normal -o vip.arrow
  trace cut t.arrow --from 1m --model vit --limit 1000 -o sample.csv

Rows keep their ids, so that outcomes of both traces can be joined. All conditions must hold; of \
those given more than once, one of them."
)]
pub(crate) struct CutArgs {
    /// Trace file of any format; `-` is a stream from stdin
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
    /// Keep arrivals from this time on, such as 5s, 1.5m or 200ms
    #[arg(long, value_name = "TIME", group = "part")]
    from: Option<Time>,
    /// Keep arrivals before this time
    #[arg(long, value_name = "TIME", group = "part")]
    to: Option<Time>,
    /// Leave times as they are; otherwise they count from --from
    #[arg(long)]
    keep_times: bool,
    /// Keep this tier; may be given again
    #[arg(long, value_name = "NUMBER", value_parser = tier, group = "part")]
    tier: Vec<Tier>,
    /// Keep this SLO class; may be given again
    #[arg(long, value_name = "NAME", group = "part")]
    slo: Vec<String>,
    /// Keep this model; may be given again
    #[arg(long, value_name = "NAME", group = "part")]
    model: Vec<String>,
    /// Keep at most this many rows
    #[arg(long, value_name = "COUNT", group = "part")]
    limit: Option<u64>,
}

impl CutArgs {
    /// What is meant to be kept.
    pub(crate) fn cut(&self) -> Cut {
        Cut {
            from: self.from.map(Moment::from),
            to: self.to.map(Moment::from),
            keep_times: self.keep_times,
            tiers: self.tier.clone(),
            slos: self.slo.clone(),
            models: self.model.clone(),
            limit: self.limit,
        }
    }
}

fn tier(text: &str) -> Result<Tier, String> {
    let tier = text.parse().ok().and_then(Tier::from_number);
    tier.ok_or_else(|| "give 1, 2 or 3".to_owned())
}

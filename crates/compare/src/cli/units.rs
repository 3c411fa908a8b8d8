//! What is compared with what: which requests, and the units that they are counted in.

use clap::Args;
use compare::{BLOCKS_DEFAULT, RUNS_MIN_DEFAULT, Reading};
use request::Moment;

/// Requests, blocks and runs.
#[derive(Debug, Args)]
pub(super) struct Units {
    /// Drop requests that arrive in the first part of the trace, in all runs
    #[arg(long, value_name = "TIME", value_parser = warm_up)]
    warmup: Option<Moment>,
    /// Blocks that scheduled time is cut into, where there are too few runs
    #[arg(long, value_name = "N", default_value_t = BLOCKS_DEFAULT)]
    blocks: u32,
    /// Runs a side from which on the run is the unit
    #[arg(long, value_name = "N", default_value_t = RUNS_MIN_DEFAULT as u32,
        value_parser = clap::value_parser!(u32).range(2..))]
    min_runs: u32,
}

impl Units {
    /// How tables are read.
    pub(super) fn reading(&self) -> Reading {
        Reading { blocks: self.blocks, from: self.warmup.unwrap_or(Moment::ZERO) }
    }

    /// Runs a side from which on the run is the unit.
    pub(super) fn runs_min(&self) -> usize {
        self.min_runs as usize
    }
}

/// Reads since when requests count, as the length of what is dropped.
fn warm_up(text: &str) -> Result<Moment, String> {
    let length = humantime::parse_duration(text).map_err(|error| error.to_string())?;
    let nanos = i64::try_from(length.as_nanos()).map_err(|_| "longer than any trace".to_owned())?;
    Ok(Moment::from_nanos(nanos))
}

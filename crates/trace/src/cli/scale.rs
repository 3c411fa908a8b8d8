//! `trace scale`, as it is typed.

use std::path::PathBuf;

use clap::Args;
use trace::RateScale;

use super::output::OutputArgs;

#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  trace scale 2 t.arrow -o double.arrow           twice as many requests per second
  trace scale 0.5 t.arrow -o half.arrow

Arrivals are divided by the factor, exactly as `replay --rate-scale` does it. SLOs and ids stay.")]
pub(crate) struct ScaleArgs {
    /// Factor on the rate, from 0.001 to 1000
    #[arg(value_name = "FACTOR", allow_negative_numbers = true)]
    pub(crate) factor: RateScale,
    /// Trace file of any format; `-` is a stream from stdin
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

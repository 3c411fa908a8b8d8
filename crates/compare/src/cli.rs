//! The command line: what was typed.

mod percent;

use std::path::PathBuf;

use clap::Parser;
use compare::agreement::Limits;
use outcome::Ppm;

const EXAMPLES: &str = "\
Examples:
  compare base.arrow cand.arrow
  compare base.parquet cand.csv --json | jq '.metrics[\"tier1/p99\"]'
  compare --agreement sim.arrow run.arrow                 is the simulation what was measured?
  compare --agreement sim.arrow run1.arrow run2.arrow run3.arrow --within 5%

Agreement: every p50 and p95 within --within of the simulated one and every attainment within
--within-points, in the middle run of those given. A class needs 40 requests for its p50, 400 for
its p95, and as many for its attainment as make one request no more than the limit (200 for 0.5).

Exit codes:
  0  the tables were compared, whatever came out; with --agreement, they agree
  1  with --agreement: they do not agree, or there are too few requests to tell
  2  usage, unreadable or empty tables, different traces, or an invalid run without --force";

/// Sets two runs of one trace side by side: what got better, what got worse
#[derive(Debug, Parser)]
#[command(name = "compare", version, after_help = EXAMPLES)]
pub(crate) struct Cli {
    /// Outcome table of the baseline, A (.arrow, .parquet or .csv); with --agreement, of the
    /// simulation
    pub(crate) base: PathBuf,
    /// Outcome table of the candidate, B; with --agreement, of a measured run
    pub(crate) cand: PathBuf,
    /// With --agreement, further measured runs
    #[arg(requires = "agreement")]
    pub(crate) more: Vec<PathBuf>,
    /// Judge how far measured runs are from the simulation of their trace, and how much of that lag
    /// and overhead explain
    #[arg(long)]
    pub(crate) agreement: bool,
    /// Limit on p50 and p95, in per cent of the simulated one [default: 3%]
    #[arg(long, value_name = "PERCENT", requires = "agreement", value_parser = percent::parse)]
    within: Option<Ppm>,
    /// Limit on attainment, in percentage points [default: 0.5]
    #[arg(long, value_name = "POINTS", requires = "agreement", value_parser = percent::parse)]
    within_points: Option<Ppm>,
    /// Print JSON instead of a table
    #[arg(long)]
    pub(crate) json: bool,
    /// Compare even where a run's timing verdict is invalid
    #[arg(long)]
    pub(crate) force: bool,
}

impl Cli {
    /// What counts as agreement.
    pub(crate) fn limits(&self) -> Limits {
        let default = Limits::default();
        Limits {
            within: self.within.unwrap_or(default.within),
            within_points: self.within_points.unwrap_or(default.within_points),
        }
    }
}

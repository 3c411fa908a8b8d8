//! `compare calibrate` as it is typed.

use std::path::PathBuf;

use clap::Args;
use compare::{Pattern, Reading, Size};

use super::units::Units;

const EXAMPLES: &str = "\
Examples:
  compare calibrate runs/*.arrow -o thresholds.toml     ten runs of one version, say
  compare calibrate runs.arrow                          one table of several runs; only show
  compare calibrate a*.arrow --change 2%,0.2pp --json | jq .any
  compare base.arrow cand.arrow --thresholds thresholds.toml

The runs are dealt to two sides in all ways, or in 252 evenly spaced ones, and compared: whatever is
called a change is a false alarm. A suggested threshold is three times the standard deviation from
run to run, rounded up, and never below the default. With fewer than six runs (three a side) the
comparisons are by blocks of scheduled time, and below four the spread is hardly known.

The file holds the thresholds, which may be edited, and what was measured: later comparisons warn
where their runs differ more than twice as much, where the trace is another one, and where a change
between single runs is within what runs of one version differ by.

Exit codes:
  0  done
  2  usage, unreadable tables, different traces, a single run, an invalid run without --force, or a
     file that cannot be written";

/// Measure what runs of one version differ by, and which thresholds follow from it
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct CalibrateArgs {
    /// Outcome tables of one version on one trace, each of one run or several; may be patterns
    #[arg(value_name = "TABLE", required = true)]
    tables: Vec<PathBuf>,
    /// Where to keep thresholds and calibration (TOML); replaces no other file than such a one
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Changes that one wishes to find, to learn how many runs a side that takes
    #[arg(
        long,
        value_name = "SIZES",
        value_delimiter = ',',
        default_value = "3%,5%,10%,0.3pp,0.5pp,1pp"
    )]
    change: Vec<Size>,
    /// Metrics that count for the result, such as tier1/*,all/goodput; kept too [default: all]
    #[arg(long, value_name = "METRICS", value_delimiter = ',')]
    gate: Vec<Pattern>,
    #[command(flatten)]
    units: Units,
    /// Calibrate even where a run is invalid
    #[arg(long)]
    force: bool,
    /// Print every number, for programs
    #[arg(long)]
    json: bool,
}

/// What runs of one version differ by.
pub(crate) struct Calibrate {
    /// Tables of all runs, patterns as they were typed.
    pub(crate) tables: Vec<PathBuf>,
    pub(crate) reading: Reading,
    pub(crate) output: Option<PathBuf>,
    pub(crate) changes: Vec<Size>,
    pub(crate) gate: Vec<Pattern>,
    pub(crate) runs_min: usize,
    pub(crate) force: bool,
    pub(crate) json: bool,
}

impl CalibrateArgs {
    /// What was meant.
    pub(super) fn meant(self) -> Calibrate {
        Calibrate {
            tables: self.tables,
            reading: self.units.reading(),
            output: self.output,
            changes: self.change,
            gate: self.gate,
            runs_min: self.units.runs_min(),
            force: self.force,
            json: self.json,
        }
    }
}

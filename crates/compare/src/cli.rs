//! The command line: what was typed, and what was meant.

mod calibrate;
mod key_size;
mod percent;
mod report_file;
mod units;

use std::path::PathBuf;

use clap::error::ErrorKind;
use clap::{
    ArgAction, ArgMatches, Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum,
};
use compare::agreement::Limits;
use compare::{Files, Pattern, Reading, Size, expand};
use outcome::Ppm;

pub(crate) use calibrate::Calibrate;
pub(crate) use report_file::ReportFile;
use units::Units;

const EXAMPLES: &str = "\
Examples:
  compare base.arrow cand.arrow                     two runs, or tables of several runs each
  compare base.arrow one.arrow two.arrow            candidates side by side, each against the first
  compare --base 'a/*.arrow' --cand b1.arrow b2.arrow b3.arrow
  compare base.parquet cand.csv --json | jq '.metrics[\"tier1/p99\"]'
  compare a.arrow b.arrow --threshold tier1/p99=5% --gate 'tier1/*,all/goodput' --strict
  compare a.arrow b.arrow --thresholds thresholds.toml
  compare a.arrow b.arrow --format github --report page.html --report result.xml
  compare calibrate runs/*.arrow -o limits.toml           what do runs of one version differ by?
  compare --agreement sim.arrow run1.arrow run2.arrow     is the simulation what was measured?

Method: with three runs a side or more the run is the unit, and the question is whether B regresses
on this trace; with fewer, blocks of scheduled time are, and the question is whether other traffic
would show it too. A failure is an infinite latency. All metrics that gate are corrected together
(Holm); a regression is beyond chance and at least as large as its threshold. METHODOLOGY.md has the
rest.

Thresholds: p50, p95 5%; p99 10%; slo_attainment 0.5pp; error_rate 0.2pp; goodput 1%.

CI: whatever is printed, Markdown is added to the step summary of GitHub where $GITHUB_STEP_SUMMARY
names its file.

Exit codes:
  0  no regression: ok, improved or inconclusive; with --agreement, they agree
  1  a regression; with --agreement: they do not agree, or there are too few requests to tell
  2  usage, unreadable or empty tables, different traces, an invalid run or sides that were not
     fired alike without --force; a report that cannot be written
  3  with --strict: inconclusive";

/// Did it get better or worse, on exactly the same traffic?
#[derive(Debug, Parser)]
#[command(name = "compare", version, after_help = EXAMPLES)]
#[command(args_conflicts_with_subcommands = true, disable_help_subcommand = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    /// Outcome tables (.arrow, .parquet, .csv, or plain CSV), each a side of its own: the baseline
    /// A first, then each candidate; with --agreement, the simulation, then measured runs
    #[arg(value_name = "TABLE", conflicts_with_all = ["base", "cand"])]
    tables: Vec<PathBuf>,
    /// Tables of the baseline, A; each may hold several runs and may be a pattern such as 'a/*'
    #[arg(long, value_name = "TABLE", num_args = 1.., requires = "cand")]
    base: Vec<PathBuf>,
    /// Tables of a candidate; once for each
    #[arg(long, value_name = "TABLE", num_args = 1.., action = ArgAction::Append, requires = "base")]
    cand: Vec<PathBuf>,
    /// What the sides are called, the baseline first [default: what was measured]
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    names: Vec<String>,
    /// Compare even where a run is invalid, or the sides were not fired alike
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    method: Method,
    #[command(flatten)]
    show: Show,
    #[command(flatten)]
    agreement: Agreement,
}

/// What is not a comparison of versions.
#[derive(Debug, Subcommand)]
enum Command {
    Calibrate(calibrate::CalibrateArgs),
}

/// How sides are judged.
#[derive(Debug, Args)]
#[command(next_help_heading = "Method")]
struct Method {
    /// Thresholds from a file (TOML), by hand or by `compare calibrate`
    #[arg(long, value_name = "FILE")]
    thresholds: Option<PathBuf>,
    /// The least change that matters: p99=10%, tier1/p99=5%, slo_attainment=0.5pp
    #[arg(long, value_name = "METRIC=SIZE", value_parser = key_size::parse)]
    threshold: Vec<(Pattern, Size)>,
    /// Metrics that count for the result, such as tier1/*,all/goodput [default: all]
    #[arg(long, value_name = "METRICS", value_delimiter = ',')]
    gate: Vec<Pattern>,
    /// Also judge the SLO classes within the tiers, among themselves; they gate if --gate names them
    #[arg(long)]
    by_class: bool,
    #[command(flatten)]
    units: Units,
    /// Exit with 3 where the result is inconclusive
    #[arg(long)]
    strict: bool,
}

/// How the result is shown.
#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
struct Show {
    /// What is printed
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// The same as --format json
    #[arg(long, conflicts_with = "format")]
    json: bool,
    /// Also write the result to a file, as its name ends: .html for a page with charts, .txt, .md,
    /// .json, or .xml for JUnit; may be repeated
    #[arg(long, value_name = "FILE", value_parser = report_file::parse)]
    report: Vec<ReportFile>,
    /// Colour: auto is on a terminal, without NO_COLOR
    #[arg(long, value_enum, value_name = "WHEN", default_value_t = Colour::Auto)]
    color: Colour,
}

/// Simulation against measurement.
#[derive(Debug, Args)]
#[command(next_help_heading = "Agreement")]
struct Agreement {
    /// Judge how far measured runs are from the simulation of their trace, and how much of that lag
    /// and overhead explain
    #[arg(long, conflicts_with_all = [
        "base", "cand", "names", "report", "color", "thresholds", "threshold", "gate", "by_class",
        "warmup", "blocks", "min_runs", "strict",
    ])]
    agreement: bool,
    /// Limit on p50 and p95, in per cent of the simulated one [default: 3%]
    #[arg(long, value_name = "PERCENT", requires = "agreement", value_parser = percent::parse)]
    within: Option<Ppm>,
    /// Limit on attainment, in percentage points [default: 0.5]
    #[arg(long, value_name = "POINTS", requires = "agreement", value_parser = percent::parse)]
    within_points: Option<Ppm>,
}

/// What is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// A table for people
    Text,
    /// Markdown, for step summaries and comments
    Md,
    /// A page for a browser, with charts
    Html,
    /// Every number, for programs
    Json,
    /// JUnit XML: a test for each metric that gates
    Junit,
    /// Workflow commands of GitHub Actions: an annotation for each finding
    Github,
}

/// When colours are used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Colour {
    /// On a terminal.
    Auto,
    /// Everywhere.
    Always,
    /// Nowhere.
    Never,
}

/// What is to be done.
pub(crate) enum Job {
    /// Candidates against a baseline.
    Judge(Judge),
    /// Measured runs beside a simulation.
    Agree(Agree),
    /// Runs of one version among themselves.
    Calibrate(Calibrate),
}

/// Candidates against a baseline.
pub(crate) struct Judge {
    /// The baseline, then at least one candidate.
    pub(crate) sides: Vec<Files>,
    pub(crate) reading: Reading,
    pub(crate) thresholds_file: Option<PathBuf>,
    pub(crate) thresholds: Vec<(Pattern, Size)>,
    pub(crate) gate: Vec<Pattern>,
    pub(crate) by_class: bool,
    pub(crate) runs_min: usize,
    pub(crate) strict: bool,
    pub(crate) force: bool,
    pub(crate) format: Format,
    pub(crate) reports: Vec<ReportFile>,
    pub(crate) colour: Colour,
}

/// Measured runs beside a simulation.
pub(crate) struct Agree {
    pub(crate) simulated: PathBuf,
    pub(crate) measured: Vec<PathBuf>,
    pub(crate) limits: Limits,
    pub(crate) json: bool,
    pub(crate) force: bool,
}

impl Cli {
    /// What is to be done; ends the program where it was not said properly, as clap does.
    pub(crate) fn job() -> Job {
        let matches = Self::command().get_matches();
        let typed = Self::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
        typed.meant(&matches).unwrap_or_else(|error| error.exit())
    }

    fn meant(self, matches: &ArgMatches) -> Result<Job, clap::Error> {
        if let Some(Command::Calibrate(typed)) = self.command {
            return Ok(Job::Calibrate(typed.meant()));
        }
        if self.agreement.agreement {
            return self.agree().map(Job::Agree);
        }
        let sides = self.sides(matches)?;
        let tables = sides.iter().flat_map(|side| &side.paths);
        report_file::check_apart(&self.show.report, tables.chain(&self.method.thresholds))
            .map_err(|problem| usage(&problem))?;
        Ok(Job::Judge(Judge {
            sides,
            reading: self.method.units.reading(),
            thresholds_file: self.method.thresholds,
            thresholds: self.method.threshold,
            gate: self.method.gate,
            by_class: self.method.by_class,
            runs_min: self.method.units.runs_min(),
            strict: self.method.strict,
            force: self.force,
            format: if self.show.json { Format::Json } else { self.show.format },
            reports: self.show.report,
            colour: self.show.color,
        }))
    }

    fn agree(self) -> Result<Agree, clap::Error> {
        let json = match self.show.format {
            Format::Text => self.show.json,
            Format::Json => true,
            Format::Md | Format::Html | Format::Junit | Format::Github => {
                return Err(usage("--agreement is shown as text or as JSON"));
            }
        };
        let mut tables = self.tables.into_iter();
        let simulated = tables.next();
        let measured: Vec<PathBuf> = tables.collect();
        let Some(simulated) = simulated.filter(|_| !measured.is_empty()) else {
            return Err(usage("--agreement needs the table of a simulation, then those of runs"));
        };
        let default = Limits::default();
        let limits = Limits {
            within: self.agreement.within.unwrap_or(default.within),
            within_points: self.agreement.within_points.unwrap_or(default.within_points),
        };
        Ok(Agree { simulated, measured, limits, json, force: self.force })
    }

    /// The tables of each side, patterns looked up.
    fn sides(&self, matches: &ArgMatches) -> Result<Vec<Files>, clap::Error> {
        let named = matches.get_occurrences::<PathBuf>("cand").into_iter().flatten();
        let typed: Vec<Vec<PathBuf>> = match self.base.is_empty() {
            true => self.tables.iter().map(|table| vec![table.clone()]).collect(),
            false => std::iter::once(self.base.clone())
                .chain(named.map(|paths| paths.cloned().collect()))
                .collect(),
        };
        if typed.len() < 2 {
            return Err(usage(
                "a baseline and a candidate are needed: compare base.arrow cand.arrow",
            ));
        }
        if self.names.iter().any(|name| name.trim().is_empty()) {
            return Err(usage("--names has an empty name; give one for each side"));
        }
        if !self.names.is_empty() && self.names.len() != typed.len() {
            let (names, sides) = (self.names.len(), typed.len());
            return Err(usage(&format!("--names has {names} for {sides} sides")));
        }
        let mut names = self.names.iter().cloned();
        let side = |paths: Vec<PathBuf>| {
            let paths = expand(&paths).map_err(|error| usage(&error.to_string()))?;
            Ok(Files { name: names.next(), paths })
        };
        typed.into_iter().map(side).collect()
    }
}

fn usage(problem: &str) -> clap::Error {
    Cli::command().error(ErrorKind::ValueValidation, problem)
}

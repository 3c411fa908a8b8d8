//! `sim fit`: a profile from a measured run.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use cluster::Law;

use crate::draft::Draft;
use crate::fit::{Choice, fit};

const EXAMPLES: &str = "\
Examples:
  sim fit run.arrow                                how long each model takes, and by which law
  sim fit run.arrow -o profile.toml                the same as a profile
  sim fit run.arrow --law table -o - | less        measured quantiles, to standard output
  sim traces/balanced.arrow --profile profile.toml

Times are done_ns - started_ns where the table has them. Where it has not, they are
done_ns - sent_ns of requests that found no other in flight, so measure with little load:
  replay traces/balanced.arrow --rate-scale 0.1 -o run.arrow

Exit codes: 0 done, 2 bad input, or too little to tell.";

/// What stands for standard output.
const STDOUT: &str = "-";

/// Estimates a service-time profile from a measured run
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct FitArgs {
    /// Outcome table of the run (.arrow, .parquet, .csv)
    #[arg(value_name = "RUN")]
    table: PathBuf,

    /// Where the profile goes: a file, or - for standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,

    /// Law of every model: auto (the simplest that is not refused), constant, exponential,
    /// lognormal, table or empirical
    #[arg(long, default_value = "auto", value_name = "LAW", value_parser = law, hide_possible_values = true)]
    law: LawChoice,

    /// Only these models, separated by commas
    #[arg(long, value_name = "MODELS", value_delimiter = ',')]
    model: Vec<String>,

    /// Print the fit as JSON
    #[arg(long)]
    json: bool,
}

/// `None` is auto.
#[derive(Clone, Copy, Debug)]
struct LawChoice(Option<Law>);

fn law(name: &str) -> Result<LawChoice, String> {
    if name == "auto" {
        return Ok(LawChoice(None));
    }
    let law = Law::ALL.into_iter().find(|law| law.name() == name);
    law.map(|law| LawChoice(Some(law))).ok_or_else(|| {
        let names = Law::ALL.map(Law::name).join(", ");
        format!("it must be auto, {names}")
    })
}

pub(crate) fn run(args: &FitArgs) -> anyhow::Result<()> {
    if args.json && is_stdout(args.output.as_deref()) {
        bail!("--json and --output - both want standard output: give one of them");
    }
    let choice = Choice { law: args.law.0, models: args.model.clone() };
    // An error of the table names it already.
    let fit = fit(&args.table, &choice)?;
    let mut text = if args.json { format!("{}\n", fit.to_json()) } else { fit.to_string() };
    match args.output.as_deref() {
        None => {}
        output if is_stdout(output) => text = fit.to_profile(),
        Some(path) => {
            write_whole(path, &fit.to_profile())
                .with_context(|| format!("{}: cannot write the profile", path.display()))?;
            if !args.json {
                text += &format!("\nprofile: {}\n", path.display());
            }
        }
    }
    super::print(&text)
}

fn is_stdout(output: Option<&Path>) -> bool {
    output == Some(Path::new(STDOUT))
}

/// The file appears whole or not at all.
fn write_whole(path: &Path, text: &str) -> std::io::Result<()> {
    let mut draft = Draft::create(path)?;
    draft.write_all(text.as_bytes())?;
    draft.publish()
}

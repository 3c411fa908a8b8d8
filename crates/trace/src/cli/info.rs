//! `trace info` as it is typed.

use std::path::PathBuf;

use clap::Args;

#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  trace info traces/urgent_heavy.arrow --json
  trace info t.arrow --profile p.toml --workers 4     how busy these workers would be")]
pub(crate) struct InfoArgs {
    /// Trace files; - for stdin
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// Service-time profile (TOML), as the emulated workers take it: adds the offered load, with
    /// requests served one by one
    #[arg(long, value_name = "FILE")]
    pub(crate) profile: Option<PathBuf>,
    /// How many workers there would be: adds how busy they are
    #[arg(long, value_name = "COUNT", requires = "profile",
          value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) workers: Option<u32>,
    /// Print one JSON object for each file
    #[arg(long)]
    pub(crate) json: bool,
}

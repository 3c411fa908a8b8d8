//! `trace plot` as it is typed.

use std::path::PathBuf;

use clap::Args;

#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  trace plot traces/balanced.arrow                 traces/balanced.html
  trace plot t.arrow -o t.svg                      one picture, for a document
  trace plot a.arrow b.arrow -o both.html          one page, a section for each

A page shows, against what the workload asks for: rate over time, gaps between arrivals, mix of
classes and models, bursts on each scale of time; and beside each chart its figures. It needs no
network and no script.")]
pub(crate) struct PlotArgs {
    /// Trace files; - for stdin
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// File to write: .html or .svg [default: beside each trace, with the ending .html]
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Print one JSON object for each file written
    #[arg(long)]
    pub(crate) json: bool,
}

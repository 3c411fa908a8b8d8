//! `trace scale`

use std::io::Write;

use trace::TraceReader;
use trace::edit::scale;

use super::derive;
use crate::cli::ScaleArgs;

pub(super) fn run(args: &ScaleArgs, out: &mut impl Write) -> anyhow::Result<()> {
    let reader = TraceReader::open(&args.file)?;
    // The provenance names the source by its digest, so it must be right.
    reader.verify_digest()?;
    derive::write(scale(&reader, args.factor), &args.output, "", out)
}

//! `trace cut`

use std::io::Write;

use trace::TraceReader;

use super::derive;
use crate::cli::CutArgs;

pub(super) fn run(args: &CutArgs, out: &mut impl Write) -> anyhow::Result<()> {
    let reader = TraceReader::open(&args.file)?;
    // The provenance names the source by its digest, so it must be right.
    reader.verify_digest()?;
    let note = format!(" of {}", reader.header().rows);
    derive::write(args.cut().of(&reader)?, &args.output, &note, out)
}

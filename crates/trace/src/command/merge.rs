//! `trace merge`

use std::io::Write;

use trace::TraceReader;
use trace::edit::merge;

use super::derive;
use crate::cli::MergeArgs;

pub(super) fn run(args: &MergeArgs, out: &mut impl Write) -> anyhow::Result<()> {
    let readers: Vec<TraceReader> =
        args.files.iter().map(|file| TraceReader::open(file)).collect::<Result<_, _>>()?;
    // The provenance names the sources by their digests, so these must be right.
    readers.iter().try_for_each(TraceReader::verify_digest)?;
    derive::write(merge(&readers)?, &args.output, ", ids given anew", out)
}

//! `trace convert`

use std::io::Write;

use anyhow::bail;
use trace::edit::convert;
use trace::{Salvage, TraceReader};

use super::derive;
use crate::cli::ConvertArgs;

pub(super) fn run(args: &ConvertArgs, out: &mut impl Write) -> anyhow::Result<()> {
    let reader = match args.salvage {
        true => {
            let (reader, salvage) = TraceReader::salvage(&args.file)?;
            report(reader.name(), &salvage)?;
            reader
        }
        false => TraceReader::open(&args.file)?,
    };
    derive::write(convert(&reader), &args.output, "", out)
}

/// Says what could not be kept, on stderr.
fn report(name: &str, salvage: &Salvage) -> anyhow::Result<()> {
    let Salvage { rows, bytes, batches_lost, problem } = salvage;
    match problem {
        None => eprintln!("trace: {name}: nothing is missing; {rows} rows"),
        Some(problem) if *rows == 0 => bail!("{name}: no whole batch is there: {problem}"),
        Some(problem) => eprintln!(
            "trace: {name}: kept {rows} rows out of {bytes} bytes, and left {batches_lost} batches \
             aside: {problem}"
        ),
    }
    Ok(())
}

//! What the commands that make a trace of others have in common.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Context as _;
use serde_json::json;
use trace::Written;
use trace::edit::{Derived, EditError};

use super::Interrupted;
use super::destination::Destination;
use super::generate::progress_bar;
use crate::cli::OutputArgs;

/// Makes the trace, puts it in its place and says so: on stderr where the trace goes to stdout.
pub(super) fn write(
    derived: Derived<'_>,
    args: &OutputArgs,
    note: &str,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let destination = Destination::new(&args.output, args.format)?;
    let interrupted = Arc::new(AtomicBool::new(false));
    signal_hook::flag::register(signal_hook::consts::SIGINT, Arc::clone(&interrupted))
        .context("cannot listen for interrupts")?;
    let written = write_to(derived, &destination, &interrupted);
    if interrupted.load(Ordering::Relaxed) {
        return Err(Interrupted.into());
    }
    let written = written?;
    match destination.is_stdout() {
        true => report(args, &destination, &written, note, &mut io::stderr()),
        false => report(args, &destination, &written, note, out),
    }
}

fn write_to(
    derived: Derived<'_>,
    destination: &Destination,
    interrupted: &Arc<AtomicBool>,
) -> anyhow::Result<Written<()>> {
    let file = destination.start(interrupted)?;
    let bar = progress_bar(&destination.name());
    let show = |rows, rows_max| {
        bar.set_length(rows_max);
        bar.set_position(rows);
    };
    let written = derived.write_as(destination.format(), file, show);
    bar.finish_and_clear();
    let written = written.map_err(|error| match error {
        EditError::Read(error) => anyhow::Error::new(error),
        EditError::Write(error) => anyhow::Error::new(destination.blame(error)),
        other => anyhow::Error::new(other),
    })?;
    destination.commit(written, interrupted)
}

fn report(
    args: &OutputArgs,
    destination: &Destination,
    written: &Written<()>,
    note: &str,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let Written { rows, digest, .. } = written;
    let (path, format) = (destination.name(), destination.format().name());
    if args.json {
        let line = json!({ "path": path, "format": format, "rows": rows, "digest": digest });
        writeln!(out, "{line}")?;
    } else {
        writeln!(out, "{path}  {rows} rows{note}  sha256 {digest}")?;
    }
    Ok(())
}

//! `trace gen`

use std::fs;
use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context as _, anyhow, ensure};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use request::Seed;
use trace::{GenerateToError, Workload, WorkloadFile, Written, generate_as, workload_schema};

use super::Interrupted;
use super::destination::Destination;
use super::text::seconds;
use crate::cli::GenArgs;

pub(super) fn run(args: &GenArgs, out: &mut impl Write) -> anyhow::Result<()> {
    if args.print_schema {
        return Ok(out.write_all(workload_schema().as_bytes())?);
    }
    if let Some(name) = &args.print_spec {
        return Ok(out.write_all(WorkloadFile::built_in(name)?.text().as_bytes())?);
    }
    let workloads = args.workloads()?;
    let destinations = destinations(args, &workloads)?;
    let interrupted = Arc::new(AtomicBool::new(false));
    signal_hook::flag::register(signal_hook::consts::SIGINT, Arc::clone(&interrupted))
        .context("cannot listen for interrupts")?;
    for ((workload, seed), destination) in workloads.iter().zip(&destinations) {
        let written = match write(args, workload, *seed, destination, &interrupted) {
            Err(_) if interrupted.load(Ordering::Relaxed) => return Err(Interrupted.into()),
            written => written?,
        };
        match destination.is_stdout() {
            true => report(args, workload, *seed, destination, &written, &mut io::stderr())?,
            false => report(args, workload, *seed, destination, &written, out)?,
        }
    }
    Ok(())
}

/// Where each workload goes.
fn destinations(
    args: &GenArgs,
    workloads: &[(Workload, Seed)],
) -> anyhow::Result<Vec<Destination>> {
    if let Some(path) = &args.output {
        ensure!(
            workloads.len() == 1,
            "-o names one file, for {} workloads; name one with --workload or --spec, or use \
             --output-dir",
            workloads.len()
        );
        return Ok(vec![Destination::new(path, args.format)?]);
    }
    let folder = &args.output_dir;
    fs::create_dir_all(folder).with_context(|| format!("{}: cannot create", folder.display()))?;
    let format = args.format.unwrap_or_default();
    let path = |workload: &Workload| folder.join(format!("{}.{format}", workload.name));
    workloads.iter().map(|(workload, _)| Destination::new(&path(workload), Some(format))).collect()
}

/// Draws a workload into a file.
fn write(
    args: &GenArgs,
    workload: &Workload,
    seed: Seed,
    destination: &Destination,
    interrupted: &Arc<AtomicBool>,
) -> anyhow::Result<Written<()>> {
    let file = destination.start(interrupted)?;
    let bar = progress_bar(&workload.name);
    let show = |rows, expected| {
        bar.set_length(expected);
        bar.set_position(rows);
    };
    let format = destination.format();
    let written = generate_as(format, file, workload, seed, args.threads, show);
    bar.finish_and_clear();
    let written = written.map_err(|error| match error {
        GenerateToError::Write(error) => anyhow!(destination.blame(error)),
        other => anyhow!(other),
    })?;
    destination.commit(written, interrupted)
}

/// A bar on stderr where that is a terminal, else nothing.
pub(super) fn progress_bar(name: &str) -> ProgressBar {
    let style = ProgressStyle::with_template("{prefix} {wide_bar} {percent:>3} % {eta:>4} left")
        .expect("the template is a constant");
    // A few times a second, and a short run not at all.
    ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(5))
        .with_style(style)
        .with_prefix(name.to_owned())
}

fn report(
    args: &GenArgs,
    workload: &Workload,
    seed: Seed,
    destination: &Destination,
    written: &Written<()>,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let Written { rows, digest, .. } = written;
    if args.json {
        let line = serde_json::json!({
            "path": destination.name(),
            "workload": workload.name,
            "seed": seed.0,
            "rows": rows,
            "classes": workload.active_classes().count(),
            "duration_ns": workload.duration.as_nanos() as u64,
            "digest": digest,
        });
        writeln!(out, "{line}")?;
        return Ok(());
    }
    writeln!(
        out,
        "{}  {rows} rows  {} classes  {}  sha256 {}",
        destination.name(),
        workload.active_classes().count(),
        seconds(workload.duration.as_nanos() as i64),
        digest
    )?;
    Ok(())
}

//! `trace gen`

use std::fs;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context as _, anyhow, ensure};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use request::Seed;
use trace::{GenerateToError, Workload, WorkloadFile, Written, generate_to, workload_schema};

use super::Interrupted;
use super::output_file::OutputFile;
use super::text::seconds;
use crate::cli::GenArgs;

/// A few batches of the file for each call of the operating system.
const BUFFER_SIZE: usize = 1 << 20;

pub(super) fn run(args: &GenArgs, out: &mut impl Write) -> anyhow::Result<()> {
    if args.print_schema {
        return Ok(out.write_all(workload_schema().as_bytes())?);
    }
    if let Some(name) = &args.print_spec {
        return Ok(out.write_all(WorkloadFile::built_in(name)?.text().as_bytes())?);
    }
    let workloads = args.workloads()?;
    let paths = paths(args, &workloads)?;
    let interrupted = Arc::new(AtomicBool::new(false));
    signal_hook::flag::register(signal_hook::consts::SIGINT, Arc::clone(&interrupted))
        .context("cannot listen for interrupts")?;
    for ((workload, seed), path) in workloads.iter().zip(&paths) {
        let written = match write(args, workload, *seed, path, &interrupted) {
            Err(_) if interrupted.load(Ordering::Relaxed) => return Err(Interrupted.into()),
            written => written?,
        };
        report(args, workload, *seed, path, &written, out)?;
    }
    Ok(())
}

/// Where each workload goes.
fn paths(args: &GenArgs, workloads: &[(Workload, Seed)]) -> anyhow::Result<Vec<PathBuf>> {
    if let Some(path) = &args.output {
        ensure!(
            workloads.len() == 1,
            "-o names one file, for {} workloads; name one with --workload or --spec, or use \
             --output-dir",
            workloads.len()
        );
        return Ok(vec![path.clone()]);
    }
    let folder = &args.output_dir;
    fs::create_dir_all(folder).with_context(|| format!("{}: cannot create", folder.display()))?;
    let path = |(workload, _): &(Workload, Seed)| folder.join(format!("{}.arrow", workload.name));
    Ok(workloads.iter().map(path).collect())
}

/// Draws a workload into a file.
fn write(
    args: &GenArgs,
    workload: &Workload,
    seed: Seed,
    path: &Path,
    interrupted: &Arc<AtomicBool>,
) -> anyhow::Result<Written<()>> {
    let file = OutputFile::create(path, interrupted)?;
    let bar = progress_bar(&workload.name);
    let show = |rows, expected| {
        bar.set_length(expected);
        bar.set_position(rows);
    };
    let file = BufWriter::with_capacity(BUFFER_SIZE, file);
    let written = generate_to(file, workload, seed, args.threads, show);
    bar.finish_and_clear();
    let Written { out, rows, digest } = written.map_err(|error| match error {
        // The library does not know what the file is called.
        GenerateToError::Write(error) => anyhow!("{}: {}", path.display(), error.fault),
        other => anyhow!(other),
    })?;
    let commit = || out.into_inner().map_err(std::io::IntoInnerError::into_error)?.commit();
    commit().with_context(|| format!("{}: cannot write", path.display()))?;
    Ok(Written { out: (), rows, digest })
}

/// A bar on stderr where that is a terminal, else nothing.
fn progress_bar(name: &str) -> ProgressBar {
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
    path: &Path,
    written: &Written<()>,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let Written { rows, digest, .. } = written;
    if args.json {
        let line = serde_json::json!({
            "path": path.display().to_string(),
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
        path.display(),
        workload.active_classes().count(),
        seconds(workload.duration.as_nanos() as i64),
        digest
    )?;
    Ok(())
}

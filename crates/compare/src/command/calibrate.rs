//! `compare calibrate`: what runs of one version differ by.

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, bail, ensure};
use compare::{
    Calibration, CalibrationReport, Files, Settings, Thresholds, calibrate, check_timing, expand,
    read,
};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::{print, whole};
use crate::cli::Calibrate;

pub(crate) fn run(arguments: &Calibrate) -> anyhow::Result<ExitCode> {
    if let Some(path) = &arguments.output {
        check_output(path)?;
    }
    let mut thresholds = Thresholds::default();
    thresholds.set_gate(arguments.gate.clone());
    let settings = Settings { thresholds, runs_min: arguments.runs_min, by_slo: false };
    let files = Files { name: None, paths: expand(&arguments.tables)? };
    let (traffic, sides) = read(&[files], arguments.reading)?;
    settings.thresholds.check_gate(&traffic.classes(settings.by_slo))?;
    if !arguments.force {
        check_timing(&sides)?;
    }
    let side = &sides[0];
    let bar = progress();
    let calibrated = calibrate(&traffic, side, &settings, &arguments.changes, |of| {
        bar.set_length(of as u64);
        bar.inc(1);
    });
    bar.finish_and_clear();
    let calibrated = calibrated?;
    if let Some(path) = &arguments.output {
        let kept = Calibration::new(&traffic, side, &calibrated);
        whole::write(path, &kept.to_toml(&calibrated, &settings))
            .with_context(|| format!("cannot write {}", path.display()))?;
    }
    let report = CalibrationReport { traffic: &traffic, side, calibrated: &calibrated };
    print(&match arguments.json {
        true => format!("{}\n", report.to_json()),
        false => format!("{report}{}\n", next(arguments.output.as_deref())),
    })?;
    Ok(ExitCode::SUCCESS)
}

/// Shows how many comparisons are made; nothing where stderr is no terminal.
fn progress() -> ProgressBar {
    let style = ProgressStyle::with_template("{bar:30} {pos} of {len} comparisons, {eta} to go");
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

/// Looks before the work whether the file may be written: nothing but an earlier calibration is
/// replaced, for a table of outcomes may have taken hours.
fn check_output(path: &Path) -> anyhow::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    if let Some(folder) = folder.filter(|folder| !folder.is_dir()) {
        bail!("cannot write {}: there is no folder {}", path.display(), folder.display());
    }
    if !path.exists() {
        return Ok(());
    }
    let earlier = path.is_file() && matches!(Thresholds::read(path), Ok((_, Some(_))));
    ensure!(
        earlier,
        "{} is there already, and is no calibration: only such files are replaced; name another",
        path.display()
    );
    Ok(())
}

/// The line that says what to do with it.
fn next(output: Option<&Path>) -> String {
    match output {
        Some(path) => {
            let path = path.display();
            format!("WROTE   {path}; use it: compare BASE CAND --thresholds {path}")
        }
        None => "NEXT    keep it with -o thresholds.toml, then: compare BASE CAND --thresholds \
            thresholds.toml"
            .into(),
    }
}

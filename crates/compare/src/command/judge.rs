//! `compare BASE CAND`: every candidate against the baseline.

use std::io::IsTerminal;
use std::process::ExitCode;

use compare::{
    CompareError, Comparison, Report, Settings, Side, Terminal, Thresholds, Traffic, check_lags,
    check_timing, compare, read,
};

use super::{print, report_files, step_summary, terminal};
use crate::cli::{Colour, Format, Judge};

pub(crate) fn run(arguments: &Judge) -> anyhow::Result<ExitCode> {
    let (mut thresholds, calibration) = match &arguments.thresholds_file {
        Some(path) => Thresholds::read(path)?,
        None => (Thresholds::default(), None),
    };
    for (pattern, size) in &arguments.thresholds {
        thresholds.set(pattern.clone(), *size)?;
    }
    if !arguments.gate.is_empty() {
        thresholds.set_gate(arguments.gate.clone());
    }
    let settings =
        Settings { thresholds, runs_min: arguments.runs_min, by_slo: arguments.by_class };
    let (traffic, sides) = read(&arguments.sides, arguments.reading)?;
    settings.thresholds.check_gate(&traffic.classes(settings.by_slo))?;
    if !arguments.force {
        check_timing(&sides)?;
    }
    let candidates = sides.iter().skip(1);
    let comparisons = candidates
        .map(|side| {
            let mut comparison = judged(&traffic, &sides[0], side, &settings, arguments.force)?;
            if let Some(calibration) = &calibration {
                calibration.apply(&traffic, &sides[0], side, &mut comparison);
            }
            Ok(comparison)
        })
        .collect::<anyhow::Result<Vec<_>>>()?;
    let report = Report::new(&traffic, &sides, &comparisons).strict(arguments.strict);
    let terminal = Terminal { columns: terminal::columns(), colour: coloured(arguments.colour) };
    let printed = print(&shown(&report, arguments.format, terminal));
    // Each of them where the others fail, so that a result is not lost for want of one place.
    step_summary::append(&report);
    let written = report_files::write(&arguments.reports, |format| {
        shown(&report, format, Terminal::default())
    });
    printed.and(written)?;
    Ok(ExitCode::from(report.exit_code()))
}

/// A candidate against the baseline, unless they were not fired alike.
fn judged(
    traffic: &Traffic,
    base: &Side,
    side: &Side,
    settings: &Settings,
    force: bool,
) -> anyhow::Result<Comparison> {
    let caution = match check_lags(traffic, base, side, settings) {
        Err(CompareError::Lags { problem }) if force => Some(problem),
        result => result?,
    };
    let mut comparison = compare(traffic, base, side, settings);
    comparison.cautions.extend(caution);
    Ok(comparison)
}

fn shown(report: &Report<'_>, format: Format, terminal: Terminal) -> String {
    match format {
        Format::Text => report.text(terminal),
        Format::Md => report.to_markdown(),
        Format::Html => report.to_html(),
        Format::Json => format!("{}\n", report.to_json()),
        Format::Junit => report.to_junit(),
        Format::Github => report.to_github(),
    }
}

fn coloured(colour: Colour) -> bool {
    match colour {
        Colour::Always => true,
        Colour::Never => false,
        Colour::Auto => {
            let unwanted = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
            std::io::stdout().is_terminal() && !unwanted
        }
    }
}

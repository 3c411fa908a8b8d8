//! Reports in files.

use anyhow::anyhow;

use super::whole;
use crate::cli::{Format, ReportFile};

/// Writes each report; one that cannot be written does not keep the others from it.
pub(super) fn write(
    reports: &[ReportFile],
    shown: impl Fn(Format) -> String,
) -> anyhow::Result<()> {
    let problem = |report: &ReportFile| {
        let error = whole::write(&report.path, &shown(report.format)).err()?;
        Some(format!("cannot write the report {}: {error}", report.path.display()))
    };
    let problems: Vec<_> = reports.iter().filter_map(problem).collect();
    if problems.is_empty() { Ok(()) } else { Err(anyhow!(problems.join("\n"))) }
}

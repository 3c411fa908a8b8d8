//! The step summary of GitHub Actions: Markdown that a job adds to a file, shown on its page.

use std::ffi::OsStr;
use std::fs::OpenOptions;
use std::io::{self, Write};

use compare::Report;

use super::complain::complain;

/// Names the file.
const VARIABLE: &str = "GITHUB_STEP_SUMMARY";

/// Adds the report where the variable names a file. One that cannot be written to is said, and
/// changes nothing about the result: it is beside what was asked for.
pub(super) fn append(report: &Report<'_>) {
    let Some(path) = std::env::var_os(VARIABLE).filter(|path| !path.is_empty()) else { return };
    if let Err(error) = append_to(&path, report) {
        complain(&format!("warning: cannot add to ${VARIABLE}, {}: {error}", path.display()));
    }
}

fn append_to(path: &OsStr, report: &Report<'_>) -> io::Result<()> {
    let mut file = OpenOptions::new().append(true).create(true).open(path)?;
    // Whoever wrote before may not have ended the line.
    file.write_all(format!("\n{}", report.to_markdown()).as_bytes())
}

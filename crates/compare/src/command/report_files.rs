//! Reports in files, which appear whole or not at all.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use anyhow::anyhow;

use crate::cli::{Format, ReportFile};

/// Writes each report; one that cannot be written does not keep the others from it.
pub(super) fn write(
    reports: &[ReportFile],
    shown: impl Fn(Format) -> String,
) -> anyhow::Result<()> {
    let problem = |report: &ReportFile| {
        let error = write_whole(&report.path, &shown(report.format)).err()?;
        Some(format!("cannot write the report {}: {error}", report.path.display()))
    };
    let problems: Vec<_> = reports.iter().filter_map(problem).collect();
    if problems.is_empty() { Ok(()) } else { Err(anyhow!(problems.join("\n"))) }
}

/// Writes `text` beside `path`, and gives it the name once all of it is on the disk: an older file
/// stays until then.
fn write_whole(path: &Path, text: &str) -> io::Result<()> {
    if path.is_dir() {
        return Err(ErrorKind::IsADirectory.into());
    }
    let mut partial = path.as_os_str().to_owned();
    partial.push(".partial");
    let partial = PathBuf::from(partial);
    let mut file = File::create(&partial)?;
    let written = file
        .write_all(text.as_bytes())
        .and_then(|()| file.sync_all())
        .and_then(|()| fs::rename(&partial, path));
    if written.is_err() {
        // Nothing more can be done about one that cannot be removed, and its name says what it is.
        let _ = fs::remove_file(&partial);
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_older_file_is_replaced_and_nothing_is_left() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("result.md");
        for text in ["an older and longer result", "a new one"] {
            write_whole(&path, text).unwrap();
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "something is left");
        assert!(write_whole(folder.path(), "").is_err(), "a folder");
        assert!(write_whole(&folder.path().join("none/result.md"), "").is_err(), "no folder");
    }
}

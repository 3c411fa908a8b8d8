//! The cells that have ended, in a file beside the table: a line each, added as it ends.
//!
//! The file outlives the sweep. A later one with more values on some axis takes from it what is
//! there, whatever plan it came from, because a cell is told by all that its figures depend on.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::SweepError;
use crate::Figures;

/// The first line.
const HEADER: &str = "reprise.sweep.journal 1\n";

/// A crash of the machine loses so many cells at most; a killed process loses none that ended.
const LINES_UNSYNCED_MAX: u32 = 64;

/// What is known of cells, and where more is written down.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    file: File,
    kept: BTreeMap<String, Figures>,
    /// How many lines could not be read.
    pub(super) torn_lines: usize,
    unsynced: u32,
}

#[derive(Serialize, Deserialize)]
struct Line<'a> {
    key: Cow<'a, str>,
    figures: Cow<'a, Figures>,
}

impl Journal {
    /// Where the journal of the table at `table` lies.
    #[must_use]
    pub fn beside(table: &Path) -> PathBuf {
        let mut path = table.as_os_str().to_owned();
        path.push(".journal");
        path.into()
    }

    /// Opens the journal at `path`, or begins it. What is torn in it is passed over: its cell runs
    /// again.
    ///
    /// # Errors
    /// Where the file is something else, or cannot be read and written.
    pub fn open(path: &Path) -> Result<Self, SweepError> {
        let content = match fs::read(path) {
            Err(error) if error.kind() == ErrorKind::NotFound => Vec::new(),
            content => content.map_err(SweepError::io("read", path))?,
        };
        let Some(lines) = content.strip_prefix(HEADER.as_bytes()) else {
            // A process that was killed at once leaves less than the first line.
            if HEADER.as_bytes().starts_with(&content) {
                return Self::begin(path);
            }
            return Err(SweepError::NoJournal { path: path.to_owned() });
        };
        let (mut kept, mut torn_lines) = (BTreeMap::new(), 0);
        for line in lines.split(|&byte| byte == b'\n').filter(|line| !line.is_empty()) {
            match serde_json::from_slice::<Line<'_>>(line) {
                Ok(line) => drop(kept.insert(line.key.into_owned(), line.figures.into_owned())),
                Err(_) => torn_lines += 1,
            }
        }
        let file = OpenOptions::new().append(true).open(path);
        let mut file = file.map_err(SweepError::io("write", path))?;
        if !content.ends_with(b"\n") {
            file.write_all(b"\n").map_err(SweepError::io("write", path))?;
        }
        Ok(Self { path: path.to_owned(), file, kept, torn_lines, unsynced: 0 })
    }

    /// Begins a journal at `path`, in the place of one that may be there.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn begin(path: &Path) -> Result<Self, SweepError> {
        let write = || {
            File::create(path)?.write_all(HEADER.as_bytes())?;
            OpenOptions::new().append(true).open(path)
        };
        let file = write().map_err(SweepError::io("write", path))?;
        Ok(Self { path: path.to_owned(), file, kept: BTreeMap::new(), torn_lines: 0, unsynced: 0 })
    }

    /// The figures of the cell with this key, once.
    pub(super) fn take(&mut self, key: &str) -> Option<Figures> {
        self.kept.remove(key)
    }

    /// Writes down a cell that has ended.
    pub(super) fn append(&mut self, key: &str, figures: &Figures) -> Result<(), SweepError> {
        let line = Line { key: Cow::Borrowed(key), figures: Cow::Borrowed(figures) };
        let mut line = serde_json::to_vec(&line).expect("figures are numbers and names");
        line.push(b'\n');
        self.unsynced += 1;
        // In one call, so that a process killed here leaves a whole line or a torn last one.
        self.file.write_all(&line).map_err(SweepError::io("write", &self.path))?;
        if self.unsynced >= LINES_UNSYNCED_MAX { self.sync() } else { Ok(()) }
    }

    /// Waits until all of it is on the disk.
    pub(super) fn sync(&mut self) -> Result<(), SweepError> {
        self.unsynced = 0;
        self.file.sync_data().map_err(SweepError::io("write", &self.path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ClassFigures, Scope};

    /// Numbers that have no short decimal.
    fn figures(number: u64) -> Figures {
        let third = number as f64 / 3.0;
        let all = ClassFigures {
            class: Scope::All,
            count: number,
            ok: number,
            slo_met: number,
            p50_ns: Some(number),
            p95_ns: Some(u64::MAX),
            p99_ns: None,
            wait_mean_ns: None,
            wait_p95_ns: Some(0),
            goodput_per_s: Some(third * 1e-7),
        };
        let classes = vec![all];
        Figures { utilisation: third, waiting_mean: 0.1 + 0.2, waiting_max: number, classes }
    }

    #[test]
    fn what_was_written_is_there_again_to_the_last_bit() {
        let folder = tempfile::tempdir().unwrap();
        let path = Journal::beside(&folder.path().join("s.parquet"));
        assert!(path.ends_with("s.parquet.journal"));
        let mut journal = Journal::open(&path).unwrap();
        for number in 0..200 {
            journal.append(&number.to_string(), &figures(number)).unwrap();
        }
        journal.sync().unwrap();
        let mut journal = Journal::open(&path).unwrap();
        for number in 0..200 {
            assert_eq!(journal.take(&number.to_string()), Some(figures(number)));
        }
        assert_eq!(journal.take("200"), None);
        assert_eq!(journal.torn_lines, 0);
    }

    /// Wherever the process was killed, what was whole is kept, and what follows is whole again.
    #[test]
    fn a_torn_journal_loses_what_was_torn_and_no_more() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        let mut journal = Journal::begin(&path).unwrap();
        journal.append("one", &figures(1)).unwrap();
        let one = fs::read(&path).unwrap().len();
        journal.append("two", &figures(2)).unwrap();
        let whole = fs::read(&path).unwrap();
        for length in 0..=whole.len() {
            fs::write(&path, &whole[..length]).unwrap();
            let mut journal = Journal::open(&path).unwrap();
            // The last byte is only the end of the line.
            assert_eq!(journal.take("one").is_some(), length >= one - 1, "{length}");
            assert_eq!(journal.take("two").is_some(), length >= whole.len() - 1, "{length}");
            journal.append("three", &figures(3)).unwrap();
            assert_eq!(Journal::open(&path).unwrap().take("three"), Some(figures(3)), "{length}");
        }
    }

    #[test]
    fn another_file_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        fs::write(&path, "reprise.journal 1 {}\n").unwrap();
        let error = Journal::open(&path).unwrap_err().to_string();
        assert!(error.contains("no journal of a sweep") && error.contains("--fresh"), "{error}");
        assert_eq!(fs::read(&path).unwrap(), b"reprise.journal 1 {}\n");
        assert!(Journal::begin(&path).is_ok());
    }
}

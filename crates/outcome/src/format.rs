//! The three file formats of the one table, told apart by the file's name.

use std::path::{Path, PathBuf};

use crate::OutcomeError;

/// Value of the metadata key `reprise.format` in every outcome table.
pub(crate) const FORMAT_NAME: &str = "outcome";

/// Versions of the format, all of which are read. It rises when an older reader would misread the
/// file or could not read it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Version {
    One,
    /// Added the columns `first_byte_ns` and `held_ns`, and the code `stale`.
    Two,
}

impl Version {
    const ALL: [Self; 2] = [Self::One, Self::Two];

    /// The one that is written.
    pub(crate) const CURRENT: Self = Self::Two;

    /// Its value of the metadata key `reprise.version`.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::One => "1",
            Self::Two => "2",
        }
    }

    /// The version called `name`, or `None` where this program does not know it.
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|version| version.name() == name)
    }
}

/// How a table lies on disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Arrow IPC file, `.arrow`.
    Arrow,
    /// Parquet, `.parquet`.
    Parquet,
    /// Comma-separated text, `.csv`, with its metadata beside it in `FILE.meta.json`.
    Csv,
}

impl Format {
    /// The format that the file's name asks for.
    ///
    /// # Errors
    /// Where the name does not end in `.arrow`, `.parquet` or `.csv`.
    pub fn of(path: &Path) -> Result<Self, OutcomeError> {
        match path.extension().and_then(|extension| extension.to_str()) {
            Some("arrow") => Ok(Self::Arrow),
            Some("parquet") => Ok(Self::Parquet),
            Some("csv") => Ok(Self::Csv),
            _ => Err(OutcomeError::UnknownFormat { path: path.into() }),
        }
    }
}

/// Where the metadata of the CSV table at `path` lies.
#[must_use]
pub fn sidecar(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".meta.json");
    name.into()
}

/// What ends the name of a journal.
const JOURNAL: &str = "journal";

/// Where the journal of the table at `path` lies.
pub(crate) fn journal(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(JOURNAL);
    name.into()
}

/// Whether the file at `path` is a journal by its name.
pub(crate) fn is_journal(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == JOURNAL)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_says_the_format() {
        assert_eq!(Format::of(Path::new("a/run.arrow")).unwrap(), Format::Arrow);
        assert_eq!(Format::of(Path::new("run.v2.parquet")).unwrap(), Format::Parquet);
        assert_eq!(Format::of(Path::new("run.csv")).unwrap(), Format::Csv);
        for name in ["run", "run.txt", ".arrow", "run.csv.gz", "-"] {
            let error = Format::of(Path::new(name)).unwrap_err().to_string();
            assert!(error.contains(".arrow, .parquet or .csv"), "{error}");
        }
        assert_eq!(sidecar(Path::new("a/run.csv")), Path::new("a/run.csv.meta.json"));
        assert_eq!(journal(Path::new("a/run.csv")), Path::new("a/run.csv.journal"));
        assert!(is_journal(Path::new("a/run.csv.journal")) && !is_journal(Path::new("a/journal")));
    }
}

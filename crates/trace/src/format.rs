//! The forms in which a trace lies on disk or passes through a pipe.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// The path that stands for standard input or output.
pub(crate) const PIPE: &str = "-";

/// How a trace lies on disk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// Arrow IPC file, `.arrow`: used where it lies, without being read first.
    #[default]
    Arrow,
    /// Arrow IPC stream, `.arrows`: can be read while it is written, and passes through a pipe.
    ArrowStream,
    /// Parquet, `.parquet`: the smallest.
    Parquet,
    /// Comma-separated text, `.csv`, with its metadata beside it in `FILE.csv.meta.json`.
    Csv,
}

/// A name that stands for no format.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' does not say a format; use arrow, arrows, parquet or csv")]
pub struct UnknownFormat(String);

impl Format {
    /// All there are.
    pub const ALL: [Self; 4] = [Self::Arrow, Self::ArrowStream, Self::Parquet, Self::Csv];

    /// Its name, which is also the extension of its files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Arrow => "arrow",
            Self::ArrowStream => "arrows",
            Self::Parquet => "parquet",
            Self::Csv => "csv",
        }
    }

    /// The format that a file of this name should be written in: a pipe, `-`, takes a stream, and
    /// a name without extension an Arrow file.
    ///
    /// # Errors
    /// Where the name has an extension that is none of the known ones.
    pub fn of(path: &Path) -> Result<Self, UnknownFormat> {
        if path == Path::new(PIPE) {
            return Ok(Self::ArrowStream);
        }
        match path.extension() {
            None => Ok(Self::Arrow),
            Some(extension) => extension
                .to_str()
                .and_then(|extension| extension.parse().ok())
                .ok_or_else(|| UnknownFormat(path.display().to_string())),
        }
    }
}

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(text: &str) -> Result<Self, UnknownFormat> {
        let format = Self::ALL.into_iter().find(|format| format.name() == text);
        format.ok_or_else(|| UnknownFormat(text.to_owned()))
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Where the metadata of the CSV table at `path` lies.
#[must_use]
pub fn sidecar_path(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".meta.json");
    name.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_says_the_format() {
        for (name, format) in [
            ("a/t.arrow", Format::Arrow),
            ("t.v2.arrows", Format::ArrowStream),
            ("-", Format::ArrowStream),
            ("t.parquet", Format::Parquet),
            ("t.csv", Format::Csv),
            ("/dev/full", Format::Arrow),
        ] {
            assert_eq!(Format::of(Path::new(name)), Ok(format), "{name}");
        }
        for name in ["t.txt", "t.csv.gz", "t.ARROW"] {
            let message = Format::of(Path::new(name)).unwrap_err().to_string();
            assert!(message.contains(name) && message.contains("parquet"), "{message}");
        }
        assert_eq!(sidecar_path(Path::new("a/t.csv")), Path::new("a/t.csv.meta.json"));
    }
}

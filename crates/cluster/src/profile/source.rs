//! Where the samples of an empirical law are: in the profile itself, or in a file beside it.

use std::fmt;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{MapAccess, SeqAccess, Visitor};

use super::samples::Samples;
use super::{is_time_ms, read_text};

/// The most samples that a profile repeats in its text: with them it still fits in the metadata of
/// a table, and stands on its own there.
const INLINE_MAX: usize = 1000;

/// The largest file of samples: some millions of them.
const FILE_BYTES_MAX: u64 = 64 << 20;

/// What `samples_ms` holds.
#[derive(Debug)]
pub(super) enum Source {
    /// `[12.5, 13.1]`
    Inline(Vec<f64>),
    /// `"times.csv"`
    File(PathBuf),
    /// `{ file = "times.csv", count = 20000, digest = ".." }`: a file that may not have changed.
    Pinned(Pinned),
}

/// A file of samples, and what tells its content from another.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Pinned {
    file: PathBuf,
    count: usize,
    digest: String,
}

impl Source {
    /// The file, where there is one.
    pub(super) fn file(&self) -> Option<&Path> {
        match self {
            Self::Inline(_) => None,
            Self::File(file) | Self::Pinned(Pinned { file, .. }) => Some(file),
        }
    }

    /// The samples in ms as they were written; `Err` says what is wrong with them.
    pub(super) fn read(&self, folder: Option<&Path>) -> Result<Samples, String> {
        let times_ms = match (self, folder) {
            (Self::Inline(times_ms), _) => times_ms.clone(),
            (Self::File(file) | Self::Pinned(Pinned { file, .. }), Some(folder)) => {
                let text = read_text(&folder.join(file), FILE_BYTES_MAX);
                parse(&text.map_err(|error| format!("cannot read it: {error}"))?)?
            }
            (Self::File(_) | Self::Pinned(_), None) => {
                return Err("this profile is no file, so there is no folder to look for it in: \
                            read the profile from its file"
                    .to_owned());
            }
        };
        if times_ms.is_empty() {
            return Err("there are no samples: give at least one time in ms".to_owned());
        }
        if let Some(index) = times_ms.iter().position(|&ms| !is_time_ms(ms)) {
            let (place, ms) = (index + 1, times_ms[index]);
            return Err(format!("sample {place} is {ms}; it must be above 0 and at most an hour"));
        }
        let samples = Samples::of_ms(&times_ms);
        self.check_pin(&samples)?;
        Ok(samples)
    }

    /// What identifies the samples in the place of their file's name; `None` where the profile's
    /// own text does already.
    pub(super) fn resolved(&self, samples: &Samples) -> Option<String> {
        match self {
            Self::Inline(_) | Self::Pinned(_) => None,
            Self::File(_) if samples.count() <= INLINE_MAX => Some(samples.to_toml()),
            Self::File(file) => {
                // TOML's own quoting; a path that came from a TOML string is text.
                let file = toml::Value::from(file.to_string_lossy().into_owned());
                let (count, digest) = (samples.count(), samples.digest());
                Some(format!("{{ file = {file}, count = {count}, digest = \"{digest}\" }}"))
            }
        }
    }

    /// Refuses samples that are not those that the profile was made with.
    fn check_pin(&self, samples: &Samples) -> Result<(), String> {
        let Self::Pinned(Pinned { count, digest, .. }) = self else { return Ok(()) };
        let (found_count, found_digest) = (samples.count(), samples.digest());
        if *count == found_count && *digest == found_digest {
            return Ok(());
        }
        Err(format!(
            "it holds {found_count} samples with digest {found_digest}, and the profile wants \
             {count} with {digest}: bring that file back, or give the file's name alone"
        ))
    }
}

/// One column of times: a number on each line, under a heading if there is one.
fn parse(text: &str) -> Result<Vec<f64>, String> {
    let mut times_ms = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let cell = line.trim();
        match cell.parse() {
            Ok(time_ms) => times_ms.push(time_ms),
            Err(_) if index == 0 || cell.is_empty() => {}
            Err(_) => {
                let place = index + 1;
                return Err(format!("line {place} is '{cell}'; give one time in ms on each line"));
            }
        }
    }
    Ok(times_ms)
}

impl<'de> Deserialize<'de> for Source {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Form)
    }
}

/// By hand, because an untagged enum cannot say what is wrong.
struct Form;

impl<'de> Visitor<'de> for Form {
    type Value = Source;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("times in ms, as in [12.5, 13.1], or the name of a file of them")
    }

    fn visit_str<E>(self, file: &str) -> Result<Source, E> {
        Ok(Source::File(file.into()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, times: A) -> Result<Source, A::Error> {
        Deserialize::deserialize(SeqAccessDeserializer::new(times)).map(Source::Inline)
    }

    fn visit_map<A: MapAccess<'de>>(self, fields: A) -> Result<Source, A::Error> {
        Deserialize::deserialize(MapAccessDeserializer::new(fields)).map(Source::Pinned)
    }
}

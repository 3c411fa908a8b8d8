//! Service-time profiles: how long each model takes and what it asks of a worker, as a TOML file
//! tells it.

mod entry;
mod error;
mod law;
mod model;
mod samples;
mod source;
mod table;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;
use std::time::Duration;

use request::{ModelId, Seed};
use serde::Deserialize;

use crate::ServiceTimes;
use entry::Entry;

pub use error::ProfileError;
pub use law::Law;
pub use model::ModelProfile;
pub(crate) use model::Times;

/// The profile of whoever names none.
const DEFAULT_PROFILE: &str = include_str!("default_profile.toml");

/// Version of the file format that this reader knows.
const VERSION: u32 = 1;

/// The largest profile that is read: some thousands of models, or a million samples.
const FILE_BYTES_MAX: u64 = 16 << 20;

/// Longest time that a profile may state, in ms: an hour.
const TIME_MS_MAX: f64 = 3_600_000.0;

/// Service times by model.
#[derive(Clone, Debug, PartialEq)]
pub struct Profile {
    /// Models in alphabetical order; the one of unnamed models, if there is one, is last.
    models: Vec<(String, ModelProfile)>,
    has_default: bool,
    text: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    version: u32,
    #[serde(default)]
    models: BTreeMap<String, Entry>,
    default: Option<Entry>,
}

impl Profile {
    /// Reads a profile file, and the samples in the files beside it that it names.
    ///
    /// # Errors
    /// Where the file cannot be read, is not TOML of the right shape, or holds a value that makes
    /// no sense.
    pub fn read(path: &Path) -> Result<Self, ProfileError> {
        let text = read_text(path, FILE_BYTES_MAX)
            .map_err(|source| ProfileError::Read { path: path.to_owned(), source })?;
        Self::parse_in(&text, path.parent())
    }

    /// Reads a profile from its text, which must hold its samples itself.
    ///
    /// # Errors
    /// As [`Profile::read`], and where samples are in a file.
    pub fn parse(text: &str) -> Result<Self, ProfileError> {
        Self::parse_in(text, None)
    }

    fn parse_in(text: &str, folder: Option<&Path>) -> Result<Self, ProfileError> {
        let document: Document = toml::from_str(text)?;
        if document.version != VERSION {
            return Err(ProfileError::Version(document.version));
        }
        let has_default = document.default.is_some();
        let mut entries: Vec<_> = document.models.into_iter().collect();
        entries.extend(document.default.map(|entry| ("default".to_owned(), entry)));
        if entries.is_empty() {
            return Err(ProfileError::Empty);
        }
        if entries.len() > usize::from(u16::MAX) {
            return Err(ProfileError::TooMany(entries.len()));
        }
        let mut models = Vec::with_capacity(entries.len());
        let mut replacements = Vec::new();
        for (name, entry) in entries {
            let (model, replacement) = entry.check(&name, folder)?;
            models.push((name, model));
            replacements.extend(replacement);
        }
        // From the end, so that what was replaced moves nothing that is yet to be.
        replacements.sort_by_key(|(range, _)| std::cmp::Reverse(range.start));
        let mut text = text.to_owned();
        for (range, replacement) in replacements {
            text.replace_range(range, &replacement);
        }
        Ok(Self { models, has_default, text })
    }

    /// The model of this name, or what stands for models that are not named.
    ///
    /// # Errors
    /// Where there is neither.
    pub fn model(&self, name: &str) -> Result<ModelId, ProfileError> {
        let named = self.named();
        let index = match named.binary_search_by(|(known, _)| known.as_str().cmp(name)) {
            Ok(index) => index,
            Err(_) if self.has_default => named.len(),
            Err(_) => {
                let known: Vec<&str> = named.iter().map(|(known, _)| known.as_str()).collect();
                let (model, known) = (name.to_owned(), known.join(", "));
                return Err(ProfileError::UnknownModel { model, known });
            }
        };
        Ok(ModelId(u16::try_from(index).expect("a profile has fewer than 65536 models")))
    }

    /// What the profile says of `model`.
    ///
    /// # Panics
    /// Where `model` does not come from [`Profile::model`].
    #[must_use]
    pub fn of(&self, model: ModelId) -> &ModelProfile {
        &self.models[usize::from(model.0)].1
    }

    /// Names and profiles, in the order of their [`ModelId`]; `default` stands last.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &ModelProfile)> {
        self.models.iter().map(|(name, model)| (name.as_str(), model))
    }

    /// The name of `model`, or `default`.
    ///
    /// # Panics
    /// As [`Profile::of`].
    #[must_use]
    pub fn name(&self, model: ModelId) -> &str {
        &self.models[usize::from(model.0)].0
    }

    /// The models, in the order of [`Profile::iter`].
    pub fn ids(&self) -> impl Iterator<Item = ModelId> + use<> {
        let count = u16::try_from(self.models.len()).expect("it was checked when it was read");
        (0..count).map(ModelId)
    }

    /// Mean service time of a batch of `size` requests of `model`.
    ///
    /// # Panics
    /// As [`Profile::of`].
    #[must_use]
    pub fn estimate(&self, model: ModelId, size: u32) -> Duration {
        self.of(model).mean(size)
    }

    /// 99th percentile of the service time of a batch of `size` requests of `model`.
    ///
    /// # Panics
    /// As [`Profile::of`].
    #[must_use]
    pub fn worst_case(&self, model: ModelId, size: u32) -> Duration {
        self.of(model).worst_case(size)
    }

    /// The text that the profile was read from. Samples that were in a file stand in it, or their
    /// number and digest where they are many, so that the text says what was simulated.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The service times that `seed` gives.
    #[must_use]
    pub fn service_times(&self, seed: Seed) -> ServiceTimes {
        ServiceTimes::new(self, seed)
    }

    fn named(&self) -> &[(String, ModelProfile)] {
        &self.models[..self.models.len() - usize::from(self.has_default)]
    }
}

impl Default for Profile {
    /// The built-in profile: times of the order that a CPU server shows.
    fn default() -> Self {
        Self::parse(DEFAULT_PROFILE).expect("a test reads the built-in profile")
    }
}

/// Reads a text file, unless it is longer: someone may name `/dev/zero`.
fn read_text(path: &Path, bytes_max: u64) -> io::Result<String> {
    let mut bytes = Vec::new();
    File::open(path)?.take(bytes_max + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > bytes_max {
        let problem = format!("it has more than {} MiB", bytes_max >> 20);
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, problem));
    }
    let not_text = |_| io::Error::new(io::ErrorKind::InvalidData, "it is not text in UTF-8");
    String::from_utf8(bytes).map_err(not_text)
}

/// A length of so many ns, at least 1: no service is free, and none ends when it starts.
pub(crate) fn nanos(nanos: f64) -> Duration {
    Duration::from_nanos(clamped_ns(nanos))
}

/// The same as a number of ns.
#[inline]
pub(crate) fn clamped_ns(nanos: f64) -> u64 {
    // `as` saturates, and the largest mean, cv and batch stay far below 2^64 ns in practice.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates")]
    let whole = nanos as u64;
    whole.clamp(1, i64::MAX as u64 / 4)
}

/// A time in ms as whole ns, at least 1.
fn whole_ns(ms: f64) -> u64 {
    // `as` saturates; times are at most an hour.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates")]
    let whole = libm::rint(ms * 1e6) as u64;
    whole.max(1)
}

/// Whether a profile may state this time; NaN is none.
fn is_time_ms(ms: f64) -> bool {
    ms > 0.0 && ms <= TIME_MS_MAX
}

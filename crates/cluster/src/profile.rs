//! Service-time profiles: how long each model takes, as a TOML file tells it.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use request::{ModelId, Seed};
use serde::Deserialize;

use crate::ServiceTimes;

/// The profile of whoever names none.
const DEFAULT_PROFILE: &str = include_str!("default_profile.toml");

/// Version of the file format that this reader knows.
const VERSION: u32 = 1;

/// Longest mean service time that a profile may state, in ms: an hour.
const MEAN_MS_MAX: f64 = 3_600_000.0;

/// Largest coefficient of variation that a profile may state.
const CV_MAX: f64 = 100.0;

/// Service times by model.
#[derive(Clone, Debug, PartialEq)]
pub struct Profile {
    /// Models in alphabetical order; the one of unnamed models, if there is one, is last.
    models: Vec<(String, ModelProfile)>,
    has_default: bool,
    text: String,
}

/// How long batches of one model take.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelProfile {
    /// Shape of the distribution.
    pub law: Law,
    /// Mean service time of one request, in ms.
    pub mean_ms: f64,
    /// Standard deviation over mean; for the log-normal law alone.
    #[serde(default)]
    pub cv: Option<f64>,
    /// The largest batch that a worker takes.
    #[serde(default = "one")]
    pub batch_size_max: u32,
    /// What each further request adds to a batch, as a share of the first one's time. With 1, a
    /// batch saves nothing.
    #[serde(default = "one_f64")]
    pub batch_marginal: f64,
}

/// Shape of a service-time distribution.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Law {
    /// Always the mean.
    Constant,
    /// Exponential with the mean; its coefficient of variation is 1.
    Exponential,
    /// Log-normal with the mean and `cv`.
    Lognormal,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    version: u32,
    #[serde(default)]
    models: BTreeMap<String, ModelProfile>,
    default: Option<ModelProfile>,
}

/// Why a profile cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ProfileError {
    /// The file cannot be read.
    #[error("cannot read the profile")]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The text is not TOML of the right shape.
    #[error("the profile is not understood")]
    Parse(#[from] toml::de::Error),
    /// The file is of a version that this program does not know.
    #[error("the profile has version {0}; this program reads version {VERSION}")]
    Version(u32),
    /// A value makes no sense.
    #[error("the profile's {field} of model '{model}' is {value}; it must be {rule}")]
    Value {
        /// The model, or `default`.
        model: String,
        /// The field.
        field: &'static str,
        /// What it holds.
        value: String,
        /// What it may hold.
        rule: &'static str,
    },
    /// It says nothing of any model.
    #[error("the profile names no model: add [models.NAME] or [default]")]
    Empty,
    /// A request asks for a model that the profile does not know.
    #[error(
        "the profile has no model '{model}' (it has: {known}): add [models.{model}] or [default]"
    )]
    UnknownModel {
        /// The model asked for.
        model: String,
        /// The models there are.
        known: String,
    },
}

impl Profile {
    /// Reads a profile file.
    ///
    /// # Errors
    /// Where the file cannot be read, is not TOML of the right shape, or holds a value that makes
    /// no sense.
    pub fn read(path: &Path) -> Result<Self, ProfileError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| ProfileError::Read { path: path.to_owned(), source })?;
        Self::parse(&text)
    }

    /// Reads a profile from its text.
    ///
    /// # Errors
    /// As [`Profile::read`].
    pub fn parse(text: &str) -> Result<Self, ProfileError> {
        let file: File = toml::from_str(text)?;
        if file.version != VERSION {
            return Err(ProfileError::Version(file.version));
        }
        let has_default = file.default.is_some();
        let mut models: Vec<_> = file.models.into_iter().collect();
        models.extend(file.default.map(|profile| ("default".to_owned(), profile)));
        if models.is_empty() {
            return Err(ProfileError::Empty);
        }
        for (name, model) in &models {
            model.check(name)?;
        }
        Ok(Self { models, has_default, text: text.to_owned() })
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

    /// The text that the profile was read from.
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

impl ModelProfile {
    /// Mean service time of a batch of `size` requests.
    #[must_use]
    pub fn mean(&self, size: u32) -> Duration {
        nanos(self.mean_ms * 1e6 * self.batch_factor(size))
    }

    /// What a batch of `size` takes, as a multiple of one request.
    pub(crate) fn batch_factor(&self, size: u32) -> f64 {
        1.0 + self.batch_marginal * f64::from(size.saturating_sub(1))
    }

    fn check(&self, model: &str) -> Result<(), ProfileError> {
        let value = |field, value: &dyn fmt::Display, rule| {
            Err(ProfileError::Value {
                model: model.to_owned(),
                field,
                value: value.to_string(),
                rule,
            })
        };
        if !(self.mean_ms > 0.0 && self.mean_ms <= MEAN_MS_MAX) {
            return value("mean_ms", &self.mean_ms, "above 0 and at most an hour");
        }
        match (self.law, self.cv) {
            (Law::Lognormal, None) => return value("cv", &"missing", "given for law 'lognormal'"),
            (Law::Lognormal, Some(cv)) if !(cv > 0.0 && cv <= CV_MAX) => {
                return value("cv", &cv, "above 0 and at most 100");
            }
            (Law::Constant | Law::Exponential, Some(cv)) => {
                return value("cv", &cv, "left out, unless the law is 'lognormal'");
            }
            _ => {}
        }
        if self.batch_size_max == 0 {
            return value("batch_size_max", &self.batch_size_max, "at least 1");
        }
        if !(self.batch_marginal >= 0.0 && self.batch_marginal <= 1.0) {
            return value("batch_marginal", &self.batch_marginal, "from 0 to 1");
        }
        Ok(())
    }
}

/// A length of so many ns, at least 1: no service is free, and none ends when it starts.
pub(crate) fn nanos(nanos: f64) -> Duration {
    // `as` saturates, and the largest mean, cv and batch stay far below 2^64 ns in practice.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates")]
    let whole = nanos as u64;
    Duration::from_nanos(whole.clamp(1, i64::MAX as u64 / 4))
}

fn one() -> u32 {
    1
}

fn one_f64() -> f64 {
    1.0
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The error and what caused it, as a program prints them.
    fn error(text: &str) -> String {
        let error = Profile::parse(text).unwrap_err();
        let cause = std::error::Error::source(&error).map(ToString::to_string);
        format!("{error}: {}", cause.unwrap_or_default())
    }

    #[test]
    fn the_default_profile_reads_and_knows_every_model() {
        let profile = Profile::default();
        assert!(profile.model("resnet50").is_ok());
        assert_ne!(profile.model("resnet50").unwrap(), profile.model("vit").unwrap());
        assert!(profile.model("never heard of").is_ok());
    }

    #[test]
    fn a_model_without_a_profile_is_named_with_those_there_are() {
        let text = "version = 1\n[models.a]\nlaw = \"constant\"\nmean_ms = 1\n[models.b]\nlaw = \"constant\"\nmean_ms = 1";
        let error = Profile::parse(text).unwrap().model("c").unwrap_err().to_string();
        assert_eq!(
            error,
            "the profile has no model 'c' (it has: a, b): add [models.c] or [default]"
        );
    }

    #[test]
    fn means_are_exact_and_grow_with_the_batch() {
        let text = "version = 1\n[default]\nlaw = \"constant\"\nmean_ms = 12.5\nbatch_size_max = 4\nbatch_marginal = 0.5";
        let profile = Profile::parse(text).unwrap();
        let model = profile.of(profile.model("x").unwrap());
        assert_eq!(model.mean(1), Duration::from_micros(12_500));
        assert_eq!(model.mean(3), Duration::from_micros(25_000));
    }

    #[test]
    fn values_that_make_no_sense_are_refused_by_name() {
        let with = |line: &str| format!("version = 1\n[models.m]\n{line}\n");
        assert!(
            error(&with("law = \"constant\"\nmean_ms = 0")).contains("mean_ms of model 'm' is 0")
        );
        assert!(error(&with("law = \"constant\"\nmean_ms = nan")).contains("NaN"));
        assert!(error(&with("law = \"constant\"\nmean_ms = 1e9")).contains("an hour"));
        assert!(error(&with("law = \"lognormal\"\nmean_ms = 1")).contains("cv"));
        assert!(error(&with("law = \"lognormal\"\nmean_ms = 1\ncv = -1")).contains("-1"));
        assert!(error(&with("law = \"constant\"\nmean_ms = 1\ncv = 1")).contains("left out"));
        assert!(error(&with("law = \"weird\"\nmean_ms = 1")).contains("weird"));
        assert!(error(&with("law = \"constant\"\nmean_ms = 1\nspeed = 2")).contains("speed"));
        assert!(
            error(&with("law = \"constant\"\nmean_ms = 1\nbatch_size_max = 0"))
                .contains("at least 1")
        );
        assert!(error("version = 2\n").contains("version 2"));
        assert!(error("version = 1\n").contains("names no model"));
        assert!(error("version = ").contains("line 1"));
    }
}

//! How many workers a trace would keep busy, by the mean service times of a profile.
//!
//! A profile is the file that the emulated workers read. Here only its means count, so fields that
//! tell spread and batches are passed over.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::Stats;

/// Version of the profile format that this reader knows.
const VERSION: u32 = 1;

/// Longest mean that a profile may state, in ms: an hour.
const MEAN_MS_MAX: f64 = 3_600_000.0;

/// Largest profile that is read.
const FILE_BYTES_MAX: u64 = 16 << 20;

/// Mean service time of one request, by model.
#[derive(Clone, Debug, PartialEq)]
pub struct ServiceMeans {
    models: BTreeMap<String, f64>,
    default: Option<f64>,
}

/// Why a profile says nothing of service times.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServiceMeansError {
    /// The file cannot be read.
    #[error("cannot read the profile: {0}")]
    Read(std::io::Error),
    /// It is no text file of a sensible size.
    #[error("not a profile: {0}")]
    NotAProfile(&'static str),
    /// The text is not TOML of the right shape.
    #[error("the profile is not understood: {0}")]
    Parse(#[from] toml::de::Error),
    /// The file is of another version.
    #[error("the profile has version {0}; this program reads version {VERSION}")]
    Version(u32),
    /// A mean makes no sense.
    #[error(
        "the profile's mean_ms of model '{model}' is {mean_ms}; give ms above 0 and at most an hour"
    )]
    Mean {
        /// The model, or `default`.
        model: String,
        /// What the profile says.
        mean_ms: f64,
    },
    /// It says nothing of any model.
    #[error("the profile names no model: add [models.NAME] or [default]")]
    Empty,
    /// The trace asks for a model that the profile does not know.
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

/// The work that a trace brings, if requests are served one by one.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OfferedLoad {
    /// Mean service time over all requests; `None` without rows.
    pub mean_service_ms: Option<f64>,
    /// Workers that are busy on average: rate times mean service time. `None` where the trace has
    /// no length.
    pub workers_busy: Option<f64>,
    /// The fewest workers that could keep up: utilisation below 1.
    pub workers_min: Option<u64>,
    /// By model, in the order of the trace.
    pub models: Vec<ModelLoad>,
}

/// The work that requests of one model bring.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ModelLoad {
    /// Its name.
    pub model: String,
    /// Mean service time of one request.
    pub mean_service_ms: f64,
    /// Workers that it keeps busy on average.
    pub workers_busy: Option<f64>,
}

#[derive(Deserialize)]
struct File {
    version: u32,
    #[serde(default)]
    models: BTreeMap<String, Entry>,
    default: Option<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    mean_ms: f64,
}

impl ServiceMeans {
    /// Reads a profile file.
    ///
    /// # Errors
    /// Where the file cannot be read, is not TOML of the right shape, or holds a mean that makes no
    /// sense.
    pub fn read(path: &Path) -> Result<Self, ServiceMeansError> {
        let kind = std::fs::metadata(path).map_err(ServiceMeansError::Read)?;
        if !kind.is_file() {
            return Err(ServiceMeansError::NotAProfile("give a regular file"));
        }
        if kind.len() > FILE_BYTES_MAX {
            return Err(ServiceMeansError::NotAProfile("it has more than 16 MiB"));
        }
        let bytes = std::fs::read(path).map_err(ServiceMeansError::Read)?;
        let text = String::from_utf8(bytes)
            .map_err(|_| ServiceMeansError::NotAProfile("it is not text in UTF-8"))?;
        Self::parse(&text)
    }

    /// Reads a profile from its text.
    ///
    /// # Errors
    /// As [`ServiceMeans::read`].
    pub fn parse(text: &str) -> Result<Self, ServiceMeansError> {
        let file: File = toml::from_str(text)?;
        if file.version != VERSION {
            return Err(ServiceMeansError::Version(file.version));
        }
        let models: BTreeMap<String, f64> =
            file.models.into_iter().map(|(name, entry)| (name, entry.mean_ms)).collect();
        let default = file.default.map(|entry| entry.mean_ms);
        let told = models.iter().map(|(name, mean)| (name.as_str(), *mean));
        let mut told = told.chain(default.map(|mean| ("default", mean))).peekable();
        if told.peek().is_none() {
            return Err(ServiceMeansError::Empty);
        }
        let sensible = |mean_ms: f64| mean_ms > 0.0 && mean_ms <= MEAN_MS_MAX;
        if let Some((model, mean_ms)) = told.find(|&(_, mean_ms)| !sensible(mean_ms)) {
            return Err(ServiceMeansError::Mean { model: model.to_owned(), mean_ms });
        }
        Ok(Self { models, default })
    }

    /// Mean service time of one request for this model, in ms.
    ///
    /// # Errors
    /// Where the profile has neither the model nor a default.
    pub fn mean_ms(&self, model: &str) -> Result<f64, ServiceMeansError> {
        self.models.get(model).copied().or(self.default).ok_or_else(|| {
            let known: Vec<&str> = self.models.keys().map(String::as_str).collect();
            let (model, known) = (model.to_owned(), known.join(", "));
            ServiceMeansError::UnknownModel { model, known }
        })
    }
}

impl OfferedLoad {
    /// What the requests of a trace add up to.
    ///
    /// # Errors
    /// Where the profile says nothing of a model that is asked for.
    pub fn of(stats: &Stats, means: &ServiceMeans) -> Result<Self, ServiceMeansError> {
        let span_s = stats.span_ns as f64 / 1e9;
        let busy = |rows: f64, mean_ms: f64| (span_s > 0.0).then(|| rows / span_s * mean_ms / 1e3);
        let (mut models, mut work_ms) = (Vec::new(), 0.0);
        for model in stats.models.iter().filter(|model| model.rows > 0) {
            let mean_service_ms = means.mean_ms(&model.model)?;
            let rows = model.rows as f64;
            work_ms += rows * mean_service_ms;
            let workers_busy = busy(rows, mean_service_ms);
            models.push(ModelLoad { model: model.model.clone(), mean_service_ms, workers_busy });
        }
        let mean_service_ms = (stats.rows > 0).then(|| work_ms / stats.rows as f64);
        let workers_busy = mean_service_ms.and_then(|mean| busy(stats.rows as f64, mean));
        // Below 1, not at most: a worker that is busy all the time falls behind for ever.
        let workers_min = workers_busy.map(|busy| libm::floor(busy) as u64 + 1);
        Ok(Self { mean_service_ms, workers_busy, workers_min, models })
    }

    /// Busy share of this many workers; above 1 where they cannot keep up.
    #[must_use]
    pub fn utilisation(&self, workers: u32) -> Option<f64> {
        self.workers_busy.map(|busy| busy / f64::from(workers))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_means_count() {
        let text = "version = 1\nfuture = 3\n[models.a]\nlaw = \"new\"\nmean_ms = 12.5\n\
                    [default]\nmean_ms = 4";
        let means = ServiceMeans::parse(text).unwrap();
        assert_eq!(means.mean_ms("a").unwrap(), 12.5);
        assert_eq!(means.mean_ms("b").unwrap(), 4.0);
    }

    #[test]
    fn what_makes_no_sense_is_said() {
        let error = |text: &str| ServiceMeans::parse(text).unwrap_err().to_string();
        assert!(error("version = 2").contains("version 2"));
        assert!(error("version = 1").contains("names no model"));
        assert!(error("version = 1\n[models.a]\nlaw = \"constant\"").contains("mean_ms"));
        for mean in ["0", "-1", "nan", "inf", "1e9"] {
            let text = format!("version = 1\n[models.a]\nmean_ms = {mean}");
            assert!(error(&text).contains("mean_ms of model 'a'"), "{mean}");
        }
        assert!(error("mean").contains("line 1"));
        let means = ServiceMeans::parse("version = 1\n[models.a]\nmean_ms = 1").unwrap();
        let error = means.mean_ms("b").unwrap_err().to_string();
        assert_eq!(error, "the profile has no model 'b' (it has: a): add [models.b] or [default]");
    }
}

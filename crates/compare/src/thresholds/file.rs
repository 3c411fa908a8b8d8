//! Thresholds in a file, written by hand or by `compare calibrate`.
//!
//! ```toml
//! gate = ["tier1/*", "all/goodput"]   # all metrics where it is left out
//!
//! [thresholds]
//! p50 = "3%"
//! "tier1/p99" = "5%"
//! "tier3/slo_attainment" = "2pp"
//! ```

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::{Pattern, Size, Thresholds};
use crate::Calibration;

/// Why thresholds cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ThresholdsError {
    /// The file cannot be read.
    #[error("cannot read {}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file is no TOML, or has keys that nothing knows.
    #[error("{}: not a file of thresholds: {problem}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong, and where.
        problem: String,
    },
    /// A gate names a metric that is not there.
    #[error(
        "the gate `{pattern}` names no metric of this report, so it would pass everything; there \
        are the classes {}, goodput of `all` alone, and SLO classes with --by-class",
        classes.join(", ")
    )]
    Gate {
        /// As it was typed.
        pattern: String,
        /// The classes that there are.
        classes: Vec<String>,
    },
    /// A threshold does not fit its metric.
    #[error("threshold of {key}: {problem}")]
    Size {
        /// The metrics.
        key: String,
        /// What is wrong.
        problem: String,
    },
}

/// The file as it is written.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    #[serde(default)]
    gate: Vec<String>,
    #[serde(default)]
    thresholds: BTreeMap<String, String>,
    calibration: Option<toml::Table>,
}

impl Thresholds {
    /// Reads the thresholds at `path`, and the calibration beside them, if there is one.
    ///
    /// # Errors
    /// Where the file cannot be read or understood.
    pub fn read(path: &Path) -> Result<(Self, Option<Calibration>), ThresholdsError> {
        let io = |source| ThresholdsError::Io { path: path.into(), source };
        let text = std::fs::read_to_string(path).map_err(io)?;
        let bad = |problem: String| ThresholdsError::File { path: path.into(), problem };
        let document: Document = toml::from_str(&text).map_err(|error| bad(error.to_string()))?;
        let pattern = |key: &str| -> Result<Pattern, ThresholdsError> {
            key.parse().map_err(|problem| bad(format!("key `{key}`: {problem}")))
        };
        let mut thresholds = Self::default();
        for (key, size) in &document.thresholds {
            let size: Size = size.parse().map_err(|problem| bad(format!("{key}: {problem}")))?;
            let pattern = pattern(key)?;
            super::check(&pattern, size).map_err(|error| bad(error.to_string()))?;
            thresholds.stored.push((pattern, size));
        }
        let gate = document.gate.iter().map(|key| pattern(key));
        thresholds.set_gate(gate.collect::<Result<_, _>>()?);
        let calibration = document.calibration.map(Calibration::from_table).transpose();
        Ok((thresholds, calibration.map_err(bad)?))
    }
}

//! Why a profile cannot be used.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use super::VERSION;

/// Why a profile cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
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
        field: Cow<'static, str>,
        /// What it holds.
        value: String,
        /// What it may hold.
        rule: Cow<'static, str>,
    },
    /// The samples of a model cannot be had.
    #[error("the profile's samples_ms of model '{model}'{}: {problem}", in_file(file.as_deref()))]
    Samples {
        /// The model, or `default`.
        model: String,
        /// The file they are in, if it is one.
        file: Option<PathBuf>,
        /// What is wrong, where, and what to do.
        problem: String,
    },
    /// It says nothing of any model.
    #[error("the profile names no model: add [models.NAME] or [default]")]
    Empty,
    /// It names more models than there are numbers for them.
    #[error("the profile names {0} models; at most 65535 are told apart")]
    TooMany(usize),
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

fn in_file(file: Option<&Path>) -> String {
    file.map(|file| format!(" in {}", file.display())).unwrap_or_default()
}

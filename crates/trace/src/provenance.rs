//! Where the rows of a trace come from, when they are not simply what the workload draws.
//!
//! An import, a recording or a cut adds a [`Step`]; the steps stand in the file's metadata, oldest
//! first, so that a figure can be followed back to the bytes that it came from.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// One thing that was done to make the rows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// What was done, by the name of the command: `import`, `cut`, `merge`, `scale`, `record`.
    pub operation: String,
    /// How it was done: options and choices, as text.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub parameters: BTreeMap<String, String>,
    /// What it was done to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<Source>,
}

/// An input of a [`Step`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// Name of the file without its folder, which differs from machine to machine.
    pub name: String,
    /// SHA-256 of the file's bytes, in hexadecimal; for a file of another program.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// Digest of the logical content; for a trace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
    /// Number of rows that it held.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows: Option<u64>,
}

//! Where the rows of a trace come from, when they are not simply what the workload draws.
//!
//! An import, a recording or a cut adds a [`Step`]; the steps stand in the file's metadata, oldest
//! first, so that a figure can be followed back to the bytes that it came from.

use std::collections::BTreeMap;
use std::fmt;

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

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.operation)?;
        for (name, value) in &self.parameters {
            write!(f, ", {name} {value}")?;
        }
        for (index, source) in self.sources.iter().enumerate() {
            write!(f, "{}{source}", if index == 0 { ", of " } else { " and " })?;
        }
        Ok(())
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let facts = [
            self.sha256.as_ref().map(|hash| format!("sha256 {hash}")),
            self.digest.as_ref().map(|digest| format!("digest {digest}")),
            self.rows.map(|rows| format!("{rows} rows")),
        ];
        let facts: Vec<String> = facts.into_iter().flatten().collect();
        match facts.is_empty() {
            true => write!(f, "{}", self.name),
            false => write!(f, "{} ({})", self.name, facts.join(", ")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_is_one_line() {
        let step = Step {
            operation: "import".to_owned(),
            parameters: [("format".to_owned(), "azure".to_owned())].into(),
            sources: vec![Source {
                name: "log.csv".to_owned(),
                sha256: Some("ab".to_owned()),
                digest: None,
                rows: Some(7),
            }],
        };
        assert_eq!(step.to_string(), "import, format azure, of log.csv (sha256 ab, 7 rows)");
        let bare = Step { operation: "cut".to_owned(), ..Step::default() };
        assert_eq!(bare.to_string(), "cut");
    }
}

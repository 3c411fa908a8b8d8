//! Which requests a number is about: `all`, `tier1` or `tier1/urgent`.

use std::fmt;
use std::str::FromStr;

use request::Tier;
use serde::{Deserialize, Serialize};

/// Which requests a number is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Scope {
    /// All of them.
    All,
    /// Those of a tier.
    Tier(Tier),
    /// Those of a tier and an SLO class.
    Class(Tier, String),
}

/// Why a text names no requests.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "'{0}' is no class: write all, tier1 to tier3, or a tier and its SLO class as tier1/urgent"
)]
pub struct ScopeError(String);

impl FromStr for Scope {
    type Err = ScopeError;

    fn from_str(text: &str) -> Result<Self, ScopeError> {
        let error = || ScopeError(text.to_owned());
        if text == "all" {
            return Ok(Self::All);
        }
        let of_tier = text.strip_prefix("tier").ok_or_else(error)?;
        let (number, slo) = match of_tier.split_once('/') {
            Some((number, slo)) => (number, Some(slo)),
            None => (of_tier, None),
        };
        let tier = Tier::ALL.into_iter().find(|tier| tier.to_string() == number);
        let tier = tier.ok_or_else(error)?;
        Ok(slo.map_or(Self::Tier(tier), |slo| Self::Class(tier, slo.to_owned())))
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str("all"),
            Self::Tier(tier) => write!(f, "tier{tier}"),
            Self::Class(tier, slo) => write!(f, "tier{tier}/{slo}"),
        }
    }
}

impl TryFrom<String> for Scope {
    type Error = ScopeError;

    fn try_from(text: String) -> Result<Self, ScopeError> {
        text.parse()
    }
}

impl From<Scope> for String {
    fn from(scope: Scope) -> Self {
        scope.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_they_are_written() {
        for name in ["all", "tier1", "tier3", "tier2/urgent", "tier1/a/b"] {
            assert_eq!(name.parse::<Scope>().unwrap().to_string(), name);
        }
        for name in ["", "tier", "tier0", "tier4", "tier01", "urgent", "All"] {
            let error = name.parse::<Scope>().unwrap_err().to_string();
            assert!(error.starts_with(&format!("'{name}' is no class: ")), "{error}");
        }
    }
}

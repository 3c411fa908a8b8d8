//! Names of metrics with room in them.

use std::fmt;
use std::str::FromStr;

use crate::{Class, MetricKind};

/// Names metrics: `p99`, `tier1/p99`, `tier1/*`, `*/p99`, `tier1.urgent/p50`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    /// Name of the class; `None` for every class of the report.
    pub(super) class: Option<String>,
    /// `None` for every metric.
    pub(super) kind: Option<MetricKind>,
}

impl Pattern {
    /// Whether it names this metric. One that names no class does not name SLO classes.
    pub(super) fn names(&self, class: &Class, kind: MetricKind) -> bool {
        let of_class = match &self.class {
            None => !matches!(class, Class::TierSlo(..)),
            Some(name) => *name == class.to_string(),
        };
        of_class && self.kind.is_none_or(|named| named == kind)
    }
}

impl FromStr for Pattern {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (class, kind) = text.rsplit_once('/').unwrap_or(("*", text));
        let known = class.strip_prefix("tier").is_some_and(|rest| {
            let (tier, slo) = rest.split_once('.').unwrap_or((rest, "any"));
            matches!(tier, "1" | "2" | "3") && !slo.is_empty()
        });
        let class = match class {
            "*" => None,
            "all" => Some(class.to_owned()),
            _ if known => Some(class.to_owned()),
            _ => {
                return Err(format!(
                    "`{class}` is no class; write all, tier1 to tier3, or tier1.urgent for an SLO \
                    class"
                ));
            }
        };
        let kind = match kind {
            "*" => None,
            name => Some(MetricKind::from_name(name).ok_or_else(|| {
                let names: Vec<_> = MetricKind::ALL.iter().map(|kind| kind.name()).collect();
                format!("`{name}` is no metric; there are {}", names.join(", "))
            })?),
        };
        Ok(Self { class, kind })
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = self.kind.map_or("*", MetricKind::name);
        match &self.class {
            None if self.kind.is_some() => f.write_str(kind),
            class => write!(f, "{}/{kind}", class.as_deref().unwrap_or("*")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(text: &str) -> Pattern {
        text.parse().unwrap()
    }

    #[test]
    fn patterns_are_read_and_told_alike() {
        for text in ["p99", "tier1/p99", "tier1/*", "*/*", "tier3.relaxed/goodput", "all/p50"] {
            assert_eq!(pattern(text).to_string(), text);
        }
        assert_eq!(pattern("*/p99"), pattern("p99"));
        for text in ["", "p98", "tier4/p99", "tier/p99", "tier1./p50", "vip/p99", "tier1/"] {
            assert!(text.parse::<Pattern>().is_err(), "{text}");
        }
    }
}

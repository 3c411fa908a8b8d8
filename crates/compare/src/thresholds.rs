//! What matters: the least harm that counts as a regression, metric by metric, and which metrics
//! gate.

mod file;
mod pattern;
mod size;

use crate::{Class, Family, MetricKind};

pub use file::ThresholdsError;
pub use pattern::Pattern;
pub use size::Size;

/// Thresholds, and the metrics that count for the overall verdict.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Thresholds {
    /// Those of a file, and above them those that were set; of each the later above the earlier.
    stored: Vec<(Pattern, Size)>,
    set: Vec<(Pattern, Size)>,
    /// All metrics gate where there are none.
    gate: Vec<Pattern>,
}

impl Thresholds {
    /// Sets the threshold of the metrics that `pattern` names. That of a class stands above that of
    /// all classes, and anything set above what was read.
    ///
    /// # Errors
    /// Where the unit of the size is not that of the metrics, the pattern names all metrics, or the
    /// size is 0.
    pub fn set(&mut self, pattern: Pattern, size: Size) -> Result<(), ThresholdsError> {
        check(&pattern, size)?;
        self.set.push((pattern, size));
        Ok(())
    }

    /// Refuses a gate that lets nothing through to be judged: it would pass everything.
    ///
    /// # Errors
    /// Names the pattern that no metric of these classes has.
    pub fn check_gate(&self, classes: &[Class]) -> Result<(), ThresholdsError> {
        let names_any = |pattern: &Pattern| {
            let mut metrics = classes
                .iter()
                .flat_map(|class| MetricKind::of(class).map(move |kind| (class, kind)));
            metrics.any(|(class, kind)| pattern.names(class, kind))
        };
        match self.gate.iter().find(|pattern| !names_any(pattern)) {
            None => Ok(()),
            Some(pattern) => Err(ThresholdsError::Gate {
                pattern: pattern.to_string(),
                classes: classes.iter().map(Class::to_string).collect(),
            }),
        }
    }

    /// Lets the metrics that `patterns` name gate, and no others; all where there are none.
    pub fn set_gate(&mut self, patterns: Vec<Pattern>) {
        self.gate = patterns;
    }

    /// The patterns of the metrics that gate; none where all do.
    #[must_use]
    pub fn gate(&self) -> &[Pattern] {
        &self.gate
    }

    /// The least harm of a metric that matters, in units of harm. An SLO class follows its tier
    /// where nothing is said of it.
    #[must_use]
    pub fn delta(&self, class: &Class, kind: MetricKind) -> f64 {
        let size = found(&self.set, class, kind).or_else(|| found(&self.stored, class, kind));
        size.unwrap_or_else(|| Size::default_of(kind)).harm()
    }

    /// Which metrics this one is corrected together with.
    pub(crate) fn family(&self, class: &Class, kind: MetricKind) -> Family {
        let of_slo = matches!(class, Class::TierSlo(..));
        match self.gate.as_slice() {
            [] if of_slo => Family::Slo,
            [] => Family::Gate,
            patterns if patterns.iter().any(|pattern| pattern.names(class, kind)) => Family::Gate,
            _ if of_slo => Family::Slo,
            _ => Family::None,
        }
    }
}

/// The size of a metric among these: of its class, of its tier, or of every class.
fn found(sizes: &[(Pattern, Size)], class: &Class, kind: MetricKind) -> Option<Size> {
    let of = |name: Option<&str>| {
        let mut sizes = sizes.iter().rev();
        sizes.find(|(pattern, _)| pattern.kind == Some(kind) && pattern.class.as_deref() == name)
    };
    let tier = match class {
        Class::TierSlo(tier, ..) => of(Some(&Class::Tier(*tier).to_string())),
        Class::All | Class::Tier(_) => None,
    };
    let found = of(Some(&class.to_string())).or(tier).or_else(|| of(None));
    found.map(|(_, size)| *size)
}

/// Whether this can be the threshold of these metrics.
fn check(pattern: &Pattern, size: Size) -> Result<(), ThresholdsError> {
    let problem = match pattern.kind {
        None => Some("a threshold is of one metric, such as p99 or tier1/p99".to_owned()),
        Some(_) if size.harm() == 0.0 => {
            Some("must be more than 0: no two runs are equal to the last digit".into())
        }
        Some(kind) => size.misfit(kind),
    };
    match problem {
        None => Ok(()),
        Some(problem) => Err(ThresholdsError::Size { key: pattern.to_string(), problem }),
    }
}

#[cfg(test)]
mod tests {
    use request::Tier;

    use super::*;

    fn pattern(text: &str) -> Pattern {
        text.parse().unwrap()
    }

    fn urgent() -> Class {
        Class::TierSlo(Tier::Vip, 0, "urgent".into())
    }

    #[test]
    fn defaults_are_those_of_the_method() {
        let thresholds = Thresholds::default();
        for (kind, delta) in [
            (MetricKind::P50, 1.05_f64.ln()),
            (MetricKind::P95, 1.05_f64.ln()),
            (MetricKind::P99, 1.1_f64.ln()),
            (MetricKind::SloAttainment, 0.005),
            (MetricKind::ErrorRate, 0.002),
            (MetricKind::Goodput, 1.01_f64.ln()),
        ] {
            let found = thresholds.delta(&Class::All, kind);
            assert!((found - delta).abs() < 1e-15, "{kind}: {found}");
        }
    }

    #[test]
    fn the_most_exact_threshold_counts() {
        let mut thresholds = Thresholds::default();
        let mut set = |key: &str, size: &str| {
            thresholds.set(pattern(key), size.parse().unwrap()).unwrap();
        };
        set("tier1/p99", "3%");
        set("p99", "20%");
        let delta = |class: &Class| thresholds.delta(class, MetricKind::P99);
        assert!((delta(&Class::Tier(Tier::Vip)) - 1.03_f64.ln()).abs() < 1e-12);
        assert!((delta(&Class::Tier(Tier::Free)) - 1.2_f64.ln()).abs() < 1e-12);
        // An SLO class follows its tier.
        assert!((delta(&urgent()) - 1.03_f64.ln()).abs() < 1e-12);
        let p50 = thresholds.delta(&Class::All, MetricKind::P50);
        assert!((p50 - 1.05_f64.ln()).abs() < 1e-12);
    }

    /// As of a file that `compare calibrate` wrote, which names every class.
    #[test]
    fn what_is_typed_stands_above_what_was_read() {
        let mut thresholds = Thresholds::default();
        thresholds.stored.push((pattern("tier1/p99"), Size::Relative(30_000)));
        thresholds.set(pattern("p99"), Size::Relative(200_000)).unwrap();
        let delta = thresholds.delta(&Class::Tier(Tier::Vip), MetricKind::P99);
        assert!((delta - 1.2_f64.ln()).abs() < 1e-12);
    }

    #[test]
    fn a_gate_must_name_something() {
        let mut thresholds = Thresholds::default();
        let classes = [Class::All, Class::Tier(Tier::Vip)];
        let mut checked = |text: &str| {
            thresholds.set_gate(vec![pattern("p50"), pattern(text)]);
            thresholds.check_gate(&classes).is_ok()
        };
        assert!(checked("tier1/*") && checked("all/goodput") && checked("*/*"));
        assert!(!checked("tier1/goodput") && !checked("tier2/*") && !checked("tier1.urgent/p50"));
    }

    #[test]
    fn a_list_makes_the_gate_smaller() {
        let mut thresholds = Thresholds::default();
        let tier = Class::Tier(Tier::Vip);
        assert_eq!(thresholds.family(&tier, MetricKind::P50), Family::Gate);
        assert_eq!(thresholds.family(&urgent(), MetricKind::P50), Family::Slo);
        thresholds.set_gate(vec![pattern("tier1/*"), pattern("p99"), pattern("tier1.urgent/p50")]);
        for (class, kind, family) in [
            (tier, MetricKind::P50, Family::Gate),
            (Class::All, MetricKind::P50, Family::None),
            (Class::All, MetricKind::P99, Family::Gate),
            (urgent(), MetricKind::P50, Family::Gate),
            (urgent(), MetricKind::P99, Family::Slo),
        ] {
            assert_eq!(thresholds.family(&class, kind), family, "{class}/{kind}");
        }
    }
}

//! Refuses workloads that cannot be generated, and says why.

use std::collections::BTreeSet;
use std::time::Duration;

use super::{Class, ModelShare, Workload};

/// A workload that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WorkloadError {
    /// No built-in workload has this name.
    #[error("there is no workload `{name}`; the built-in ones are {known}")]
    Unknown {
        /// What was asked for.
        name: String,
        /// What there is.
        known: String,
    },
    /// A value of the workload makes no sense, alone or beside another.
    #[error("workload `{workload}`: {place} {problem}")]
    Invalid {
        /// Name of the workload.
        workload: String,
        /// The value, such as `total_qps` or `class (1, urgent): share`.
        place: String,
        /// What is wrong with it, and what would be right.
        problem: String,
    },
}

/// Times up to 2^53 ns (104 days) are exact in a 64-bit float, which is what pandas and many other
/// readers make of an integer column.
const SPAN_NS_MAX: u64 = 1 << 53;

/// A class with fewer arrivals per second than this is left out.
pub(super) const CLASS_QPS_MIN: f64 = 0.01;

/// Above one arrival in a nanosecond the table's times cannot tell arrivals apart.
const TOTAL_QPS_MAX: f64 = 1e9;

/// How far a sum of shares may be from 1: decimal shares do not add up exactly in binary.
const SUM_TOLERANCE: f64 = 1e-9;

/// What a check finds: where, and what.
type Finding = (String, String);

impl Workload {
    /// Checks that this workload can be generated.
    ///
    /// # Errors
    /// Names the first value that is wrong, and says what would be right.
    pub fn validate(&self) -> Result<(), WorkloadError> {
        self.validate_labels()?;
        self.check_amounts()
            .and_then(|()| self.check_classes())
            .and_then(|()| self.check_something_arrives())
            .map_err(|finding| self.invalid(finding))
    }

    /// Checks what a table needs even when its rows come from elsewhere: the names and the shapes.
    pub(crate) fn validate_labels(&self) -> Result<(), WorkloadError> {
        self.check_labels().map_err(|finding| self.invalid(finding))
    }

    fn invalid(&self, (place, problem): Finding) -> WorkloadError {
        WorkloadError::Invalid { workload: self.name.clone(), place, problem }
    }

    fn check_labels(&self) -> Result<(), Finding> {
        check_name("name", &self.name)?;
        check_names("slos", self.slos.iter().map(|slo| &slo.name))?;
        check_names("models", self.models.iter().map(|model| &model.name))?;
        for slo in &self.slos {
            check_span(&format!("slo `{}`: target", slo.name), slo.target)?;
        }
        for model in &self.models {
            if model.element_count().is_none() {
                let place = format!("model `{}`: shape", model.name);
                let problem = format!(
                    "{:?} is not usable; give dimensions of at least 1 that make less than 2 GiB",
                    model.shape
                );
                return Err((place, problem));
            }
        }
        Ok(())
    }

    fn check_amounts(&self) -> Result<(), Finding> {
        let qps = self.total_qps;
        if !(qps.is_finite() && qps > 0.0 && qps <= TOTAL_QPS_MAX) {
            let problem = format!("is {qps}; give requests per second above 0 and up to 1e9");
            return Err(("total_qps".to_owned(), problem));
        }
        check_span("duration", self.duration)
    }

    fn check_classes(&self) -> Result<(), Finding> {
        let mut seen = BTreeSet::new();
        for class in &self.classes {
            check_class(self, class).map_err(|(field, problem)| (class.field(&field), problem))?;
            if !seen.insert((class.tier, &class.slo)) {
                return Err((class.field("tier and slo"), "are used by two classes".to_owned()));
            }
        }
        check_sum("classes: shares", self.classes.iter().map(|class| class.share))
    }

    fn check_something_arrives(&self) -> Result<(), Finding> {
        if self.active_classes().next().is_some() {
            return Ok(());
        }
        let problem = format!("of every class are below {CLASS_QPS_MIN}/s, so nothing arrives");
        Err(("rates".to_owned(), problem))
    }
}

impl Class {
    /// How an error names a field of this class.
    fn field(&self, field: &str) -> String {
        format!("class ({}, {}): {field}", self.tier, self.slo)
    }

    /// How many requests this class must reach, whatever the duration.
    pub(crate) fn count_min(&self, workload: &Workload) -> u64 {
        let wanted = workload.min_query_count as f64 * self.share;
        (wanted.round() as u64).max(1)
    }
}

fn check_class(workload: &Workload, class: &Class) -> Result<(), Finding> {
    if !workload.slos.iter().any(|slo| slo.name == class.slo) {
        return Err(("slo".to_owned(), "is not among the workload's slos".to_owned()));
    }
    check_share("share", class.share)?;
    let mut seen = BTreeSet::new();
    for ModelShare { model, weight } in &class.models {
        if !workload.models.iter().any(|known| known.name == *model) {
            let problem = format!("names `{model}`, which is not among the workload's models");
            return Err(("models".to_owned(), problem));
        }
        if !seen.insert(model) {
            return Err(("models".to_owned(), format!("names `{model}` twice")));
        }
        check_share(&format!("weight of {model}"), *weight)?;
    }
    check_sum("model weights", class.models.iter().map(|model| model.weight))?;
    check_reach(workload, class)
}

/// Refuses a minimum count that would take longer to reach than a table can tell.
fn check_reach(workload: &Workload, class: &Class) -> Result<(), Finding> {
    let qps = class.share * workload.total_qps;
    let count = class.count_min(workload) as f64;
    // Twice the expected time is beyond what chance adds to it.
    let nanos = 2.0 * count / qps * 1e9;
    if qps < CLASS_QPS_MIN || nanos <= SPAN_NS_MAX as f64 {
        return Ok(());
    }
    let problem = format!(
        "of {qps} requests/s would need over 52 days to reach its {count} requests; lower \
         min_query_count or raise total_qps"
    );
    Err(("rate".to_owned(), problem))
}

fn check_share(place: &str, share: f64) -> Result<(), Finding> {
    if (0.0..=1.0).contains(&share) {
        return Ok(());
    }
    Err((place.to_owned(), format!("is {share}; give a number from 0 to 1")))
}

fn check_sum(place: &str, shares: impl Iterator<Item = f64>) -> Result<(), Finding> {
    // Not `sum`, whose empty sum is minus zero and would be printed so.
    let sum = shares.fold(0.0, |sum, share| sum + share);
    if (sum - 1.0).abs() <= SUM_TOLERANCE {
        return Ok(());
    }
    Err((place.to_owned(), format!("sum to {sum} instead of 1")))
}

fn check_span(place: &str, span: Duration) -> Result<(), Finding> {
    if (1..=u128::from(SPAN_NS_MAX)).contains(&span.as_nanos()) {
        return Ok(());
    }
    let problem = format!("is {span:?}; give at least 1 ns and at most 2^53 ns (104 days)");
    Err((place.to_owned(), problem))
}

fn check_names<'a>(
    place: &str,
    names: impl ExactSizeIterator<Item = &'a String>,
) -> Result<(), Finding> {
    let count = names.len();
    if !(1..=i16::MAX as usize).contains(&count) {
        return Err((place.to_owned(), format!("holds {count} names; give 1 to 32767")));
    }
    let mut seen = BTreeSet::new();
    for name in names {
        check_name(place, name)?;
        if !seen.insert(name) {
            return Err((place.to_owned(), format!("holds `{name}` twice")));
        }
    }
    Ok(())
}

/// A name stands in one line of a table, and ends with the line in the digest.
fn check_name(place: &str, name: &str) -> Result<(), Finding> {
    if !name.is_empty() && !name.contains(char::is_control) {
        return Ok(());
    }
    Err((place.to_owned(), format!("holds {name:?}; give one line of text")))
}

#[cfg(test)]
mod tests;

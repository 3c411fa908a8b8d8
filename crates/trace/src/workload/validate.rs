//! Refuses workloads that cannot be generated, and says why.

mod arrivals;
mod peak;
pub(in crate::workload) mod rate;

use std::collections::BTreeSet;
use std::time::Duration;

use super::{Class, ModelShare, Process, Workload};

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
        /// Where the value stands in a workload file, such as `classes.0.share`.
        path: String,
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

/// What a check finds.
struct Finding {
    /// The value, as a path through the fields of a workload file.
    path: String,
    /// The value, in words.
    place: String,
    /// What is wrong with it, and what would be right.
    problem: String,
}

impl Finding {
    /// A finding about a field whose name says enough.
    fn new(path: impl Into<String>, problem: impl Into<String>) -> Self {
        let path = path.into();
        Self { place: path.clone(), path, problem: problem.into() }
    }

    /// The same finding, within something that has this path and this name.
    fn within(self, path: &str, place: &str) -> Self {
        let path = match self.path.as_str() {
            "" => path.to_owned(),
            inner => format!("{path}.{inner}"),
        };
        let place = match self.place.as_str() {
            "" => place.to_owned(),
            inner => format!("{place}: {inner}"),
        };
        Self { path, place, ..self }
    }

    /// The same finding, told in other words.
    fn named(self, place: impl Into<String>) -> Self {
        Self { place: place.into(), ..self }
    }
}

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

    fn invalid(&self, Finding { path, place, problem }: Finding) -> WorkloadError {
        WorkloadError::Invalid { workload: self.name.clone(), path, place, problem }
    }

    fn check_labels(&self) -> Result<(), Finding> {
        check_name("name", &self.name)?;
        check_names("slos", self.slos.iter().map(|slo| &slo.name))?;
        check_names("models", self.models.iter().map(|model| &model.name))?;
        for (index, slo) in self.slos.iter().enumerate() {
            let within = |finding: Finding| {
                finding.within(&format!("slos.{index}"), &format!("slo `{}`", slo.name))
            };
            check_span("target", slo.target).map_err(within)?;
        }
        for (index, model) in self.models.iter().enumerate() {
            if model.element_count().is_none() {
                let problem = format!(
                    "{:?} is not usable; give dimensions of at least 1 that make less than 2 GiB",
                    model.shape
                );
                return Err(Finding::new("shape", problem)
                    .within(&format!("models.{index}"), &format!("model `{}`", model.name)));
            }
        }
        Ok(())
    }

    fn check_amounts(&self) -> Result<(), Finding> {
        let qps = self.total_qps;
        if !(qps.is_finite() && qps > 0.0 && qps <= TOTAL_QPS_MAX) {
            let problem = format!("is {qps}; give requests per second above 0 and up to 1e9");
            return Err(Finding::new("total_qps", problem));
        }
        if let Some(count) = self.count
            && !(1..=SPAN_NS_MAX).contains(&count)
        {
            return Err(Finding::new("count", format!("is {count}; give 1 to 2^53")));
        }
        check_span("duration", self.duration)?;
        arrivals::check(&self.arrivals, self).map_err(|f| f.within("arrivals", "arrivals"))?;
        match &self.rate {
            None => Ok(()),
            Some(rate) => rate::check(rate, self).map_err(|finding| finding.within("rate", "rate")),
        }
    }

    fn check_classes(&self) -> Result<(), Finding> {
        let mut seen = BTreeSet::new();
        for (index, class) in self.classes.iter().enumerate() {
            let within = |finding: Finding| {
                let place = format!("class ({}, {})", class.tier, class.slo);
                finding.within(&format!("classes.{index}"), &place)
            };
            check_class(self, class).map_err(within)?;
            if !seen.insert((class.tier, &class.slo)) {
                let finding = Finding::new("", "are used by two classes").named("tier and slo");
                return Err(within(finding));
            }
        }
        check_sum("classes", "classes: shares", self.classes.iter().map(|class| class.share))
    }

    fn check_something_arrives(&self) -> Result<(), Finding> {
        if self.active_classes().next().is_some() {
            return Ok(());
        }
        let problem = format!("of every class are below {CLASS_QPS_MIN}/s, so nothing arrives");
        Err(Finding::new("total_qps", problem).named("rates"))
    }
}

impl Class {
    /// The position of its SLO class in the list of its valid workload.
    pub(crate) fn slo_position(&self, workload: &Workload) -> u16 {
        let slo = workload.slos.iter().position(|slo| slo.name == self.slo);
        slo.expect("a valid class names an SLO of its workload") as u16
    }

    /// The number that names its random streams: its tier and the position of its SLO class.
    pub(crate) fn code(&self, workload: &Workload) -> u32 {
        u32::from(self.tier.number()) << 16 | u32::from(self.slo_position(workload))
    }

    /// How many requests this class must reach, whatever the duration.
    pub(crate) fn count_min(&self, workload: &Workload) -> u64 {
        let wanted = workload.min_query_count as f64 * self.share;
        (wanted.round() as u64).max(1)
    }
}

fn check_class(workload: &Workload, class: &Class) -> Result<(), Finding> {
    if !workload.slos.iter().any(|slo| slo.name == class.slo) {
        return Err(Finding::new("slo", "is not among the workload's slos"));
    }
    check_share("share", class.share)?;
    let mut seen = BTreeSet::new();
    for (index, ModelShare { model, weight }) in class.models.iter().enumerate() {
        let path = format!("models.{index}");
        if !workload.models.iter().any(|known| known.name == *model) {
            let problem = format!("names `{model}`, which is not among the workload's models");
            return Err(Finding::new(path, problem).named("models"));
        }
        if !seen.insert(model) {
            return Err(Finding::new(path, format!("names `{model}` twice")).named("models"));
        }
        check_share(&format!("{path}.weight"), *weight)
            .map_err(|finding| finding.named(format!("weight of {model}")))?;
    }
    check_sum("models", "model weights", class.models.iter().map(|model| model.weight))?;
    if let Some(arrivals) = &class.arrivals {
        if matches!(arrivals.process, Process::Recorded) {
            let problem = "is `recorded` for one class; arrivals are recorded for all or for none";
            return Err(Finding::new("arrivals.process", problem));
        }
        if workload.is_one_schedule() {
            let problem = "are given for a class, but `loadgen` is one schedule for all classes; \
                           give `loadgen` to each class instead, or remove these";
            return Err(Finding::new("arrivals", problem));
        }
        arrivals::check(arrivals, workload).map_err(|f| f.within("arrivals", "arrivals"))?;
    }
    if let Some(rate) = &class.rate {
        rate::check(rate, workload).map_err(|finding| finding.within("rate", "rate"))?;
    }
    arrivals::check_with_rate(workload, class)?;
    peak::check(workload, class)?;
    check_reach(workload, class)
}

/// Refuses a count that would take longer to reach than a table can tell.
fn check_reach(workload: &Workload, class: &Class) -> Result<(), Finding> {
    let qps = class.share * workload.total_qps;
    let count = match workload.count {
        Some(count) => count as f64 * class.share,
        None => class.count_min(workload) as f64,
    };
    // Twice the expected time is beyond what chance adds to it.
    let nanos = 2.0 * count / qps * 1e9;
    if qps < CLASS_QPS_MIN || nanos <= SPAN_NS_MAX as f64 {
        return Ok(());
    }
    let problem = format!(
        "of {qps} requests/s would need over 52 days to reach its {count} requests; lower \
         min_query_count or raise total_qps"
    );
    Err(Finding::new("share", problem).named("rate"))
}

fn check_share(path: &str, share: f64) -> Result<(), Finding> {
    if (0.0..=1.0).contains(&share) {
        return Ok(());
    }
    Err(Finding::new(path, format!("is {share}; give a number from 0 to 1")))
}

fn check_sum(path: &str, place: &str, shares: impl Iterator<Item = f64>) -> Result<(), Finding> {
    // Not `sum`, whose empty sum is minus zero and would be printed so.
    let sum = shares.fold(0.0, |sum, share| sum + share);
    if (sum - 1.0).abs() <= SUM_TOLERANCE {
        return Ok(());
    }
    Err(Finding::new(path, format!("sum to {sum} instead of 1")).named(place))
}

fn check_span(path: &str, span: Duration) -> Result<(), Finding> {
    if (1..=u128::from(SPAN_NS_MAX)).contains(&span.as_nanos()) {
        return Ok(());
    }
    let problem = format!("is {span:?}; give at least 1 ns and at most 2^53 ns (104 days)");
    Err(Finding::new(path, problem))
}

fn check_names<'a>(
    path: &str,
    names: impl ExactSizeIterator<Item = &'a String>,
) -> Result<(), Finding> {
    let count = names.len();
    if !(1..=i16::MAX as usize).contains(&count) {
        return Err(Finding::new(path, format!("holds {count} names; give 1 to 32767")));
    }
    let mut seen = BTreeSet::new();
    for (index, name) in names.enumerate() {
        let path_of_name = format!("{path}.{index}.name");
        check_name(&path_of_name, name).map_err(|finding| finding.named(path))?;
        if !seen.insert(name) {
            let problem = format!("holds `{name}` twice");
            return Err(Finding::new(path_of_name, problem).named(path));
        }
    }
    Ok(())
}

/// A name stands in one line of a table, and ends with the line in the digest.
fn check_name(path: &str, name: &str) -> Result<(), Finding> {
    if !name.is_empty() && !name.contains(char::is_control) {
        return Ok(());
    }
    Err(Finding::new(path, format!("holds {name:?}; give one line of text")))
}

#[cfg(test)]
mod tests;

//! What a profile says of one model, as it is written, and what that must satisfy.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;
use std::path::Path;
use std::time::Duration;

use serde::Deserialize;
use toml::Spanned;

use super::law::{Law, OneRequest};
use super::model::{Estimates, ModelProfile, Times};
use super::source::Source;
use super::table::{Quantiles, Table};
use super::{ProfileError, TIME_MS_MAX, is_time_ms, whole_ns};

/// Largest coefficient of variation that a profile may state.
const CV_MAX: f64 = 100.0;

/// A petabyte: sums over all models of a profile stay far below 2^64.
const MEMORY_MB_MAX: u64 = 1_000_000_000;

/// A batch of an hour could be stopped ten times a second.
const STEPS_MAX: u32 = 36_000;

/// By how much a mean may be off that the quantiles or samples beside it state already: people
/// write three or four digits.
const STATED_MEAN_TOLERANCE: f64 = 0.001;

const TIME_RULE: &str = "above 0 and at most an hour";

/// One model's section.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Entry {
    law: Law,
    mean_ms: Option<f64>,
    cv: Option<f64>,
    batches: Option<Vec<Batch>>,
    samples_ms: Option<Spanned<Source>>,
    batch_marginal: Option<f64>,
    #[serde(default = "one")]
    batch_size_max: u32,
    #[serde(default)]
    batch_wait_ms: f64,
    #[serde(default)]
    memory_mb: u64,
    #[serde(default)]
    load_ms: f64,
    #[serde(default = "one")]
    steps: u32,
}

/// The measured quantiles of one size of batch.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Batch {
    size: u32,
    quantiles_ms: BTreeMap<String, f64>,
}

/// A part of a profile's text, and what is to stand there instead.
pub(super) type Replacement = (Range<usize>, String);

/// Who is being checked.
#[derive(Clone, Copy)]
struct Model<'a>(&'a str);

impl Entry {
    /// What the section says of the model of this name. Where its samples are in a file of
    /// `folder`, they are read, and what stands for them in the profile's text comes with it.
    pub(super) fn check(
        self,
        name: &str,
        folder: Option<&Path>,
    ) -> Result<(ModelProfile, Option<Replacement>), ProfileError> {
        let model = Model(name);
        self.check_belonging(model)?;
        let (times, replacement) = self.times(model, folder)?;
        self.check_stated_mean(model, &times)?;
        model.check("batch_size_max", self.batch_size_max, |size| size >= 1, "at least 1")?;
        model.check("steps", self.steps, |n| (1..=STEPS_MAX).contains(&n), "from 1 to 36000")?;
        let memory_rule = "at most 1000000000";
        model.check("memory_mb", self.memory_mb, |mb| mb <= MEMORY_MB_MAX, memory_rule)?;
        let estimates = Estimates::new(&times, self.batch_size_max);
        let profile = ModelProfile {
            law: self.law,
            batch_size_max: self.batch_size_max,
            batch_wait: model.wait("batch_wait_ms", self.batch_wait_ms)?,
            memory_mb: self.memory_mb,
            load: model.wait("load_ms", self.load_ms)?,
            steps: self.steps,
            times,
            estimates,
        };
        Ok((profile, replacement))
    }

    /// Refuses fields that the law has no use for.
    fn check_belonging(&self, model: Model<'_>) -> Result<(), ProfileError> {
        if let Some(cv) = self.cv.filter(|_| self.law != Law::Lognormal) {
            return Err(model.error("cv", &cv, "left out, unless the law is 'lognormal'"));
        }
        if self.batches.is_some() && self.law != Law::Table {
            return Err(model.error("batches", &"given", "left out, unless the law is 'table'"));
        }
        if self.samples_ms.is_some() && self.law != Law::Empirical {
            let rule = "left out, unless the law is 'empirical'";
            return Err(model.error("samples_ms", &"given", rule));
        }
        if let Some(marginal) = self.batch_marginal.filter(|_| self.law == Law::Table) {
            let rule = "left out for law 'table', whose batches say it";
            return Err(model.error("batch_marginal", &marginal, rule));
        }
        Ok(())
    }

    fn times(
        &self,
        model: Model<'_>,
        folder: Option<&Path>,
    ) -> Result<(Times, Option<Replacement>), ProfileError> {
        let (one, replacement) = match self.law {
            Law::Table => return Ok((Times::BySize(self.table(model)?), None)),
            Law::Constant => {
                // Whole ns, as tables have: 1.001 ms are not 1 000 999 ns.
                let mean_ns = libm::rint(self.mean_ns(model)?);
                (OneRequest::Constant { mean_ns }, None)
            }
            Law::Exponential => (OneRequest::Exponential { mean_ns: self.mean_ns(model)? }, None),
            Law::Lognormal => {
                let mean_ns = self.mean_ns(model)?;
                (OneRequest::lognormal(mean_ns, self.cv(model)?), None)
            }
            Law::Empirical => {
                let source = self.samples_ms.as_ref();
                let source = source.ok_or_else(|| {
                    model.error("samples_ms", &"missing", "given for law 'empirical'")
                })?;
                let samples = source.get_ref().read(folder).map_err(|problem| {
                    let file = source.get_ref().file().map(Path::to_owned);
                    ProfileError::Samples { model: model.0.to_owned(), file, problem }
                })?;
                let text = source.get_ref().resolved(&samples);
                let replacement = text.map(|text| (source.span(), text));
                (OneRequest::Empirical(samples), replacement)
            }
        };
        let batch_marginal = self.batch_marginal.unwrap_or(1.0);
        let is_share = |marginal| (0.0..=1.0).contains(&marginal);
        model.check("batch_marginal", batch_marginal, is_share, "from 0 to 1")?;
        Ok((Times::OfOne { one, batch_marginal }, replacement))
    }

    fn mean_ns(&self, model: Model<'_>) -> Result<f64, ProfileError> {
        let Some(mean_ms) = self.mean_ms else {
            return Err(model.error("mean_ms", &"missing", "given for this law"));
        };
        model.check("mean_ms", mean_ms, is_time_ms, TIME_RULE)?;
        Ok(mean_ms * 1e6)
    }

    fn cv(&self, model: Model<'_>) -> Result<f64, ProfileError> {
        let cv =
            self.cv.ok_or_else(|| model.error("cv", &"missing", "given for law 'lognormal'"))?;
        model.check("cv", cv, |cv| cv > 0.0 && cv <= CV_MAX, "above 0 and at most 100")?;
        Ok(cv)
    }

    fn table(&self, model: Model<'_>) -> Result<Table, ProfileError> {
        let batches = self.batches.as_deref().unwrap_or_default();
        let mut sizes = BTreeMap::new();
        for batch in batches {
            let quantiles = batch.quantiles(model)?;
            if sizes.insert(batch.size, quantiles).is_some() {
                let size = format!("of size {} twice", batch.size);
                return Err(model.error("batches", &size, "of each size once"));
            }
        }
        let first = sizes.first_key_value().map(|(size, _)| *size);
        if first != Some(1) {
            let found = first.map_or("missing".to_owned(), |size| format!("of size {size} and up"));
            return Err(model.error("batches", &found, "given, from size 1, for law 'table'"));
        }
        let last = sizes.last_key_value().map_or(1, |(size, _)| *size);
        let rule = "at most the largest size of its batches: nobody knows how long a larger takes";
        model.check("batch_size_max", self.batch_size_max, |size| size <= last, rule)?;
        Ok(Table::new(sizes.into_iter().collect()))
    }

    /// A mean is needed beside quantiles or samples by nobody who reads them, but by programs that
    /// read means alone. It may not say another thing than they do.
    fn check_stated_mean(&self, model: Model<'_>, times: &Times) -> Result<(), ProfileError> {
        let Some(stated_ms) = self.mean_ms else { return Ok(()) };
        if !matches!(self.law, Law::Table | Law::Empirical) {
            return Ok(());
        }
        let found_ms = times.mean(1).as_nanos() as f64 / 1e6;
        if (stated_ms - found_ms).abs() <= STATED_MEAN_TOLERANCE * found_ms {
            return Ok(());
        }
        let rule = format!("left out, or {found_ms}, as the times beside it have it");
        Err(model.error("mean_ms", &stated_ms, rule))
    }
}

impl Batch {
    fn quantiles(&self, model: Model<'_>) -> Result<Quantiles, ProfileError> {
        let field = format!("quantiles_ms of size {}", self.size);
        let mut percentiles = Vec::with_capacity(self.quantiles_ms.len());
        for (name, &time_ms) in &self.quantiles_ms {
            let number = name.strip_prefix('p').and_then(|number| number.parse().ok());
            let Some(percentile) = number.filter(|number| (0.0..=100.0).contains(number)) else {
                let rule = "by percentiles from p0 to p100, as p50 or \"p99.9\"";
                return Err(model.error(field, name, rule));
            };
            model.check(format!("{field}, {name},"), time_ms, is_time_ms, TIME_RULE)?;
            percentiles.push((percentile, time_ms));
        }
        percentiles.sort_by(|one, other| f64::total_cmp(&one.0, &other.0));
        let ends = (percentiles.first().map(|end| end.0), percentiles.last().map(|end| end.0));
        if ends != (Some(0.0), Some(100.0)) {
            return Err(model.error(field, &"open", "given from p0 to p100"));
        }
        for pair in percentiles.windows(2) {
            let ((below, low_ms), (above, high_ms)) = (pair[0], pair[1]);
            if below >= above {
                let twice = format!("p{below} twice");
                return Err(model.error(field, &twice, "given once a percentile"));
            }
            if low_ms > high_ms {
                let falls = format!("{low_ms} at p{below} and {high_ms} at p{above}");
                return Err(model.error(field, &falls, "never falling"));
            }
        }
        Ok(Quantiles::of_percentiles(&percentiles))
    }
}

impl Model<'_> {
    fn error(
        self,
        field: impl Into<Cow<'static, str>>,
        value: &dyn fmt::Display,
        rule: impl Into<Cow<'static, str>>,
    ) -> ProfileError {
        let (model, value) = (self.0.to_owned(), value.to_string());
        ProfileError::Value { model, field: field.into(), value, rule: rule.into() }
    }

    fn check<T: Copy + fmt::Display>(
        self,
        field: impl Into<Cow<'static, str>>,
        value: T,
        is_good: impl FnOnce(T) -> bool,
        rule: &'static str,
    ) -> Result<(), ProfileError> {
        if is_good(value) { Ok(()) } else { Err(self.error(field, &value, rule)) }
    }

    /// A time that may be none.
    fn wait(self, field: &'static str, ms: f64) -> Result<Duration, ProfileError> {
        let is_wait = |ms| (0.0..=TIME_MS_MAX).contains(&ms);
        self.check(field, ms, is_wait, "from 0 to an hour")?;
        Ok(Duration::from_nanos(if ms > 0.0 { whole_ns(ms) } else { 0 }))
    }
}

fn one() -> u32 {
    1
}

//! Workload files: a workload as a person writes it, in TOML.
//!
//! What is typed and what is meant are two types: this module has the first, turns it into a
//! [`Workload`], and says of every mistake in which line and field it stands. The JSON Schema for
//! editors comes from the same types.

mod arrivals;
mod locate;
mod rate;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use request::{Seed, Tier};
use schemars::JsonSchema;
use serde::Deserialize;

pub use arrivals::ArrivalsText;
pub use locate::SpecError;
pub use rate::RateText;

use super::length::Length;
use super::{Class, ModelShare, ModelSpec, Slo, Workload, WorkloadError, built_in};
use arrivals::ArrivalsSpec;
use rate::RateSpec;

/// Version of the file format that this reader knows.
const VERSION: u32 = 1;

/// Largest workload file that is read: the TOML reader takes 70 times its size in memory. The most
/// models and classes fit; a rate of very many points is for a file of its own.
const FILE_BYTES_MAX: u64 = 8 << 20;

/// What a mistake is: the field's path in the file, and what is wrong with it.
type Mistake = (String, String);

/// A workload file that has been read.
#[derive(Clone, Debug)]
pub struct WorkloadFile {
    name: String,
    text: String,
    /// Where the files that it names are looked for; `None` where it may name none.
    folder: Option<PathBuf>,
    spec: Spec,
}

/// Amounts that take the place of those in a workload file.
#[derive(Clone, Debug, Default)]
pub struct Amounts {
    /// In place of `total_qps`.
    pub total_qps: Option<f64>,
    /// In place of `duration`.
    pub duration: Option<Duration>,
    /// In place of `min_query_count`.
    pub min_query_count: Option<u64>,
    /// In place of `count`.
    pub count: Option<u64>,
    /// In place of `arrivals`, for all classes.
    pub arrivals: Option<ArrivalsText>,
    /// In place of `rate`, for all classes.
    pub rate: Option<RateText>,
}

/// Traffic of Reprise: how much of it, for how long, in which classes.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "Reprise workload file")]
struct Spec {
    /// Version of this format: 1.
    #[schemars(range(min = 1, max = 1))]
    version: u32,
    /// Name of the workload; the file's name without its extension where it is left out.
    name: Option<String>,
    /// Mean requests per second over all classes. May be left out where `rate` tells requests per
    /// second, or where `count` and `duration` do.
    #[schemars(range(min = 0.0))]
    total_qps: Option<f64>,
    /// How long requests keep arriving. May be left out where `rate` has an end or `count` is
    /// given.
    duration: Option<Length>,
    /// At least this many requests, shared out by class, even past the duration.
    min_query_count: Option<u64>,
    /// Exactly this many requests, however long they take.
    #[schemars(range(min = 1))]
    count: Option<u64>,
    /// Where the random streams begin, unless the command line says otherwise.
    seed: Option<u64>,
    /// How requests come, in classes that do not say it themselves. Poisson where left out.
    arrivals: Option<ArrivalsSpec>,
    /// How the rate changes over time, in classes that do not say it themselves. Constant where
    /// left out.
    rate: Option<RateSpec>,
    /// Named latency targets.
    slos: Vec<SloSpec>,
    /// Models, and the tensors of their requests.
    models: Vec<ModelSpecSpec>,
    /// The classes; their shares sum to 1.
    classes: Vec<ClassSpec>,
}

/// A named latency target.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Slo")]
struct SloSpec {
    /// Name, such as `urgent`.
    name: String,
    /// How long after the arrival an answer is still useful.
    target: Length,
}

/// A model, and the float32 tensor that each of its requests carries.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Model")]
struct ModelSpecSpec {
    /// Name, as it goes over the wire.
    name: String,
    /// Dimensions, outermost first.
    shape: Vec<i32>,
}

/// One stream of requests of equal priority and equal latency target.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Class")]
struct ClassSpec {
    /// Priority: 1, 2 or 3; a smaller number is more urgent.
    #[schemars(range(min = 1, max = 3))]
    tier: i64,
    /// Name of its latency target, one of `slos`.
    slo: String,
    /// Its part of all requests.
    #[schemars(range(min = 0.0, max = 1.0))]
    share: f64,
    /// How its requests come, where that differs from the workload's `arrivals`.
    arrivals: Option<ArrivalsSpec>,
    /// How its rate changes over time, where that differs from the workload's `rate`. Only the
    /// shape counts: the mean stays the class's share of `total_qps`.
    rate: Option<RateSpec>,
    /// The models that it asks for; the weights sum to 1.
    models: Vec<ModelShareSpec>,
}

/// How often a class asks for a model.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "ModelShare")]
struct ModelShareSpec {
    /// Name of the model, one of `models`.
    model: String,
    /// Its part of the class's requests.
    #[schemars(range(min = 0.0, max = 1.0))]
    weight: f64,
}

/// The JSON Schema of workload files, for editors.
#[must_use]
pub fn workload_schema() -> String {
    let schema = schemars::schema_for!(Spec);
    serde_json::to_string_pretty(&schema).expect("a schema is plain JSON") + "\n"
}

impl WorkloadFile {
    /// Reads a workload file. Other files that it names are looked for beside it.
    ///
    /// # Errors
    /// Where the file cannot be read, or is no workload; says in which line and field.
    pub fn read(path: &Path) -> Result<Self, SpecError> {
        let name = path.display().to_string();
        let text = read_text(path).map_err(|problem| SpecError::whole(&name, problem))?;
        let mut file = Self::parse(&name, text)?;
        file.folder = Some(path.parent().unwrap_or(Path::new("")).to_owned());
        if file.spec.name.is_none() {
            file.spec.name = path.file_stem().map(|stem| stem.to_string_lossy().into_owned());
        }
        Ok(file)
    }

    /// The file of a built-in workload.
    ///
    /// # Errors
    /// Where [`Workload::BUILT_IN`] does not hold the name.
    pub fn built_in(name: &str) -> Result<Self, WorkloadError> {
        let text = built_in::text(name).ok_or_else(|| WorkloadError::Unknown {
            name: name.to_owned(),
            known: Workload::BUILT_IN.join(", "),
        })?;
        Ok(Self::parse(name, text.to_owned()).expect("built-in workloads are tested"))
    }

    /// Reads a workload file that is already in memory; `name` stands for it in errors. It may name
    /// no other files.
    ///
    /// # Errors
    /// As [`WorkloadFile::read`].
    pub fn parse(name: &str, text: String) -> Result<Self, SpecError> {
        let spec: Spec =
            toml::from_str(&text).map_err(|error| SpecError::of_toml(name, &text, &error))?;
        let file = Self { name: name.to_owned(), text, folder: None, spec };
        if file.spec.version != VERSION {
            let problem = format!(
                "is {}, and this program reads version {VERSION}; use the release that it was \
                 written for",
                file.spec.version
            );
            return Err(file.mistake(("version".to_owned(), problem)));
        }
        Ok(file)
    }

    /// The file's text, as it is.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The seed that the file asks for.
    #[must_use]
    pub fn seed(&self) -> Option<Seed> {
        self.spec.seed.map(Seed)
    }

    /// The workload that is meant, with these amounts in place of the file's.
    ///
    /// # Errors
    /// Names line and field of the first value that makes no sense.
    pub fn workload(&self, amounts: &Amounts) -> Result<Workload, SpecError> {
        let mut spec = self.spec.clone();
        spec.put(amounts);
        let workload =
            spec.workload(self.folder.as_deref()).map_err(|mistake| self.mistake(mistake))?;
        workload.validate().map_err(|error| self.invalid(error, amounts))?;
        Ok(workload)
    }

    fn mistake(&self, (path, problem): Mistake) -> SpecError {
        SpecError::at(&self.name, &self.text, &path, &path, &problem)
    }

    /// Finds the line of a value that makes no sense, unless it was not read from the file.
    fn invalid(&self, error: WorkloadError, amounts: &Amounts) -> SpecError {
        match &error {
            WorkloadError::Invalid { path, place, problem, .. } if !amounts.replace(path) => {
                SpecError::at(&self.name, &self.text, path, place, problem)
            }
            _ => SpecError::whole(&self.name, error.to_string()),
        }
    }
}

fn read_text(path: &Path) -> Result<String, String> {
    let kind = fs::metadata(path).map_err(|error| format!("cannot open: {error}"))?;
    if !kind.is_file() {
        return Err("not a regular file; give a workload file".to_owned());
    }
    if kind.len() > FILE_BYTES_MAX {
        return Err(format!(
            "has {} bytes; a workload file has at most 8 MiB; put a long rate into a CSV file",
            kind.len()
        ));
    }
    let bytes = fs::read(path).map_err(|error| format!("cannot read: {error}"))?;
    String::from_utf8(bytes).map_err(|_| "not text in UTF-8; give a workload file".to_owned())
}

impl Amounts {
    /// Whether the value at this path comes from here.
    fn replace(&self, path: &str) -> bool {
        let first = path.split('.').next().unwrap_or_default();
        match first {
            "total_qps" => self.total_qps.is_some(),
            "duration" => self.duration.is_some(),
            "min_query_count" => self.min_query_count.is_some(),
            "count" => self.count.is_some(),
            "arrivals" => self.arrivals.is_some(),
            "rate" => self.rate.is_some(),
            _ => false,
        }
    }
}

impl Spec {
    fn put(&mut self, amounts: &Amounts) {
        self.total_qps = amounts.total_qps.or(self.total_qps);
        self.duration = amounts.duration.map(Length).or(self.duration);
        if amounts.count.is_some() {
            (self.count, self.min_query_count) = (amounts.count, None);
            // The duration follows from the count, unless it is asked for.
            self.duration = amounts.duration.map(Length);
        }
        if amounts.min_query_count.is_some() {
            self.min_query_count = amounts.min_query_count;
        }
        if let Some(ArrivalsText(arrivals)) = &amounts.arrivals {
            self.arrivals = Some(arrivals.clone());
            self.classes.iter_mut().for_each(|class| class.arrivals = None);
        }
        if let Some(RateText(rate)) = &amounts.rate {
            // What it tells counts, unless it was typed as well.
            if rate.tells_qps() {
                self.total_qps = amounts.total_qps;
            }
            if matches!(rate.end(), Ok(Some(_))) {
                self.duration = amounts.duration.map(Length);
            }
            self.rate = Some(rate.clone());
            self.classes.iter_mut().for_each(|class| class.rate = None);
        }
    }

    fn workload(self, folder: Option<&Path>) -> Result<Workload, Mistake> {
        if self.count.is_some() && self.min_query_count.is_some() {
            let problem = "is given beside `count`, which is exact; remove one of them";
            return Err(("min_query_count".to_owned(), problem.to_owned()));
        }
        let duration = self.duration_meant()?;
        let within = |path: &str| {
            let path = path.to_owned();
            move |(inner, problem): Mistake| (format!("{path}.{inner}"), problem)
        };
        let rate = match &self.rate {
            None => None,
            Some(rate) => Some(rate.meant(duration, folder).map_err(within("rate"))?),
        };
        let total_qps = self.total_qps_meant(rate.as_ref(), duration)?;
        let arrivals = match &self.arrivals {
            None => super::Arrivals::default(),
            Some(arrivals) => arrivals.meant().map_err(within("arrivals"))?,
        };
        let classes = self.classes.into_iter().enumerate().map(|(index, class)| {
            class.meant(duration, folder).map_err(within(&format!("classes.{index}")))
        });
        Ok(Workload {
            name: self.name.unwrap_or_default(),
            total_qps,
            duration,
            min_query_count: self.min_query_count.unwrap_or(0),
            count: self.count,
            arrivals,
            rate: rate.map(|rate| rate.shape),
            slos: self
                .slos
                .into_iter()
                .map(|slo| Slo { name: slo.name, target: slo.target.0 })
                .collect(),
            models: self
                .models
                .into_iter()
                .map(|model| ModelSpec { name: model.name, shape: model.shape })
                .collect(),
            classes: classes.collect::<Result<_, _>>()?,
        })
    }

    /// The duration, where needs be from the end of the rate or from the count.
    fn duration_meant(&self) -> Result<Duration, Mistake> {
        if let Some(Length(duration)) = self.duration {
            return Ok(duration);
        }
        if let Some(rate) = &self.rate
            && let Some(end) = rate.end().map_err(|(path, why)| (format!("rate.{path}"), why))?
        {
            return Ok(end);
        }
        if let (Some(count), Some(qps)) = (self.count, self.total_qps) {
            let nanos = libm::rint(count as f64 / qps * 1e9);
            return Ok(Duration::from_nanos((nanos as u64).max(1)));
        }
        let problem = "is missing; add it, as in `duration = \"60s\"`";
        Err(("duration".to_owned(), problem.to_owned()))
    }

    /// The mean rate, where needs be that of the rate over time or of count and duration.
    fn total_qps_meant(
        &self,
        rate: Option<&rate::Meant>,
        duration: Duration,
    ) -> Result<f64, Mistake> {
        if let Some(qps) = self.total_qps {
            return Ok(qps);
        }
        if let Some(mean) = rate.and_then(|rate| rate.mean_qps) {
            return Ok(mean);
        }
        if let Some(count) = self.count {
            return Ok(count as f64 / duration.as_secs_f64());
        }
        let problem = "is missing; add requests per second, as in `total_qps = 30.0`";
        Err(("total_qps".to_owned(), problem.to_owned()))
    }
}

impl ClassSpec {
    fn meant(self, duration: Duration, folder: Option<&Path>) -> Result<Class, Mistake> {
        let tier = Tier::from_number(self.tier)
            .ok_or_else(|| ("tier".to_owned(), format!("is {}; give 1, 2 or 3", self.tier)))?;
        let within = |path: &'static str| {
            move |(inner, problem): Mistake| (format!("{path}.{inner}"), problem)
        };
        let arrivals = self.arrivals.map(|arrivals| arrivals.meant()).transpose();
        let rate = self.rate.map(|rate| rate.meant(duration, folder)).transpose();
        let models = self
            .models
            .into_iter()
            .map(|share| ModelShare { model: share.model, weight: share.weight });
        Ok(Class {
            tier,
            slo: self.slo,
            share: self.share,
            arrivals: arrivals.map_err(within("arrivals"))?,
            rate: rate.map_err(within("rate"))?.map(|rate| rate.shape),
            models: models.collect(),
        })
    }
}

#[cfg(test)]
mod tests;

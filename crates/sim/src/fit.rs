//! A service-time profile from a run that was measured: which law each model follows, with its
//! parameters, and how well that foretells times it was not fitted to.
//!
//! Every second time of a model is fitted, the others are judged; what is written is what was
//! judged.

mod estimate;
mod judge;
mod report;
mod services;

use std::path::Path;

use cluster::Law;
use outcome::{OutcomeError, OutcomeReader, RunInfo};
use serde::Serialize;

use estimate::Estimates;
pub use judge::{Judgement, QuantileError};
pub use services::{LeftOut, Method, Service, Services};

/// The fewest service times that a model is fitted from.
pub const TIMES_MIN: usize = 30;

/// What is to be fitted.
#[derive(Clone, Debug, Default)]
pub struct Choice {
    /// The law of every model; the simplest that is not refused where none is given.
    pub law: Option<Law>,
    /// The models; all that the run asked for where none is named.
    pub models: Vec<String>,
}

/// The profile of a run.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Fit {
    /// The table, as it was named.
    pub table: String,
    /// The run that it tells of, in short.
    pub run: String,
    /// Where the times are from.
    pub method: Method,
    /// By model, in the order of the table's list.
    pub models: Vec<ModelFit>,
    /// Rows that say nothing of a service time.
    pub left_out: LeftOut,
}

/// The law of one model.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ModelFit {
    /// Its name.
    pub model: String,
    /// How many times were fitted: every second one of each size of batch.
    pub fitted: usize,
    /// How many the laws were judged by: the others.
    pub judged: usize,
    /// Mean time of a batch of one among the fitted.
    pub mean_ns: f64,
    /// Standard deviation over mean among the fitted, the size of the batch accounted for.
    pub cv: f64,
    /// The largest batch seen.
    pub batch_size_max: u32,
    /// The law that was chosen.
    #[serde(serialize_with = "by_name")]
    pub law: Law,
    /// Its section of the profile, apart from the heading.
    pub section: String,
    /// How well it foretells.
    pub judgement: Judgement,
    /// What was passed over before it, simplest first.
    pub passed_over: Vec<PassedOver>,
}

/// A law that was not taken.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PassedOver {
    /// Its name.
    #[serde(serialize_with = "by_name")]
    pub law: Law,
    /// Why.
    pub reason: String,
}

/// Why no profile can be had from a table.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FitError {
    /// The table cannot be read.
    #[error(transparent)]
    Table(#[from] OutcomeError),
    /// A model was named that the run does not know.
    #[error("the run has no model '{model}' (it has: {known})")]
    UnknownModel {
        /// The model.
        model: String,
        /// Those there are.
        known: String,
    },
    /// The table tells of no request at all.
    #[error("the table has no rows: there is nothing to fit")]
    NoRows,
    /// Too little is known of a model.
    #[error(
        "model '{model}' has {times} service times among {rows} requests, and {TIMES_MIN} are \
         needed: {advice}"
    )]
    TooFew {
        /// The model.
        model: String,
        /// How many times there are.
        times: usize,
        /// How many requests asked for it.
        rows: u64,
        /// What to do.
        advice: &'static str,
    },
    /// The law asked for does not suit the times.
    #[error("model '{model}' cannot have law '{law}': {reason}")]
    Unsuited {
        /// The model.
        model: String,
        /// The law.
        law: Law,
        /// Why.
        reason: String,
    },
}

/// Fits the table at `path`.
///
/// # Errors
/// Where it cannot be read or says too little of a model.
pub fn fit(path: &Path, choice: &Choice) -> Result<Fit, FitError> {
    let mut reader = OutcomeReader::open(path)?;
    let services = Services::read(&mut reader)?;
    let info = reader.info();
    if let Some(model) = choice.models.iter().find(|&model| !info.models.contains(model)) {
        let (model, known) = (model.clone(), info.models.join(", "));
        return Err(FitError::UnknownModel { model, known });
    }
    let mut models = Vec::new();
    for (index, model) in info.models.iter().enumerate() {
        let rows = services.rows_by_model[index];
        let is_wanted = choice.models.is_empty() || choice.models.contains(model);
        if rows > 0 && is_wanted {
            let times = &services.by_model[index];
            check_count(model, times.len(), rows, services.method)?;
            models.push(fit_model(model, times, choice.law)?);
        }
    }
    if models.is_empty() {
        return Err(FitError::NoRows);
    }
    let Services { method, left_out, .. } = services;
    Ok(Fit { table: path.display().to_string(), run: describe(info), method, models, left_out })
}

fn check_count(model: &str, times: usize, rows: u64, method: Method) -> Result<(), FitError> {
    if times >= TIMES_MIN {
        return Ok(());
    }
    let advice = match method {
        Method::Started => "run for longer, or leave it out with --model",
        Method::Alone => {
            "the table has no starts, so only requests that found no other in flight count: run \
             slower (--rate-scale 0.1) or for longer, or leave it out with --model"
        }
    };
    Err(FitError::TooFew { model: model.to_owned(), times, rows, advice })
}

fn fit_model(model: &str, services: &[Service], law: Option<Law>) -> Result<ModelFit, FitError> {
    let (fitted, judged) = halves(services);
    let estimates = Estimates::new(&fitted);
    let laws = law.as_ref().map_or(&Law::ALL[..], std::slice::from_ref);
    let mut passed_over = Vec::new();
    for &law in laws {
        let candidate = match estimates.candidate(law) {
            Ok(candidate) => candidate,
            Err(reason) => {
                passed_over.push(PassedOver { law, reason });
                continue;
            }
        };
        let judgement = Judgement::new(&candidate.profile, fitted.len(), &judged);
        // The last is the best there is, whatever is to be said against it.
        if let Some(reason) = judgement.refused.clone().filter(|_| Some(&law) != laws.last()) {
            passed_over.push(PassedOver { law, reason });
            continue;
        }
        return Ok(ModelFit {
            model: model.to_owned(),
            fitted: fitted.len(),
            judged: judged.len(),
            mean_ns: estimates.mean_ns(),
            cv: estimates.cv(),
            batch_size_max: services.iter().map(|service| service.size).max().unwrap_or(1),
            law,
            section: candidate.section,
            judgement,
            passed_over,
        });
    }
    let last = passed_over.pop().expect("there is a law, and none was taken");
    Err(FitError::Unsuited { model: model.to_owned(), law: last.law, reason: last.reason })
}

/// Every second time of each size, and the others: both halves have the same sizes and cover the
/// whole of the run.
fn halves(services: &[Service]) -> (Vec<Service>, Vec<Service>) {
    let mut sorted: Vec<Service> = services.to_vec();
    // Stable: within a size, the order of time.
    sorted.sort_by_key(|service| service.size);
    let (even, odd): (Vec<_>, Vec<_>) =
        sorted.into_iter().enumerate().partition(|(index, _)| index % 2 == 0);
    let services = |half: Vec<(usize, Service)>| half.into_iter().map(|(_, one)| one).collect();
    (services(even), services(odd))
}

/// Who ran what, in a line.
fn describe(info: &RunInfo) -> String {
    let digest: String = info.trace_digest.chars().take(12).collect();
    let trace = format!("trace {} {digest}", info.trace_name);
    format!("{} {}, {}", info.producer, info.subject, trace.trim_end())
}

fn by_name<S: serde::Serializer>(law: &Law, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(law.name())
}

#[cfg(test)]
mod tests;

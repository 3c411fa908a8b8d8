//! Arrivals as a person writes them.

use std::str::FromStr;

use schemars::JsonSchema;
use serde::Deserialize;

use super::Mistake;
use crate::workload::length::Length;
use crate::workload::{Arrivals, BatchSize, DwellLaw, Process, State};

/// How requests come.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Arrivals")]
pub(super) struct ArrivalsSpec {
    /// The law of the times at which requests, or batches of them, come.
    process: ProcessName,
    /// Of `uniform`: gaps lie from (1 - jitter) to (1 + jitter) times their mean.
    #[schemars(range(min = 0.0, max = 1.0))]
    jitter: Option<f64>,
    /// Of `gamma` and `weibull`: coefficient of variation of the gaps; 1 is Poisson, more is
    /// burstier.
    #[schemars(range(min = 0.01, max = 10.0))]
    cv: Option<f64>,
    /// Of `on_off`: mean length of a burst.
    on: Option<Length>,
    /// Of `on_off`: mean length between bursts.
    off: Option<Length>,
    /// Of `on_off`: rate between bursts, as a part of the rate in a burst; 0 where left out.
    #[schemars(range(min = 0.0))]
    off_rate: Option<f64>,
    /// Of `modulated`: the states, visited in this order, over and over.
    states: Option<Vec<StateSpec>>,
    /// Of `on_off` and `modulated`: how lengths of stay are drawn; exponential where left out.
    dwell: Option<DwellName>,
    /// Of `on_off` and `modulated`: whether all classes burst together.
    shared: Option<bool>,
    /// Of `loadgen`: LoadGen's `schedule_rng_seed`; 0 where left out.
    schedule_seed: Option<u64>,
    /// How many requests come at once.
    batch: Option<BatchSpec>,
}

/// A law of arrivals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum ProcessName {
    /// Independent exponential gaps.
    Poisson,
    /// Equal gaps.
    Constant,
    /// Uniform gaps, with `jitter`.
    Uniform,
    /// Gamma gaps, with `cv`.
    Gamma,
    /// Weibull gaps, with `cv`.
    Weibull,
    /// Bursts of mean length `on`, with `off` between them.
    OnOff,
    /// Markov-modulated Poisson arrivals, with `states`.
    Modulated,
    /// MLPerf LoadGen's Server schedule, with `schedule_seed`.
    Loadgen,
}

/// How lengths of stay are drawn.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum DwellName {
    /// Exponential: Markov-modulated.
    Exponential,
    /// Always the mean.
    Constant,
}

/// A state of a modulated rate.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "State")]
struct StateSpec {
    /// Rate relative to the other states'; the class's mean rate is kept.
    #[schemars(range(min = 0.0))]
    rate: f64,
    /// Mean length of a stay.
    dwell: Length,
}

/// How many requests come at once: `size` always, or geometric with `mean`.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Batch")]
struct BatchSpec {
    /// Always this many.
    #[schemars(range(min = 1))]
    size: Option<u32>,
    /// This many in the mean, geometric from 1 on.
    #[schemars(range(min = 1.0))]
    mean: Option<f64>,
}

impl ArrivalsSpec {
    /// What is meant; refuses fields that the process does not have.
    pub(super) fn meant(&self) -> Result<Arrivals, Mistake> {
        self.check_fields()?;
        let process = match self.process {
            ProcessName::Poisson => Process::Poisson,
            ProcessName::Constant => Process::Constant,
            ProcessName::Uniform => Process::Uniform { jitter: required("jitter", self.jitter)? },
            ProcessName::Gamma => Process::Gamma { cv: required("cv", self.cv)? },
            ProcessName::Weibull => Process::Weibull { cv: required("cv", self.cv)? },
            ProcessName::OnOff => self.modulated(vec![
                State { rate: 1.0, dwell: required("on", self.on)?.0 },
                State { rate: self.off_rate.unwrap_or(0.0), dwell: required("off", self.off)?.0 },
            ]),
            ProcessName::Modulated => {
                let states = required("states", self.states.as_ref())?.iter();
                let state = |state: &StateSpec| State { rate: state.rate, dwell: state.dwell.0 };
                self.modulated(states.map(state).collect())
            }
            ProcessName::Loadgen => {
                Process::Loadgen { schedule_seed: self.schedule_seed.unwrap_or(0) }
            }
        };
        let batch = self.batch.as_ref().map(BatchSpec::meant).transpose()?;
        Ok(Arrivals { process, batch })
    }

    fn modulated(&self, states: Vec<State>) -> Process {
        let dwell = match self.dwell {
            None | Some(DwellName::Exponential) => DwellLaw::Exponential,
            Some(DwellName::Constant) => DwellLaw::Constant,
        };
        Process::Modulated { states, dwell, shared: self.shared.unwrap_or(false) }
    }

    fn check_fields(&self) -> Result<(), Mistake> {
        use ProcessName::{Gamma, Loadgen, Modulated, OnOff, Uniform, Weibull};
        let fields: [(&str, bool, &[ProcessName]); 9] = [
            ("jitter", self.jitter.is_some(), &[Uniform]),
            ("cv", self.cv.is_some(), &[Gamma, Weibull]),
            ("on", self.on.is_some(), &[OnOff]),
            ("off", self.off.is_some(), &[OnOff]),
            ("off_rate", self.off_rate.is_some(), &[OnOff]),
            ("states", self.states.is_some(), &[Modulated]),
            ("dwell", self.dwell.is_some(), &[OnOff, Modulated]),
            ("shared", self.shared.is_some(), &[OnOff, Modulated]),
            ("schedule_seed", self.schedule_seed.is_some(), &[Loadgen]),
        ];
        for (field, is_there, owners) in fields {
            if is_there && !owners.contains(&self.process) {
                let problem = "does not belong to this process; remove it, or change `process`";
                return Err((field.to_owned(), problem.to_owned()));
            }
        }
        Ok(())
    }
}

impl BatchSpec {
    fn meant(&self) -> Result<BatchSize, Mistake> {
        match (self.size, self.mean) {
            (Some(size), None) => Ok(BatchSize::Fixed { size }),
            (None, Some(mean)) => Ok(BatchSize::Geometric { mean }),
            _ => Err(("batch".to_owned(), "needs either `size` or `mean`".to_owned())),
        }
    }
}

fn required<T>(field: &str, value: Option<T>) -> Result<T, Mistake> {
    value.ok_or_else(|| (field.to_owned(), "is missing, and this process needs it".to_owned()))
}

/// Arrivals in one word, as in `gamma:cv=2` or `on_off:on=1s,off=4s`.
#[derive(Clone, Debug)]
pub struct ArrivalsText(pub(super) ArrivalsSpec);

impl FromStr for ArrivalsText {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, fields) = text.split_once(':').unwrap_or((text, ""));
        let spec: ArrivalsSpec = from_fields("process", name, fields)?;
        spec.meant().map_err(|(field, problem)| format!("{field} {problem}"))?;
        Ok(Self(spec))
    }
}

/// Reads `key=value,key=value` as the fields of a table whose first field is `kind`.
pub(super) fn from_fields<T: for<'de> Deserialize<'de>>(
    kind: &str,
    name: &str,
    fields: &str,
) -> Result<T, String> {
    let mut lines = format!("{kind} = {}\n", quoted(name));
    for field in fields.split(',').filter(|field| !field.is_empty()) {
        let (key, value) = field
            .split_once('=')
            .ok_or_else(|| format!("`{field}` has no value; write it as in `cv=2`"))?;
        let is_key = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if key.is_empty() || !key.chars().all(is_key) {
            return Err(format!("`{key}` is no field"));
        }
        let is_plain = value.parse::<f64>().is_ok() || value == "true" || value == "false";
        let value = if is_plain { value.to_owned() } else { quoted(value) };
        lines += &format!("{key} = {value}\n");
    }
    toml::from_str(&lines).map_err(|error: toml::de::Error| error.message().to_owned())
}

fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

//! The TOML file of workers, and what is refused in it.

use std::path::PathBuf;

use policy::WorkerId;
use request::Moment;
use serde::Deserialize;

use super::{Outage, WORKERS_MAX, WorkerSpec, Workers};
use crate::ProfileError;

/// Version of the file format that this reader knows.
const VERSION: u32 = 1;

/// Outages may be at most so late, in ms: a century.
const MS_MAX: f64 = 3.2e12;

/// Why workers cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum WorkersError {
    /// The file cannot be read.
    #[error("cannot read the workers file {}; --workers takes a number or a file", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The text is not TOML of the right shape.
    #[error("the workers file is not understood")]
    Parse(#[from] toml::de::Error),
    /// The file is of a version that this program does not know.
    #[error("the workers file has version {0}; this program reads version {VERSION}")]
    Version(u32),
    /// There are no workers, or too many.
    #[error("{0} is no number of workers: --workers takes 1 to {WORKERS_MAX}, or a file")]
    Count(u64),
    /// A value makes no sense.
    #[error("{place}: {field} is {value}; it must be {rule}")]
    Value {
        /// The entry, for example `[[outages]] 2`.
        place: String,
        /// The field.
        field: &'static str,
        /// What it holds.
        value: String,
        /// What it may hold.
        rule: &'static str,
    },
    /// Two outages of a worker overlap.
    #[error("two outages of worker {0} overlap: make them one")]
    Overlap(u32),
    /// A pinned model is not in the profile.
    #[error("a worker holds a model that the profile does not know")]
    Pinned(#[source] Box<ProfileError>),
    /// The pinned models of a worker do not fit into its memory.
    #[error("the models pinned to a worker take {needed_mb} MB, and it has {room_mb}")]
    PinnedTooLarge {
        /// Their size together.
        needed_mb: u64,
        /// The worker's memory.
        room_mb: u64,
    },
    /// A model is asked for that no worker can hold.
    #[error("no worker can hold model '{model}': give one more memory_mb, or pin the model to it")]
    NoRoom {
        /// The model.
        model: String,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    version: u32,
    #[serde(default)]
    lost: Lost,
    workers: Vec<Group>,
    #[serde(default)]
    outages: Vec<OutageEntry>,
}

/// What becomes of the requests on a worker that fails.
#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Lost {
    #[default]
    Retry,
    Fail,
}

/// Workers that are alike.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Group {
    #[serde(default = "one")]
    count: u32,
    #[serde(default = "one_f64")]
    speed: f64,
    memory_mb: Option<u64>,
    models: Option<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OutageEntry {
    worker: u32,
    from_ms: f64,
    to_ms: Option<f64>,
}

pub(super) fn parse(text: &str) -> Result<Workers, WorkersError> {
    let file: File = toml::from_str(text)?;
    if file.version != VERSION {
        return Err(WorkersError::Version(file.version));
    }
    let mut all = Vec::new();
    for (index, group) in file.workers.iter().enumerate() {
        let place = format!("[[workers]] {}", index + 1);
        let spec = group.spec(&place)?;
        let count = all.len() as u64 + u64::from(group.count);
        if group.count == 0 || count > u64::from(WORKERS_MAX) {
            return Err(WorkersError::Count(count));
        }
        all.extend(std::iter::repeat_n(spec, group.count as usize));
    }
    if all.is_empty() {
        return Err(WorkersError::Count(0));
    }
    let outages = outages(&file.outages, all.len())?;
    let retry = matches!(file.lost, Lost::Retry);
    Ok(Workers { all, outages, retry, text: text.to_owned() })
}

fn outages(entries: &[OutageEntry], worker_count: usize) -> Result<Vec<Outage>, WorkersError> {
    let checked = entries.iter().enumerate().map(|(index, entry)| {
        let place = format!("[[outages]] {}", index + 1);
        entry.outage(&place, worker_count)
    });
    let mut outages = checked.collect::<Result<Vec<_>, _>>()?;
    outages.sort_unstable_by_key(|outage| (outage.worker, outage.from));
    for pair in outages.windows(2) {
        let touch = pair[0].to.is_none_or(|to| to >= pair[1].from);
        if pair[0].worker == pair[1].worker && touch {
            return Err(WorkersError::Overlap(pair[0].worker.0));
        }
    }
    Ok(outages)
}

impl Group {
    fn spec(&self, place: &str) -> Result<WorkerSpec, WorkersError> {
        if !(self.speed >= 0.001 && self.speed <= 1000.0) {
            return Err(wrong(place, "speed", self.speed, "from 0.001 to 1000"));
        }
        if self.memory_mb == Some(0) {
            return Err(wrong(place, "memory_mb", 0, "at least 1, or left out"));
        }
        if self.models.as_ref().is_some_and(Vec::is_empty) {
            return Err(wrong(place, "models", "empty", "left out, or name the models it holds"));
        }
        let pinned = self.models.clone();
        Ok(WorkerSpec { speed: self.speed, memory_mb: self.memory_mb, pinned })
    }
}

impl OutageEntry {
    fn outage(&self, place: &str, worker_count: usize) -> Result<Outage, WorkersError> {
        if self.worker as usize >= worker_count {
            return Err(wrong(place, "worker", self.worker, "one of the workers, from 0"));
        }
        let from = moment(place, "from_ms", self.from_ms)?;
        let to = self.to_ms.map(|ms| moment(place, "to_ms", ms)).transpose()?;
        if to.is_some_and(|to| to <= from) {
            return Err(wrong(place, "to_ms", self.to_ms.unwrap_or(0.0), "after from_ms"));
        }
        Ok(Outage { worker: WorkerId(self.worker), from, to })
    }
}

fn moment(place: &str, field: &'static str, ms: f64) -> Result<Moment, WorkersError> {
    if !(0.0..=MS_MAX).contains(&ms) {
        return Err(wrong(place, field, ms, "from 0 to a century"));
    }
    #[expect(clippy::cast_possible_truncation, reason = "checked above")]
    let nanos = (ms * 1e6).round() as i64;
    Ok(Moment::from_nanos(nanos))
}

fn wrong(
    place: &str,
    field: &'static str,
    value: impl std::fmt::Display,
    rule: &'static str,
) -> WorkersError {
    WorkersError::Value { place: place.to_owned(), field, value: value.to_string(), rule }
}

fn one() -> u32 {
    1
}

fn one_f64() -> f64 {
    1.0
}

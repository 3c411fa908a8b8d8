//! What traffic looks like, before any of it has been drawn.
//!
//! A [`Workload`] is plain data with public fields, so that a test or an importer can change one
//! thing and keep the rest. Nothing is assumed to be sane until [`Workload::validate`] has said so;
//! [`generate`](crate::generate()) calls it.

mod arrivals;
mod built_in;
pub(crate) mod decimal;
pub(crate) mod describe;
mod length;
mod rate;
mod spec;
mod text;
mod validate;

use std::time::Duration;

use request::Tier;
use serde::{Deserialize, Serialize};
use validate::CLASS_QPS_MIN;

pub use arrivals::{Arrivals, BatchSize, DwellLaw, Process, State};
pub use length::{Length, LengthError};
pub use rate::{RatePoint, RateShape};
pub use spec::{Amounts, ArrivalsText, RateText, SpecError, WorkloadFile, workload_schema};
pub use validate::WorkloadError;

/// What traffic looks like: how much of it, for how long, in which classes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Workload {
    /// Its name, in one line of text.
    pub name: String,
    /// Arrivals per second over all classes.
    pub total_qps: f64,
    /// How long requests keep arriving.
    #[serde(rename = "duration_ns", with = "text::nanos")]
    pub duration: Duration,
    /// At least this many requests, shared out by class: each class goes on past the duration
    /// until it holds `max(1, round(min_query_count * share))`.
    pub min_query_count: u64,
    /// Exactly this many requests: the first ones over all classes, however long they take. The
    /// duration and the minimum count then end nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<u64>,
    /// How requests come, in classes that do not say it themselves.
    #[serde(default, skip_serializing_if = "Arrivals::is_poisson")]
    pub arrivals: Arrivals,
    /// How the rate changes over time, in classes that do not say it themselves; constant where it
    /// is `None`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate: Option<RateShape>,
    /// The latency targets that classes refer to. A row's `slo` is a position in this list, and
    /// so is part of what seeds a class: append to it rather than reorder it.
    pub slos: Vec<Slo>,
    /// The models that classes refer to. A row's `model` is a position in this list.
    ///
    /// In a file they stand beside the workload, under `reprise.models`.
    #[serde(skip)]
    pub models: Vec<ModelSpec>,
    /// The classes. Their shares sum to 1.
    pub classes: Vec<Class>,
}

/// A named latency target.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slo {
    /// Its name, such as `urgent`.
    pub name: String,
    /// How long after the arrival an answer is still useful.
    #[serde(rename = "slo_ns", with = "text::nanos")]
    pub target: Duration,
}

/// A model, and the input tensor that each of its requests carries: f32, of one fixed shape.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelSpec {
    /// Its name, as it goes over the wire.
    pub name: String,
    /// Dimensions of the tensor, outermost first, each at least 1.
    pub shape: Vec<i32>,
}

/// One stream of requests of equal priority and equal latency target.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Class {
    /// Its priority.
    #[serde(with = "text::tier")]
    pub tier: Tier,
    /// Name of its latency target, one of [`Workload::slos`].
    pub slo: String,
    /// Its part of [`Workload::total_qps`], from 0 to 1.
    pub share: f64,
    /// How its requests come, where that is not [`Workload::arrivals`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arrivals: Option<Arrivals>,
    /// How its rate changes over time, where that is not [`Workload::rate`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate: Option<RateShape>,
    /// Which models its requests ask for. The weights sum to 1.
    pub models: Vec<ModelShare>,
}

/// How often a class asks for a model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ModelShare {
    /// Name of the model, one of [`Workload::models`].
    pub model: String,
    /// Its part of the class's requests, from 0 to 1.
    pub weight: f64,
}

impl Workload {
    /// Names of the workloads that come with Reprise.
    pub const BUILT_IN: [&'static str; 3] = ["balanced", "urgent_heavy", "batch_heavy"];

    /// The workload of this name, at 30 requests/s for 60 s with at least 100 requests.
    ///
    /// # Errors
    /// Where [`Workload::BUILT_IN`] does not hold the name.
    pub fn built_in(name: &str) -> Result<Self, WorkloadError> {
        let file = WorkloadFile::built_in(name)?;
        Ok(file.workload(&Amounts::default()).expect("built-in workloads are tested"))
    }

    /// The classes that arrive: a class of less than 0.01 requests/s is left out, unless all share
    /// one schedule.
    pub fn active_classes(&self) -> impl Iterator<Item = &Class> {
        let qps_min = if self.is_one_schedule() { f64::MIN_POSITIVE } else { CLASS_QPS_MIN };
        self.classes.iter().filter(move |class| class.share * self.total_qps >= qps_min)
    }

    /// Whether one schedule of LoadGen's serves all classes, which are drawn for each arrival.
    pub(crate) fn is_one_schedule(&self) -> bool {
        self.arrivals.process.is_loadgen()
    }

    /// How requests of a class come.
    pub fn arrivals_of<'a>(&'a self, class: &'a Class) -> &'a Arrivals {
        class.arrivals.as_ref().unwrap_or(&self.arrivals)
    }

    /// How the rate of a class changes over time; `None` where it does not.
    pub fn rate_of<'a>(&'a self, class: &'a Class) -> Option<&'a RateShape> {
        class.rate.as_ref().or(self.rate.as_ref())
    }

    /// The same workload as one whose arrivals came from elsewhere.
    #[must_use]
    pub fn recorded(mut self) -> Self {
        self.arrivals = Arrivals::of(Process::Recorded);
        (self.rate, self.count, self.min_query_count) = (None, None, 0);
        for class in &mut self.classes {
            (class.arrivals, class.rate) = (None, None);
        }
        self
    }

    /// Gives every model this tensor shape.
    #[must_use]
    pub fn with_tensor_shape(mut self, shape: &[i32]) -> Self {
        for model in &mut self.models {
            model.shape = shape.to_vec();
        }
        self
    }
}

impl ModelSpec {
    /// Numbers in one tensor; `None` where a dimension is below 1 or the tensor would not fit a
    /// message of 2 GiB, the most that protobuf can carry.
    #[must_use]
    pub fn element_count(&self) -> Option<usize> {
        const ELEMENTS_MAX: usize = i32::MAX as usize / size_of::<f32>();
        let fits = |count: &usize| (1..=ELEMENTS_MAX).contains(count);
        if self.shape.is_empty() {
            return None;
        }
        self.shape.iter().try_fold(1_usize, |count, &dimension| {
            let dimension = usize::try_from(dimension).ok()?;
            count.checked_mul(dimension).filter(fits)
        })
    }

    /// Bytes in one tensor: four for each element.
    #[must_use]
    pub fn tensor_bytes(&self) -> Option<usize> {
        self.element_count().map(|count| count * size_of::<f32>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tensor_has_a_size() {
        let sized = |shape: &[i32]| {
            ModelSpec { name: "m".to_owned(), shape: shape.to_vec() }.tensor_bytes()
        };
        assert_eq!(sized(&[1, 3, 224, 224]), Some(602_112));
        assert_eq!(sized(&[4]), Some(16));
        for shape in [&[][..], &[0], &[-1, 4], &[i32::MAX, 4], &[65_536, 65_536, 65_536]] {
            assert_eq!(sized(shape), None, "{shape:?}");
        }
    }

    #[test]
    fn an_unknown_workload_names_the_known_ones() {
        let message = Workload::built_in("busy").unwrap_err().to_string();
        assert!(message.contains("busy") && message.contains("urgent_heavy"), "{message}");
    }

    #[test]
    fn a_workload_survives_json() {
        let mut workload = Workload::built_in("balanced").unwrap();
        // A parser that is off in the last bit reads another number than was written.
        workload.classes[0].share = 2.0 / 17.0;
        let json = serde_json::to_string(&workload).unwrap();
        let mut read: Workload = serde_json::from_str(&json).unwrap();
        read.models = workload.models.clone();
        assert_eq!(read, workload);
    }
}

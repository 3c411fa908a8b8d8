//! A rate over time as a person writes it.

mod column;
mod steps;

use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;

use super::Mistake;
use super::arrivals::from_fields;
use crate::generate::mean_rate;
use crate::workload::length::Length;
use crate::workload::{RatePoint, RateShape};

/// Period of `diurnal` where none is given.
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// How a rate changes over time.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Rate")]
pub(super) struct RateSpec {
    /// What it looks like.
    shape: ShapeName,
    /// Of `steps`: seconds and requests per second, as in `0-5:3,5-10:10,10-15:20`.
    steps: Option<String>,
    /// Of `ramp`: requests per second at the start.
    #[schemars(range(min = 0.0))]
    from: Option<f64>,
    /// Of `ramp`: requests per second at the end of the duration.
    #[schemars(range(min = 0.0))]
    to: Option<f64>,
    /// Of `points`: requests per second at some times, with straight lines between them.
    points: Option<Vec<PointSpec>>,
    /// Of `spikes`: when the rate is a multiple of what it is elsewhere.
    spikes: Option<Vec<SpikeSpec>>,
    /// Of `sinusoid` and `diurnal`: from one peak to the next; a day where left out in `diurnal`.
    period: Option<Length>,
    /// Of `sinusoid` and `diurnal`: from 0, which is flat, to 1, which falls silent.
    #[schemars(range(min = 0.0, max = 1.0))]
    amplitude: Option<f64>,
    /// Of `sinusoid` and `diurnal`: when a peak comes; a quarter of the period where left out.
    peak: Option<Length>,
    /// Of `file`: a CSV file beside this one, with a line of names.
    path: Option<PathBuf>,
    /// Of `file`: name of the column of times since the start; `time` where left out.
    time: Option<String>,
    /// Of `file`: unit of the times; seconds where left out.
    unit: Option<column::Unit>,
    /// Of `file`: name of the column of requests per second; `rate` where left out.
    rate: Option<String>,
    /// Of `file` and `points`: `step`, the rate from each time on, or `linear`, lines between them.
    /// A file has steps where it is left out, points have lines.
    interpolation: Option<Interpolation>,
}

/// What a rate over time looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum ShapeName {
    /// Jumps, told by `steps`.
    Steps,
    /// A line from `from` to `to`.
    Ramp,
    /// Lines between `points`.
    Points,
    /// Multiples of the rate at some times, told by `spikes`.
    Spikes,
    /// A sinusoid around the mean.
    Sinusoid,
    /// A sinusoid whose period is a day.
    Diurnal,
    /// A column of a CSV file, told by `path`.
    File,
}

/// What lies between two points.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Interpolation {
    /// The rate of the earlier point.
    Step,
    /// A straight line.
    Linear,
}

/// A rate at a time.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Point")]
struct PointSpec {
    /// Since the start of the trace.
    at: Length,
    /// Requests per second.
    #[schemars(range(min = 0.0))]
    rate: f64,
}

/// A time of more, or fewer, requests.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Spike")]
struct SpikeSpec {
    /// When it begins.
    at: Length,
    /// How long it lasts.
    length: Length,
    /// What the rate is multiplied with.
    #[schemars(range(min = 0.0))]
    factor: f64,
}

/// What a rate means.
pub(super) struct Meant {
    pub(super) shape: RateShape,
    /// Its mean over the duration, where it tells requests per second.
    pub(super) mean_qps: Option<f64>,
}

impl RateSpec {
    /// What is meant; refuses fields that the shape does not have.
    pub(super) fn meant(
        &self,
        duration: Duration,
        folder: Option<&Path>,
    ) -> Result<Meant, Mistake> {
        self.check_fields()?;
        if let ShapeName::Sinusoid | ShapeName::Diurnal = self.shape {
            return Ok(Meant { shape: self.sinusoid()?, mean_qps: None });
        }
        if self.shape == ShapeName::Spikes {
            let shape = spikes(required("spikes", self.spikes.as_ref())?)?;
            return Ok(Meant { shape, mean_qps: None });
        }
        let shape = self.absolute(duration, folder)?;
        let RateShape::Points { points } = &shape else {
            unreachable!("requests per second are always told by points");
        };
        let sound = !points.is_empty() && points.is_sorted_by_key(|point| point.at);
        let mean_qps = sound.then(|| mean_rate(points, duration));
        Ok(Meant { shape, mean_qps })
    }

    /// When the rate ends, where it says so.
    pub(super) fn end(&self) -> Result<Option<Duration>, Mistake> {
        Ok(match self.shape {
            ShapeName::Steps => {
                let (_, end) = steps::parse(required("steps", self.steps.as_deref())?)
                    .map_err(|problem| ("steps".to_owned(), problem))?;
                Some(end)
            }
            ShapeName::Points => {
                let last = self.points.iter().flatten().next_back();
                last.map(|point| point.at.0).filter(|end| !end.is_zero())
            }
            _ => None,
        })
    }

    /// Whether it tells requests per second, rather than a shape alone.
    pub(super) fn tells_qps(&self) -> bool {
        use ShapeName::{Diurnal, Sinusoid, Spikes};
        !matches!(self.shape, Spikes | Sinusoid | Diurnal)
    }

    /// A shape that tells requests per second.
    fn absolute(&self, duration: Duration, folder: Option<&Path>) -> Result<RateShape, Mistake> {
        match self.shape {
            ShapeName::Steps => {
                let (steps, _) = steps::parse(required("steps", self.steps.as_deref())?)
                    .map_err(|problem| ("steps".to_owned(), problem))?;
                Ok(RateShape::steps(&steps))
            }
            ShapeName::Ramp => {
                let start = RatePoint { at: Duration::ZERO, rate: required("from", self.from)? };
                let end = RatePoint { at: duration, rate: required("to", self.to)? };
                Ok(RateShape::Points { points: vec![start, end] })
            }
            ShapeName::Points => {
                let points = required("points", self.points.as_ref())?.iter();
                let points = points.map(|point| RatePoint { at: point.at.0, rate: point.rate });
                Ok(self.between(points.collect(), Interpolation::Linear))
            }
            ShapeName::File => {
                let path = required("path", self.path.as_ref())?;
                let wrong = |problem: String| ("path".to_owned(), problem);
                let folder = folder.ok_or_else(|| {
                    wrong("names a file, which only a workload in a file may do".to_owned())
                })?;
                let names = column::Names {
                    time: self.time.as_deref().unwrap_or("time"),
                    rate: self.rate.as_deref().unwrap_or("rate"),
                    unit: self.unit.unwrap_or_default(),
                };
                let points = column::read(&folder.join(path), &names).map_err(wrong)?;
                Ok(self.between(points, Interpolation::Step))
            }
            ShapeName::Spikes | ShapeName::Sinusoid | ShapeName::Diurnal => {
                unreachable!("relative shapes were told apart before")
            }
        }
    }

    fn between(&self, points: Vec<RatePoint>, default: Interpolation) -> RateShape {
        match self.interpolation.unwrap_or(default) {
            Interpolation::Step => RateShape::steps(&points),
            Interpolation::Linear => RateShape::Points { points },
        }
    }

    fn sinusoid(&self) -> Result<RateShape, Mistake> {
        let period = match (self.period, self.shape) {
            (Some(Length(period)), _) => period,
            (None, ShapeName::Diurnal) => DAY,
            (None, _) => return Err(("period".to_owned(), NEEDED.to_owned())),
        };
        Ok(RateShape::Sinusoid {
            period,
            amplitude: required("amplitude", self.amplitude)?,
            peak: self.peak.map_or(period / 4, |Length(peak)| peak),
        })
    }

    fn check_fields(&self) -> Result<(), Mistake> {
        use ShapeName::{Diurnal, File, Points, Ramp, Sinusoid, Spikes, Steps};
        let fields: [(&str, bool, &[ShapeName]); 13] = [
            ("steps", self.steps.is_some(), &[Steps]),
            ("from", self.from.is_some(), &[Ramp]),
            ("to", self.to.is_some(), &[Ramp]),
            ("points", self.points.is_some(), &[Points]),
            ("spikes", self.spikes.is_some(), &[Spikes]),
            ("period", self.period.is_some(), &[Sinusoid, Diurnal]),
            ("amplitude", self.amplitude.is_some(), &[Sinusoid, Diurnal]),
            ("peak", self.peak.is_some(), &[Sinusoid, Diurnal]),
            ("path", self.path.is_some(), &[File]),
            ("time", self.time.is_some(), &[File]),
            ("unit", self.unit.is_some(), &[File]),
            ("rate", self.rate.is_some(), &[File]),
            ("interpolation", self.interpolation.is_some(), &[File, Points]),
        ];
        for (field, is_there, owners) in fields {
            if is_there && !owners.contains(&self.shape) {
                let problem = "does not belong to this shape; remove it, or change `shape`";
                return Err((field.to_owned(), problem.to_owned()));
            }
        }
        Ok(())
    }
}

const NEEDED: &str = "is missing, and this shape needs it";

fn required<T>(field: &str, value: Option<T>) -> Result<T, Mistake> {
    value.ok_or_else(|| (field.to_owned(), NEEDED.to_owned()))
}

/// A rate of 1 with spikes.
fn spikes(spikes: &[SpikeSpec]) -> Result<RateShape, Mistake> {
    let mut steps = vec![RatePoint { at: Duration::ZERO, rate: 1.0 }];
    let mut free_from = Duration::ZERO;
    for (index, spike) in spikes.iter().enumerate() {
        let (start, end) = (spike.at.0, spike.at.0.saturating_add(spike.length.0));
        if start < free_from {
            let problem = "begins before the spike before it has ended; keep them apart, in order";
            return Err((format!("spikes.{index}"), problem.to_owned()));
        }
        steps.push(RatePoint { at: start, rate: spike.factor });
        steps.push(RatePoint { at: end, rate: 1.0 });
        free_from = end;
    }
    Ok(RateShape::steps(&steps))
}

/// A rate over time in one word: steps as in `0-5:3,5-10:10`, or a shape with its fields as in
/// `sinusoid:period=10s,amplitude=0.5`.
#[derive(Clone, Debug)]
pub struct RateText(pub(super) RateSpec);

impl FromStr for RateText {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let spec: RateSpec = if text.starts_with(|c: char| c.is_ascii_digit()) {
            let steps = toml::Value::String(text.to_owned());
            let table = format!("shape = \"steps\"\nsteps = {steps}\n");
            toml::from_str(&table).map_err(|error| error.message().to_owned())?
        } else {
            let (name, fields) = text.split_once(':').unwrap_or((text, ""));
            from_fields("shape", name, fields)?
        };
        // The duration is not known here, and what does not depend on it is checked with any.
        spec.meant(Duration::from_secs(1), None)
            .map_err(|(field, problem)| format!("{field} {problem}"))?;
        Ok(Self(spec))
    }
}

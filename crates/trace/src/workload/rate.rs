//! How a rate changes over time.
//!
//! Only the shape counts: a class's mean over the workload's duration is always its share of
//! [`total_qps`](super::Workload::total_qps). After the duration, where a class may go on for its
//! minimum count, the rate is that mean.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::text;

/// A rate over time, in any unit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "shape", rename_all = "snake_case")]
pub enum RateShape {
    /// Straight lines between points; two points at one time make a jump. Before the first and
    /// after the last point the rate stays as it is there.
    Points {
        /// In order of time.
        points: Vec<RatePoint>,
    },
    /// `1 + amplitude * cos(2 pi (t - peak) / period)`.
    Sinusoid {
        /// From one peak to the next.
        #[serde(rename = "period_ns", with = "text::nanos")]
        period: Duration,
        /// From 0, which is flat, to 1, which falls silent between peaks.
        amplitude: f64,
        /// When a peak comes.
        #[serde(rename = "peak_ns", with = "text::nanos")]
        peak: Duration,
    },
}

/// A point of [`RateShape::Points`].
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct RatePoint {
    /// Time since the start of the trace.
    #[serde(rename = "at_ns", with = "text::nanos")]
    pub at: Duration,
    /// Rate there; at least 0.
    pub rate: f64,
}

impl RateShape {
    /// A rate that jumps: each step is a time and the rate from there on.
    #[must_use]
    pub fn steps(steps: &[RatePoint]) -> Self {
        let mut points: Vec<RatePoint> = Vec::with_capacity(2 * steps.len());
        for step in steps {
            if let Some(last) = points.last().copied() {
                points.push(RatePoint { at: step.at, rate: last.rate });
            }
            points.push(*step);
        }
        Self::Points { points }
    }

    /// The same shape, with time running `factor` times as fast.
    #[must_use]
    pub fn sped_up(&self, factor: f64) -> Self {
        let faster = |length: Duration| {
            #[expect(clippy::cast_possible_truncation, reason = "`as` saturates")]
            Duration::from_nanos(libm::rint(length.as_nanos() as f64 / factor) as u64)
        };
        match self {
            Self::Points { points } => {
                let point = |point: &RatePoint| RatePoint { at: faster(point.at), ..*point };
                Self::Points { points: points.iter().map(point).collect() }
            }
            &Self::Sinusoid { period, amplitude, peak } => {
                Self::Sinusoid { period: faster(period), amplitude, peak: faster(peak) }
            }
        }
    }
}

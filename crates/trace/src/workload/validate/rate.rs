//! Refuses rates over time that cannot be followed.

use super::{Finding, check_span};
use crate::workload::{RatePoint, RateShape, Workload};

/// Most points of a rate: a week by the second fits.
pub(in crate::workload) const POINTS_MAX: usize = 1_000_000;

/// Largest rate at a point, in whatever unit, and the smallest above 0: far beyond them sums and
/// quotients of rates are no numbers any more.
const RATE_MAX: f64 = 1e9;
const RATE_MIN: f64 = 1e-9;

/// Whether a relative rate can be used.
pub(super) fn is_usable(rate: f64) -> bool {
    rate == 0.0 || (RATE_MIN..=RATE_MAX).contains(&rate)
}

/// Checks a shape over the workload's duration.
pub(super) fn check(shape: &RateShape, workload: &Workload) -> Result<(), Finding> {
    match shape {
        RateShape::Points { points } => check_points(points, workload),
        RateShape::Sinusoid { period, amplitude, peak } => {
            check_span("period", *period)?;
            if !(0.0..=1.0).contains(amplitude) {
                let problem = format!("is {amplitude}; give a number from 0 to 1");
                return Err(Finding::new("amplitude", problem));
            }
            match peak.is_zero() {
                true => Ok(()),
                false => check_span("peak", *peak),
            }
        }
    }
}

fn check_points(points: &[RatePoint], workload: &Workload) -> Result<(), Finding> {
    if !(1..=POINTS_MAX).contains(&points.len()) {
        let problem = format!("holds {} points; give 1 to {POINTS_MAX}", points.len());
        return Err(Finding::new("points", problem));
    }
    for (index, point) in points.iter().enumerate() {
        let within = |problem: String| Finding::new(format!("points.{index}"), problem);
        if !point.at.is_zero() {
            check_span("", point.at).map_err(|finding| within(finding.problem))?;
        }
        if !is_usable(point.rate) {
            let problem = format!("has the rate {}; give 0, or from 1e-9 to 1e9", point.rate);
            return Err(within(problem));
        }
        if index > 0 && points[index - 1].at > point.at {
            return Err(within("is earlier than the point before it; sort them".to_owned()));
        }
    }
    if is_somewhere_positive(points, workload) {
        return Ok(());
    }
    let problem = "is 0 over the whole duration; give a rate above 0 somewhere";
    Err(Finding::new("", problem))
}

/// Whether something comes between the start and the end of the workload.
fn is_somewhere_positive(points: &[RatePoint], workload: &Workload) -> bool {
    let (first, last) = (points[0], points[points.len() - 1]);
    let before = !first.at.is_zero() && first.rate > 0.0;
    let after = last.at < workload.duration && last.rate > 0.0;
    let between = points.windows(2).any(|pair| {
        let has_length = pair[0].at < pair[1].at && pair[0].at < workload.duration;
        has_length && (pair[0].rate > 0.0 || pair[1].rate > 0.0)
    });
    before || between || after
}

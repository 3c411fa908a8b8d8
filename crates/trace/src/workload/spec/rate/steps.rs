//! Steps of a rate in one word, as the predecessor wrote them: `0-5:3,5-10:10,10-15:20`.

use std::time::Duration;

use crate::workload::{RatePoint, decimal};

/// Reads steps of `from-to:rate`, times in seconds and rates in requests per second, and says when
/// the last one ends. Where no step is, nothing comes.
pub(super) fn parse(text: &str) -> Result<(Vec<RatePoint>, Duration), String> {
    let mut points: Vec<RatePoint> = Vec::new();
    let mut end = Duration::ZERO;
    for step in text.split(',').map(str::trim) {
        let (from, to, rate) = parts(step).ok_or_else(|| {
            format!("has the step `{step}`; write it as in `0-5:3`, from 0 s to 5 s 3 requests/s")
        })?;
        if from >= to {
            return Err(format!("has the step `{step}`, which ends before it begins"));
        }
        if from < end {
            return Err(format!("has the step `{step}`, which begins before the last one ended"));
        }
        if from > end {
            points.push(RatePoint { at: end, rate: 0.0 });
        }
        points.push(RatePoint { at: from, rate });
        end = to;
    }
    points.push(RatePoint { at: end, rate: 0.0 });
    Ok((points, end))
}

fn parts(step: &str) -> Option<(Duration, Duration, f64)> {
    let (times, rate) = step.split_once(':')?;
    let (from, to) = times.split_once('-')?;
    let seconds = |text: &str| decimal::parse(text.trim(), 9).and_then(decimal::duration);
    let rate: f64 =
        rate.trim().parse().ok().filter(|rate: &f64| rate.is_finite() && *rate >= 0.0)?;
    Some((seconds(from)?, seconds(to)?, rate))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_read_exactly() {
        let (points, end) = parse("0-0.1:3, 0.1-2:10,5-6:0.5").unwrap();
        let told: Vec<(u128, f64)> = points.iter().map(|p| (p.at.as_millis(), p.rate)).collect();
        let expected = [(0, 3.0), (100, 10.0), (2000, 0.0), (5000, 0.5), (6000, 0.0)];
        assert_eq!(told, expected);
        assert_eq!(end, Duration::from_secs(6));
    }

    #[test]
    fn what_is_no_step_is_refused() {
        for text in ["", "5", "0-5", "0-5:x", "5-0:3", "0-5:-1", "0-5:3,4-6:1", "0-5:nan", "a-b:1"]
        {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}

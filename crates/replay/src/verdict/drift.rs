//! Does the lag grow or shrink with time?
//!
//! Theil and Sen's slope through the medians of blocks, which one pause does not move. A drift
//! that adds up to less than a wake-up over the run is none: short runs have no finer resolution.

use outcome::Ppm;

use super::{Check, Judgement, LAG_FREE_NS, Send, Unit};

/// Blocks whose medians show a drift.
const BLOCKS: usize = 20;

/// Slopes, in us per s.
const VALID: f64 = 10.0;
const DEGRADED: f64 = 100.0;

const SLOPE: Check = Check::new("drift", "the drift of the lag", Unit::MicrosPerSecond);
const IN_ALL: Check = Check::new("drift in all", "the drift of the lag over the run", Unit::Nanos);

pub(super) fn check(judgement: &mut Judgement, sends: &[Send], tightest: f64) {
    let (Some(first), Some(last)) = (sends.first(), sends.last()) else { return };
    // ns per ns.
    let slope = slope(sends).unwrap_or(0.0).abs();
    let span = last.arrival as f64 - first.arrival as f64;
    // The slope of a drift that adds up to nothing worth a name, in us per s.
    let free = if span > 0.0 { 1e6 * LAG_FREE_NS / span } else { f64::INFINITY };
    judgement.add(SLOPE.of(1e6 * slope, VALID.max(free), DEGRADED.max(free)));
    judgement.add(IN_ALL.of(slope * span, (0.01 * tightest).max(LAG_FREE_NS), f64::INFINITY));
}

/// `None` where fewer than two blocks differ in time.
fn slope(sends: &[Send]) -> Option<f64> {
    let size = sends.len().div_ceil(BLOCKS).max(1);
    let median = |block: &[Send]| {
        let mut lags: Vec<i64> = block.iter().map(|send| send.lag).collect();
        lags.sort_unstable();
        Some((block[block.len() / 2].arrival as f64, Ppm::P50.of(&lags)? as f64))
    };
    let points: Vec<(f64, f64)> = sends.chunks(size).filter_map(median).collect();
    let pairs = points.iter().enumerate().flat_map(|(index, from)| {
        points[index + 1..].iter().map(move |to| (to.1 - from.1) / (to.0 - from.0))
    });
    let mut slopes: Vec<f64> = pairs.filter(|slope| slope.is_finite()).collect();
    slopes.sort_unstable_by(f64::total_cmp);
    Ppm::P50.of(&slopes)
}

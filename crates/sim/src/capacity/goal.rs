//! What is looked for, as levels in order of hardness.

use std::fmt;

use cluster::Workers;
use trace::RateScale;

use super::search::Range;

/// The levels of the rate go this far: as far as a rate scale does.
const RATE_MIN: f64 = 0.001;
const RATE_MAX: f64 = 1000.0;

/// The second rate that is tried is about a fifth off the first, which is the trace's own: whoever
/// asks is seldom further away than by a factor of two.
const RATE_STEP: f64 = 1.2;

/// What is looked for.
#[derive(Clone, Debug, PartialEq)]
pub enum Goal {
    /// The fewest equal workers.
    Workers {
        /// At most so many.
        max: u32,
    },
    /// The highest factor on the trace's rate.
    Rate {
        /// The workers that must bear it.
        workers: Workers,
        /// Two rates are told apart where one is larger by this share.
        tolerance: f64,
    },
}

/// A number of workers, or a factor on the rate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Level {
    /// So many workers.
    Workers(u32),
    /// The trace's rate times this.
    Rate(RateScale),
}

impl Goal {
    /// The ranks of all levels, where the trace offers a load of so many workers.
    pub(super) fn range(&self, load: f64) -> Range {
        match self {
            Self::Workers { max } => {
                // Fewer workers cannot keep up for ever, and more than they need is the question.
                #[expect(clippy::cast_possible_truncation, reason = "`as` saturates")]
                let start = -(libm::ceil(load) as i64);
                Range { easiest: -i64::from(*max), hardest: -1, start, step: 1 }
            }
            Self::Rate { tolerance, .. } => {
                let rank = |scale: f64| libm::log(scale) / libm::log1p(*tolerance);
                #[expect(clippy::cast_possible_truncation, reason = "some millions at most")]
                let whole = |rank: f64| rank as i64;
                let step = whole(rank(RATE_STEP)).max(1);
                // One inwards from the ends, where rounding could leave what a scale may be.
                let (easiest, hardest) = (whole(rank(RATE_MIN)), whole(rank(RATE_MAX)));
                Range { easiest, hardest, start: 0, step }
            }
        }
    }

    pub(super) fn level(&self, rank: i64) -> Level {
        match self {
            Self::Workers { .. } => {
                Level::Workers(rank.unsigned_abs().try_into().expect("a range of workers"))
            }
            Self::Rate { tolerance, .. } => {
                // Six digits, as it is printed: what is read back is what was simulated.
                let scale = libm::pow(1.0 + tolerance, rank as f64).clamp(RATE_MIN, RATE_MAX);
                let rounded: f64 = format!("{scale:.5e}").parse().expect("a number is one");
                let scale = rounded.to_string().parse();
                Level::Rate(scale.expect("ranks end where scales do"))
            }
        }
    }

    /// The workers of a level.
    pub(super) fn workers(&self, level: Level) -> Workers {
        match (self, level) {
            (_, Level::Workers(count)) => Workers::equal(count),
            (Self::Rate { workers, .. }, Level::Rate(_)) => workers.clone(),
            (Self::Workers { .. }, Level::Rate(_)) => unreachable!("it is a level of this goal"),
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Workers(1) => f.write_str("1 worker"),
            Self::Workers(count) => write!(f, "{count} workers"),
            Self::Rate(scale) => write!(f, "x{scale}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rates(tolerance: f64) -> Goal {
        Goal::Rate { workers: Workers::equal(2), tolerance }
    }

    #[test]
    fn rates_are_a_tolerance_apart_from_end_to_end() {
        for tolerance in [0.0001, 0.01, 0.5] {
            let goal = rates(tolerance);
            let range = goal.range(1.0);
            let scale = |rank| match goal.level(rank) {
                Level::Rate(scale) => scale.factor(),
                Level::Workers(_) => panic!("a rate was asked for"),
            };
            assert_eq!(scale(0), 1.0);
            assert!(scale(range.easiest) >= RATE_MIN && scale(range.hardest) <= RATE_MAX);
            assert!(scale(range.hardest) * (1.0 + tolerance) > RATE_MAX * 0.999);
            for rank in [range.easiest, -1, 0, 7, range.hardest - 1] {
                let ratio = scale(rank + 1) / scale(rank);
                assert!((ratio - 1.0 - tolerance).abs() < 2e-5, "{tolerance} {rank}: {ratio}");
            }
        }
        assert_eq!(rates(0.01).level(13).to_string(), "x1.13809");
    }

    #[test]
    fn fewer_workers_are_harder() {
        let goal = Goal::Workers { max: 256 };
        let range = goal.range(4.2);
        assert_eq!(goal.level(range.easiest), Level::Workers(256));
        assert_eq!(goal.level(range.hardest), Level::Workers(1));
        assert_eq!(goal.level(range.start), Level::Workers(5));
        assert_eq!(goal.level(-5).to_string(), "5 workers");
    }
}

//! Words for what was found: never a bare p-value.

use std::fmt;

use crate::{Estimate, Holm};

/// Chance of a false alarm that a verdict takes.
pub const ALPHA: f64 = 0.05;

/// What is said of one metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// Worse beyond chance, by as much as matters.
    Regressed,
    /// Nothing can be ruled out.
    Inconclusive,
    /// Better beyond chance, by as much as matters.
    Improved,
    /// Not worse by as much as matters; perhaps better.
    NoWorse,
    /// Neither worse nor better by as much as matters (TOST, Schuirmann 1987).
    Equivalent,
    /// Too few requests to ask.
    TooFew,
}

impl Verdict {
    /// All verdicts, in the order in which they want to be read.
    pub const ALL: [Self; 6] = [
        Self::Regressed,
        Self::Inconclusive,
        Self::Improved,
        Self::NoWorse,
        Self::Equivalent,
        Self::TooFew,
    ];

    /// Its spelling.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Regressed => "regressed",
            Self::Inconclusive => "inconclusive",
            Self::Improved => "improved",
            Self::NoWorse => "no_worse",
            Self::Equivalent => "equivalent",
            Self::TooFew => "too_few",
        }
    }

    /// The same as a sign, so that colour is never needed.
    #[must_use]
    pub const fn sign(self) -> &'static str {
        match self {
            Self::Regressed => "▲",
            Self::Inconclusive => "?",
            Self::Improved => "▼",
            Self::NoWorse => "≤",
            Self::Equivalent => "=",
            Self::TooFew => "·",
        }
    }

    /// The verdict on an estimate, of which harm below `delta` does not matter. `holm` are the
    /// p-values that count; without them those of the estimate do.
    #[must_use]
    pub fn of(estimate: Option<&Estimate>, holm: Option<Holm>, delta: f64) -> Self {
        let Some(estimate) = estimate else { return Self::TooFew };
        let test = &estimate.test;
        let p = holm.unwrap_or(Holm { worse: test.p_worse, better: test.p_better });
        let (lo, hi) = test
            .interval
            .map_or((f64::NEG_INFINITY, f64::INFINITY), |interval| (interval.lo90, interval.hi90));
        if p.worse <= ALPHA && test.harm >= delta {
            Self::Regressed
        } else if p.better <= ALPHA && test.harm <= -delta {
            Self::Improved
        } else if -delta < lo && hi < delta {
            Self::Equivalent
        } else if hi < delta {
            Self::NoWorse
        } else {
            Self::Inconclusive
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// What is said of all metrics that gate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Overall {
    /// No metric regressed, none improved, and all could be told.
    Ok,
    /// Some metric improved, none regressed, and all could be told.
    Improved,
    /// Some metric could not be told, and none regressed.
    Inconclusive,
    /// Some metric regressed.
    Regressed,
}

impl Overall {
    /// The word for these verdicts.
    #[must_use]
    pub fn of(verdicts: impl IntoIterator<Item = Verdict>) -> Self {
        let of_one = |verdict| match verdict {
            Verdict::Regressed => Self::Regressed,
            Verdict::Inconclusive => Self::Inconclusive,
            Verdict::Improved => Self::Improved,
            Verdict::NoWorse | Verdict::Equivalent | Verdict::TooFew => Self::Ok,
        };
        verdicts.into_iter().map(of_one).max().unwrap_or(Self::Ok)
    }

    /// Its spelling.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Improved => "improved",
            Self::Inconclusive => "inconclusive",
            Self::Regressed => "regressed",
        }
    }

    /// The same as a sign.
    #[must_use]
    pub const fn sign(self) -> &'static str {
        match self {
            Self::Ok => Verdict::Equivalent.sign(),
            Self::Improved => Verdict::Improved.sign(),
            Self::Inconclusive => Verdict::Inconclusive.sign(),
            Self::Regressed => Verdict::Regressed.sign(),
        }
    }
}

impl Overall {
    /// The exit code that tells it to a script: 1 of a regression; with `strict`, 3 of what could
    /// not be told.
    #[must_use]
    pub const fn exit_code(self, strict: bool) -> u8 {
        match self {
            Self::Regressed => 1,
            Self::Inconclusive if strict => 3,
            Self::Ok | Self::Improved | Self::Inconclusive => 0,
        }
    }
}

impl fmt::Display for Overall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Interval, Status, TTest};

    fn estimate(harm: f64, (lo90, hi90): (f64, f64), (p_worse, p_better): (f64, f64)) -> Estimate {
        let interval = Some(Interval { lo90, hi90, lo95: lo90, hi95: hi90 });
        let test = TTest { harm, t: 1.0, df: 4, p_worse, p_better, interval, exact: false };
        Estimate { status: Status::Ok, a: 1.0, b: 1.0, test }
    }

    #[test]
    fn the_first_rule_that_holds_is_the_verdict() {
        for (harm, limits, p, verdict) in [
            (0.06, (0.05, 0.07), (0.01, 0.99), Verdict::Regressed),
            // Beyond chance, but too small to matter.
            (0.04, (0.03, 0.045), (0.01, 0.99), Verdict::Equivalent),
            // Large, but by chance perhaps.
            (0.06, (-0.01, 0.13), (0.06, 0.94), Verdict::Inconclusive),
            (-0.06, (-0.07, -0.05), (0.99, 0.01), Verdict::Improved),
            (-0.06, (-0.13, 0.01), (0.9, 0.1), Verdict::NoWorse),
            // On the limit itself: significant and large enough; not inside it.
            (0.05, (0.01, 0.09), (0.05, 0.95), Verdict::Regressed),
            (0.0, (-0.05, 0.05), (0.5, 0.5), Verdict::Inconclusive),
        ] {
            let estimate = estimate(harm, limits, p);
            assert_eq!(Verdict::of(Some(&estimate), None, 0.05), verdict, "{harm} {limits:?}");
        }
        assert_eq!(Verdict::of(None, None, 0.05), Verdict::TooFew);
    }

    #[test]
    fn corrected_values_count_where_there_are_any() {
        let estimate = estimate(0.06, (0.05, 0.07), (0.01, 0.99));
        let holm = Some(Holm { worse: 0.2, better: 1.0 });
        assert_eq!(Verdict::of(Some(&estimate), holm, 0.05), Verdict::Inconclusive);
    }

    #[test]
    fn without_an_interval_nothing_is_equivalent() {
        let mut censored = estimate(0.0, (0.0, 0.0), (0.5, 0.5));
        censored.test.interval = None;
        assert_eq!(Verdict::of(Some(&censored), None, 0.05), Verdict::Inconclusive);
    }

    #[test]
    fn a_regression_outweighs_everything() {
        use Verdict::{Equivalent, Improved, Inconclusive, NoWorse, Regressed, TooFew};
        for (verdicts, overall) in [
            (&[Equivalent, NoWorse, TooFew] as &[_], Overall::Ok),
            (&[], Overall::Ok),
            (&[Equivalent, Improved], Overall::Improved),
            (&[Improved, Inconclusive], Overall::Inconclusive),
            (&[Inconclusive, Regressed, Improved], Overall::Regressed),
        ] {
            assert_eq!(Overall::of(verdicts.iter().copied()), overall);
        }
    }
}

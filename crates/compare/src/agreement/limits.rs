//! How close is close enough, decided in integers, and of which rows it can be said at all.

use std::fmt;

use outcome::Ppm;

use super::{Figure, Measure};

/// How far a measured figure may be from the simulated one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Of p50 and p95, as a share of the simulated one.
    pub within: Ppm,
    /// Of attainment, as a share of the requests of the class: 5000 ppm are 0.5 points.
    pub within_points: Ppm,
}

impl Default for Limits {
    fn default() -> Self {
        Self { within: Ppm(30_000), within_points: Ppm(5_000) }
    }
}

/// What is said of a row that is judged, and of all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Word {
    /// The sides are within the limit of each other.
    Agrees,
    /// They are not.
    Differs,
    /// The class has too few requests to tell.
    TooFew,
}

impl Word {
    /// Its spelling in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Agrees => "agrees",
            Self::Differs => "differs",
            Self::TooFew => "too_few",
        }
    }

    /// What the words of rows come to together: those of too few requests have no say unless there
    /// are no others.
    #[must_use]
    pub fn overall(words: impl IntoIterator<Item = Self>) -> Self {
        let told = words.into_iter().filter(|&word| word != Self::TooFew);
        told.max().unwrap_or(Self::TooFew)
    }
}

impl fmt::Display for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Agrees => "agrees",
            Self::Differs => "DIFFERS",
            Self::TooFew => "too few",
        })
    }
}

/// A quantile needs so many requests beyond it, and a share so many in all.
const ENOUGH: u64 = 20;
const WHOLE_PPM: u64 = 1_000_000;

/// As many requests as a median needs: [`ENOUGH`] beyond it.
pub(super) const ENOUGH_FOR_MEDIAN: usize = 40;

/// Whether `count` requests are enough for the quantile `ppm`: a p50 needs 40, a p95 400, a p99
/// 2000.
fn enough_for_quantile(count: u64, ppm: Ppm) -> bool {
    let beyond = WHOLE_PPM.saturating_sub(ppm.0.into());
    u128::from(count) * u128::from(beyond) >= u128::from(ENOUGH * WHOLE_PPM)
}

impl Limits {
    /// What is to be said of a figure of a class of `count` requests; `None` where the measure is
    /// shown and not judged.
    #[must_use]
    pub fn judge(
        &self,
        measure: Measure,
        count: u64,
        simulated: Figure,
        measured: Figure,
    ) -> Option<Word> {
        let (enough, limit) = match measure {
            Measure::P50 => (enough_for_quantile(count, Ppm::P50), self.within),
            Measure::P95 => (enough_for_quantile(count, Ppm::P95), self.within),
            Measure::Attainment => (self.enough_for_share(count), self.within_points),
            Measure::P99
            | Measure::WaitP50
            | Measure::WaitP95
            | Measure::ServiceP50
            | Measure::ServiceP95 => return None,
        };
        Some(match (enough, within(limit, simulated, measured)) {
            (false, _) => Word::TooFew,
            (true, true) => Word::Agrees,
            (true, false) => Word::Differs,
        })
    }

    /// Whether one request more or less would still be within the limit: 200 for 0.5 points.
    fn enough_for_share(&self, count: u64) -> bool {
        let allowed = u128::from(count) * u128::from(self.within_points.0);
        count >= ENOUGH && allowed >= u128::from(WHOLE_PPM)
    }
}

/// Whether the distance is at most this share of the simulated latency, or of all requests.
fn within(limit: Ppm, simulated: Figure, measured: Figure) -> bool {
    let distance = measured.distance(simulated);
    let whole = match simulated {
        Figure::Latency(latency) => latency.nanos().unwrap_or(0),
        Figure::Share { whole, .. } => whole,
    };
    u128::from(distance) * u128::from(WHOLE_PPM) <= u128::from(limit.0) * u128::from(whole)
}

#[cfg(test)]
mod tests {
    use outcome::Latency;

    use super::*;

    fn judged(
        measure: Measure,
        count: u64,
        simulated: Figure,
        measured: Figure,
    ) -> Option<&'static str> {
        Limits::default().judge(measure, count, simulated, measured).map(Word::name)
    }

    #[test]
    fn the_limit_itself_is_within() {
        let ns = |nanos| Figure::Latency(Latency::Finite(nanos));
        let infinite = Figure::Latency(Latency::Infinite);
        for (simulated, measured, word) in [
            (ns(1_000), ns(1_030), "agrees"),
            (ns(1_000), ns(1_031), "differs"),
            (ns(1_000), ns(970), "agrees"),
            (ns(1_000), ns(969), "differs"),
            (ns(0), ns(0), "agrees"),
            (ns(0), ns(1), "differs"),
            (infinite, infinite, "agrees"),
            (ns(1_000), infinite, "differs"),
            (infinite, ns(1_000), "differs"),
            (ns(u64::MAX), ns(u64::MAX - 1), "agrees"),
        ] {
            let told = judged(Measure::P95, 400, simulated, measured);
            assert_eq!(told, Some(word), "{simulated:?} {measured:?}");
        }
    }

    #[test]
    fn a_median_needs_forty() {
        let enough = |count: usize| enough_for_quantile(count as u64, Ppm::P50);
        assert!(enough(ENOUGH_FOR_MEDIAN) && !enough(ENOUGH_FOR_MEDIAN - 1));
    }

    #[test]
    fn points_are_of_all_requests() {
        let share = |part| Figure::Share { part, whole: 1_000 };
        for (measured, word) in
            [(500, "agrees"), (505, "agrees"), (506, "differs"), (494, "differs")]
        {
            assert_eq!(judged(Measure::Attainment, 1_000, share(500), share(measured)), Some(word));
        }
    }

    #[test]
    fn few_requests_are_not_judged() {
        let same = Figure::Latency(Latency::Finite(5));
        for (measure, needed) in [(Measure::P50, 40), (Measure::P95, 400)] {
            assert_eq!(judged(measure, needed - 1, same, same), Some("too_few"));
            assert_eq!(judged(measure, needed, same, same), Some("agrees"));
        }
        let all = |whole| Figure::Share { part: whole, whole };
        assert_eq!(judged(Measure::Attainment, 199, all(199), all(199)), Some("too_few"));
        assert_eq!(judged(Measure::Attainment, 200, all(200), all(200)), Some("agrees"));
        assert_eq!(judged(Measure::P99, 1_000_000, same, same), None);
    }

    #[test]
    fn one_difference_is_enough_and_too_few_is_no_agreement() {
        for (words, overall) in [
            (&[Word::Agrees, Word::TooFew] as &[_], Word::Agrees),
            (&[Word::Agrees, Word::Differs, Word::TooFew], Word::Differs),
            (&[Word::TooFew, Word::TooFew], Word::TooFew),
            (&[], Word::TooFew),
        ] {
            assert_eq!(Word::overall(words.iter().copied()), overall);
        }
    }
}

//! What differs from one request to the next, and the numbers that a message may hold of it.

use request::Tier;

/// One request, as far as its message may tell of it. Moments are Unix ns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Facts {
    /// Its id.
    pub id: i64,
    /// Its tier.
    pub tier: Tier,
    /// Position of its SLO class in [`Traffic::slos`](crate::Traffic).
    pub slo: usize,
    /// Position of its model in [`Traffic::models`](crate::Traffic).
    pub model: usize,
    /// Where its tensor begins.
    pub tensor_seed: u64,
    /// When it arrives.
    pub arrival_ns: i64,
    /// When an answer stops being useful.
    pub deadline_ns: i64,
    /// When it is sent.
    pub now_ns: i64,
}

/// A number that a message may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Quantity {
    RequestId,
    Tier,
    TensorSeed,
    Time(Time, Unit),
}

/// A moment or a length of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Time {
    /// Unix time of the arrival.
    Arrival,
    /// Unix time of the deadline.
    Deadline,
    /// From arrival to deadline.
    Slo,
    /// From now to the deadline.
    Remaining,
}

/// What a time is counted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    Nanos,
    Micros,
    Millis,
    Seconds,
}

impl Time {
    /// All there are, by their names in a map.
    pub(crate) const ALL: [(&str, Self); 4] = [
        ("arrival", Self::Arrival),
        ("deadline", Self::Deadline),
        ("slo", Self::Slo),
        ("remaining", Self::Remaining),
    ];

    /// A length of time is never 0 or less, since servers read that as none: a deadline that has
    /// passed leaves 1 ns.
    pub(crate) fn ns(self, facts: &Facts) -> i64 {
        match self {
            Self::Arrival => facts.arrival_ns,
            Self::Deadline => facts.deadline_ns,
            Self::Slo => facts.deadline_ns.saturating_sub(facts.arrival_ns).max(1),
            Self::Remaining => facts.deadline_ns.saturating_sub(facts.now_ns).max(1),
        }
    }

    /// Whether it is a length and no moment.
    pub(crate) fn is_length(self) -> bool {
        matches!(self, Self::Slo | Self::Remaining)
    }
}

impl Unit {
    /// All there are, by their names in a map.
    pub(crate) const ALL: [(&str, Self); 4] =
        [("ns", Self::Nanos), ("us", Self::Micros), ("ms", Self::Millis), ("s", Self::Seconds)];

    pub(crate) fn ns(self) -> i64 {
        match self {
            Self::Nanos => 1,
            Self::Micros => 1_000,
            Self::Millis => 1_000_000,
            Self::Seconds => 1_000_000_000,
        }
    }
}

impl Quantity {
    /// It as a whole number. Times are rounded down, but a length of time is at least 1.
    pub(crate) fn whole(self, facts: &Facts) -> i128 {
        self.times(1, facts)
    }

    /// So many times it, rounded down at the end.
    pub(crate) fn times(self, scale: i64, facts: &Facts) -> i128 {
        let scale = i128::from(scale);
        match self {
            Self::RequestId => i128::from(facts.id) * scale,
            Self::Tier => i128::from(facts.tier.number()) * scale,
            Self::TensorSeed => i128::from(facts.tensor_seed) * scale,
            Self::Time(time, unit) => {
                let whole = (i128::from(time.ns(facts)) * scale).div_euclid(unit.ns().into());
                if time.is_length() && scale > 0 { whole.max(1) } else { whole }
            }
        }
    }

    /// Whether it is a length of time.
    pub(crate) fn is_length(self) -> bool {
        matches!(self, Self::Time(time, _) if time.is_length())
    }

    /// It with what a unit leaves over.
    #[expect(clippy::cast_precision_loss, reason = "a float field has no more digits")]
    pub(crate) fn real(self, facts: &Facts) -> f64 {
        match self {
            Self::Time(time, unit) => time.ns(facts) as f64 / unit.ns() as f64,
            Self::RequestId | Self::Tier | Self::TensorSeed => self.whole(facts) as f64,
        }
    }
}

#[cfg(test)]
pub(crate) const EXAMPLE: Facts = Facts {
    id: 7,
    tier: Tier::Premium,
    slo: 1,
    model: 0,
    tensor_seed: u64::MAX,
    arrival_ns: 1_700_000_000_123_456_789,
    deadline_ns: 1_700_000_000_623_456_789,
    now_ns: 1_700_000_000_123_999_999,
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_come_in_each_unit_rounded_down() {
        let whole = |time, unit| Quantity::Time(time, unit).whole(&EXAMPLE);
        assert_eq!(whole(Time::Arrival, Unit::Nanos), 1_700_000_000_123_456_789);
        assert_eq!(whole(Time::Deadline, Unit::Millis), 1_700_000_000_623);
        assert_eq!(whole(Time::Slo, Unit::Micros), 500_000);
        assert_eq!(whole(Time::Remaining, Unit::Millis), 499);
        assert_eq!(Quantity::Time(Time::Slo, Unit::Seconds).real(&EXAMPLE), 0.5);
        assert_eq!(Quantity::TensorSeed.whole(&EXAMPLE), u64::MAX.into());
    }

    /// Triton and others take a timeout of 0 for none at all.
    #[test]
    fn no_length_of_time_is_nothing() {
        let late = Facts { now_ns: EXAMPLE.deadline_ns + 5, ..EXAMPLE };
        assert_eq!(Quantity::Time(Time::Remaining, Unit::Millis).whole(&late), 1);
        assert_eq!(Quantity::Time(Time::Slo, Unit::Seconds).whole(&EXAMPLE), 1);
    }
}

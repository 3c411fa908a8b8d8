//! The same requests, faster or slower.

use std::fmt;
use std::str::FromStr;

use request::Moment;

use crate::TraceRow;

/// A factor on a trace's rate: 2 is twice as many requests per second.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RateScale(f64);

/// Why a text is no rate scale.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is not a number from 0.001 to 1000")]
pub struct RateScaleError(String);

impl RateScale {
    /// The trace as it is.
    pub const ONE: Self = Self(1.0);

    /// The factor itself.
    #[must_use]
    pub fn factor(self) -> f64 {
        self.0
    }

    /// The row with its arrival divided by the factor, rounded to whole ns. Its SLO stays: the
    /// deadline moves with the arrival.
    #[inline]
    #[must_use]
    pub fn apply(self, mut row: TraceRow) -> TraceRow {
        if self == Self::ONE {
            return row;
        }
        let slo = row.request.deadline - row.request.arrival;
        #[expect(clippy::cast_possible_truncation, reason = "`as` saturates")]
        let arrival = libm::rint(row.request.arrival.as_nanos() as f64 / self.0) as i64;
        row.request.arrival = Moment::from_nanos(arrival.min(i64::MAX / 2));
        // A deadline at the end of time is none, and stays there.
        row.request.deadline = row.request.arrival.checked_add(slo).unwrap_or(Moment::MAX);
        row
    }
}

impl FromStr for RateScale {
    type Err = RateScaleError;

    fn from_str(text: &str) -> Result<Self, RateScaleError> {
        let factor = text.parse().ok().filter(|factor| (0.001..=1000.0).contains(factor));
        factor.map(Self).ok_or_else(|| RateScaleError(text.to_owned()))
    }
}

impl fmt::Display for RateScale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use request::{ModelId, Request, RequestId, Seed, Tier};

    #[test]
    fn arrivals_scale_and_slos_do_not() {
        let at = Moment::from_nanos;
        let (id, tier, model) = (RequestId(1), Tier::Vip, ModelId(0));
        let request = Request { id, arrival: at(1_000), deadline: at(1_500), tier, model };
        let row = TraceRow { request, slo: 0, tensor_seed: Seed(9) };
        let scaled = "2".parse::<RateScale>().unwrap().apply(row).request;
        assert_eq!((scaled.arrival, scaled.deadline), (at(500), at(1_000)));
        assert_eq!(RateScale::ONE.apply(row), row);
    }

    #[test]
    fn what_is_no_scale_is_refused() {
        for text in ["", "0", "-1", "nan", "inf", "1e9", "two"] {
            assert!(text.parse::<RateScale>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_deadline_at_the_end_of_time_stays_there() {
        let request = Request {
            id: RequestId(0),
            arrival: Moment::from_nanos(7),
            deadline: Moment::MAX,
            tier: Tier::Vip,
            model: ModelId(0),
        };
        let row = TraceRow { request, slo: 0, tensor_seed: Seed(0) };
        let scaled = "0.5".parse::<RateScale>().unwrap().apply(row).request;
        assert_eq!((scaled.arrival.as_nanos(), scaled.deadline), (14, Moment::MAX));
    }
}

//! Priority with aging: waiting makes a request as urgent as those of the tier above.
//!
//! The smallest `arrival + (tier - 1) x age` runs next, so a request goes before one of the tier
//! above that came more than `age_ms` after it. These are the urgency numbers of Jackson (1960).
//! All requests gain urgency equally fast while they wait, so their order never changes; the
//! time-dependent priorities of Kleinrock (1964), whose tiers gain at different rates, are not
//! this. Age 0 is FIFO; a very long one is strict priority.
//!
//! Cost: that of [`Greedy`]. Use it where the lower tiers must wait longer, but not for ever: none
//! starves, since of the requests that come later than `(tiers - 1) x age` after it none goes first.

use std::time::Duration;

use request::{Moment, Request};

use crate::{Greedy, LATE, Order, ParameterSpec, PolicySpec, Values, View};

pub(crate) const SPEC: PolicySpec = PolicySpec {
    name: "aging",
    summary: "priority with aging: the earliest arrival, each tier set back by a fixed age",
    parameters: &[
        ParameterSpec {
            name: "age_ms",
            values: Values::Millis { min: 0, max: 86_400_000 },
            default: "500",
            meaning: "how much longer a request must have waited than one of the tier above, to go \
                      first",
        },
        LATE,
    ],
    make: |parameters| Box::new(Greedy::new(Aging { age: parameters.time("age_ms") }, parameters)),
};

struct Aging {
    age: Duration,
}

impl Order for Aging {
    /// When a request of the most urgent tier would have the same urgency if it came then.
    type Key = Moment;

    fn key(&mut self, _: Moment, request: &Request, _: &dyn View) -> Moment {
        let setback = self.age * u32::from(request.tier.number() - 1);
        request.arrival.checked_add(setback).unwrap_or(Moment::MAX)
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::order;

    #[test]
    fn a_request_overtakes_the_tier_above_after_the_age() {
        let requests = [(3, 0), (2, 0), (2, 0), (1, 0), (1, 0)];
        // With an age of 2 ns the keys are 4, 3, 4, 3, 4; ties go to the earlier arrival.
        assert_eq!(order("aging:age_ms=0.000002", &requests), [1, 3, 0, 2, 4]);
    }

    #[test]
    fn the_ends_are_fifo_and_priority() {
        let requests = [(3, 0), (1, 0), (2, 0), (1, 0), (3, 0)];
        assert_eq!(order("aging:age_ms=0", &requests), [0, 1, 2, 3, 4]);
        assert_eq!(order("aging", &requests), [1, 3, 2, 0, 4]);
        assert_eq!(order("aging:age_ms=86400000", &requests), [1, 3, 2, 0, 4]);
    }
}

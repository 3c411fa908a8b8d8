//! What is measured of a class, and how far two sides of it are apart.

use outcome::{Latency, Ppm};

/// What is measured of a class.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Measure {
    /// Median latency over all requests, where failures take for ever.
    P50,
    /// The 95th percentile, likewise.
    P95,
    /// The 99th percentile, likewise.
    P99,
    /// Share of the requests that ended `ok` by their deadline.
    Attainment,
    /// Median of the queueing delay, where both sides know when execution started.
    WaitP50,
    /// The 95th percentile of the queueing delay, likewise.
    WaitP95,
    /// Median of the service time, likewise.
    ServiceP50,
    /// The 95th percentile of the service time, likewise.
    ServiceP95,
}

impl Measure {
    /// All measures, in the order of the report.
    pub const ALL: [Self; 8] = [
        Self::P50,
        Self::P95,
        Self::P99,
        Self::Attainment,
        Self::WaitP50,
        Self::WaitP95,
        Self::ServiceP50,
        Self::ServiceP95,
    ];

    /// As it ends the key of a row.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::P50 => "p50",
            Self::P95 => "p95",
            Self::P99 => "p99",
            Self::Attainment => "slo_attainment",
            Self::WaitP50 => "wait_p50",
            Self::WaitP95 => "wait_p95",
            Self::ServiceP50 => "service_p50",
            Self::ServiceP95 => "service_p95",
        }
    }

    /// The quantile that it is, if it is one.
    #[must_use]
    pub const fn quantile(self) -> Option<Ppm> {
        match self {
            Self::P50 | Self::WaitP50 | Self::ServiceP50 => Some(Ppm::P50),
            Self::P95 | Self::WaitP95 | Self::ServiceP95 => Some(Ppm::P95),
            Self::P99 => Some(Ppm::P99),
            Self::Attainment => None,
        }
    }
}

/// What one side measures, in integers. Figures of one measure of one class have an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Figure {
    /// A latency, or a part of one.
    Latency(Latency),
    /// How many requests of how many; never of none.
    Share {
        /// How many.
        part: u64,
        /// Of how many.
        whole: u64,
    },
}

impl Figure {
    /// How far this measured figure is from the simulated one: of latencies measured / simulated -
    /// 1, where 0.01 is one per cent, and of shares measured - simulated, where 0.01 is one point.
    ///
    /// Two infinite latencies are equal; one alone is infinitely far from any other.
    #[must_use]
    pub fn difference(self, simulated: Self) -> f64 {
        match (simulated, self) {
            (Self::Latency(simulated), Self::Latency(measured)) => relative(simulated, measured),
            (Self::Share { part: simulated, whole }, Self::Share { part: measured, .. }) => {
                (measured as f64 - simulated as f64) / whole as f64
            }
            _ => f64::INFINITY,
        }
    }

    /// How far it is from the simulated one, either way: ns, or requests.
    pub(super) fn distance(self, simulated: Self) -> u64 {
        match (simulated, self) {
            (Self::Share { part: simulated, .. }, Self::Share { part: measured, .. })
            | (
                Self::Latency(Latency::Finite(simulated)),
                Self::Latency(Latency::Finite(measured)),
            ) => measured.abs_diff(simulated),
            (Self::Latency(simulated), Self::Latency(measured)) if simulated == measured => 0,
            _ => u64::MAX,
        }
    }
}

fn relative(simulated: Latency, measured: Latency) -> f64 {
    match (simulated.nanos(), measured.nanos()) {
        (Some(simulated), Some(measured)) if simulated == measured => 0.0,
        (Some(simulated), Some(measured)) => measured as f64 / simulated as f64 - 1.0,
        (None, None) => 0.0,
        (Some(_), None) => f64::INFINITY,
        (None, Some(_)) => f64::NEG_INFINITY,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_are_relative_of_latencies_and_absolute_of_shares() {
        let finite = |nanos| Figure::Latency(Latency::Finite(nanos));
        let infinite = Figure::Latency(Latency::Infinite);
        let share = |part| Figure::Share { part, whole: 200 };
        for (simulated, measured, difference, distance) in [
            (finite(100), finite(103), 103.0 / 100.0 - 1.0, 3),
            (finite(100), finite(50), -0.5, 50),
            (finite(0), finite(0), 0.0, 0),
            (finite(0), finite(1), f64::INFINITY, 1),
            (infinite, infinite, 0.0, 0),
            (finite(100), infinite, f64::INFINITY, u64::MAX),
            (infinite, finite(100), f64::NEG_INFINITY, u64::MAX),
            (share(190), share(189), -0.005, 1),
        ] {
            assert_eq!(measured.difference(simulated), difference, "{simulated:?} {measured:?}");
            assert_eq!(measured.distance(simulated), distance, "{simulated:?} {measured:?}");
        }
    }
}

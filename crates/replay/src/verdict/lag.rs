//! How late requests were sent, and how many were early.

use outcome::Ppm;

use super::{Check, Judgement, LAG_FREE_NS, Send, Unit};

/// By how much a send may be early and the run only degraded, ns.
const EARLY_DEGRADED_NS: f64 = 50_000.0;

const P50: Check = Check::new("lag p50", "lag p50", Unit::Nanos);
const P99: Check = Check::new("lag p99", "lag p99", Unit::Nanos);
const P999: Check = Check::new("lag p99.9", "lag p99.9", Unit::Nanos);
const MAX: Check = Check::new("lag max", "lag max", Unit::Nanos);
const LATE: Check =
    Check::new("late", "the share of sends later than 1 % of the tightest SLO", Unit::Percent);
const EARLY: Check = Check::new("early", "the earliest send before its arrival", Unit::Nanos);

pub(super) fn check(judgement: &mut Judgement, sends: &[Send], tightest: f64, median: f64) {
    let mut lags: Vec<i64> = sends.iter().map(|send| send.lag).collect();
    lags.sort_unstable();
    let (Some(&first), Some(&last)) = (lags.first(), lags.last()) else { return };
    let at = |ppm: Ppm| ppm.of(&lags).map_or(0.0, |lag| lag as f64);
    let p50_valid = (0.01 * median).max(LAG_FREE_NS);
    judgement.add(P50.of(at(Ppm::P50), p50_valid, (0.05 * median).max(p50_valid)));
    judgement.add(P99.of(at(Ppm::P99), 0.01 * tightest, 0.05 * tightest));
    judgement.add(P999.of(at(Ppm::P999), 0.05 * tightest, 0.2 * tightest));
    judgement.add(MAX.of(last as f64, 0.5 * tightest, tightest));
    let punctual = lags.partition_point(|lag| *lag as f64 <= 0.01 * tightest);
    let share = 100.0 * (lags.len() - punctual) as f64 / lags.len() as f64;
    judgement.add(LATE.of(share, 1.0, 5.0));
    judgement.add(EARLY.of(first.min(0).unsigned_abs() as f64, 0.0, EARLY_DEGRADED_NS));
}

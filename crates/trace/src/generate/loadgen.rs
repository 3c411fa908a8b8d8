//! The Server schedule of MLPerf LoadGen 6.0, bit for bit.
//!
//! The same seed, rate, duration and count give the arrivals that LoadGen's `GenerateQueries` gives:
//! gaps are drawn as the GNU C++ library draws `exponential_distribution<double>` from
//! `std::mt19937`, and cut to whole nanoseconds. Only the logarithm is another: LoadGen takes the
//! platform's, which is rounded correctly all but always, and this is the correctly rounded one
//! ([`ln`]), so that a schedule is the same everywhere.

mod ln;

use std::iter::FusedIterator;

use rand_mt::Mt;

use self::ln::ln_rounded;

/// Above one query in a nanosecond, gaps are cut to nothing and time need not advance.
const QPS_MAX: f64 = 1e9;

/// What two gaps can differ by, as a part of their length, if their logarithms are within 2 units
/// in the last place, since a division and a multiplication add 1 such unit each, at most.
const DOUBT: f64 = 1.0 / (1_u64 << 49) as f64;

/// The arrivals of an MLPerf LoadGen test in the Server scenario, in nanoseconds from its start.
///
/// The first arrival is at 0. The last one is the first that is not before the duration and
/// completes the count. Memory does not grow with the schedule.
#[derive(Clone, Debug)]
pub(crate) struct LoadgenSchedule {
    random: Mt,
    qps: f64,
    min_duration_ns: i64,
    min_query_count: u64,
    /// Arrivals so far, and when the last one was.
    count: u64,
    last_ns: i64,
    next_ns: i64,
}

impl LoadgenSchedule {
    /// Starts a schedule of LoadGen's settings `schedule_rng_seed`, `server_target_qps`,
    /// `min_duration_ms` (in nanoseconds) and `min_query_count`.
    ///
    /// LoadGen uses the seed modulo 2^32. `qps` must be above 0 and at most 10^9; with any other
    /// rate the schedule could not end, and has no arrivals.
    #[must_use]
    pub(crate) fn new(seed: u64, qps: f64, min_duration_ns: i64, min_query_count: u64) -> Self {
        let ends = qps > 0.0 && qps <= QPS_MAX;
        Self {
            random: Mt::new(seed as u32),
            qps,
            min_duration_ns: if ends { min_duration_ns } else { 0 },
            min_query_count: if ends { min_query_count } else { 0 },
            count: 0,
            last_ns: 0,
            next_ns: 0,
        }
    }
}

impl Iterator for LoadgenSchedule {
    type Item = i64;

    fn next(&mut self) -> Option<i64> {
        if self.last_ns >= self.min_duration_ns && self.count >= self.min_query_count {
            return None;
        }
        self.count += 1;
        self.last_ns = self.next_ns;
        // In this order: the first output is the low one.
        let (low, high) = (self.random.next_u32(), self.random.next_u32());
        let gap_ns = gap_ns(rest(low, high), self.qps);
        self.next_ns = self.last_ns.saturating_add(gap_ns);
        Some(self.last_ns)
    }
}

impl FusedIterator for LoadgenSchedule {}

/// 1 - u, where u in [0, 1) is what libstdc++'s `generate_canonical<double, 53>` makes of two
/// outputs.
///
/// Rounding happens twice: in the sum, and in the difference.
fn rest(low: u32, high: u32) -> f64 {
    const WORD: f64 = (1_u64 << 32) as f64;
    const BELOW_ONE: f64 = 1.0 - f64::EPSILON / 2.0;
    let uniform = (f64::from(low) + f64::from(high) * WORD) / (WORD * WORD);
    1.0 - uniform.min(BELOW_ONE)
}

/// `duration_cast<nanoseconds>(duration<double>(-log(rest) / qps))`.
///
/// The pinned library's logarithm is within 1 unit in the last place of the true one, and fast. It
/// settles nearly every gap; only where a whole nanosecond is so near that it might be on the wrong
/// side, the logarithm is taken exactly.
fn gap_ns(rest: f64, qps: f64) -> i64 {
    let length = |ln: f64| -ln / qps * 1e9;
    let gap = length(libm::log(rest));
    let doubt = gap * DOUBT;
    if (gap - doubt) as i64 == (gap + doubt) as i64 {
        return gap as i64;
    }
    length(ln_rounded(rest)) as i64
}

#[cfg(test)]
mod tests;

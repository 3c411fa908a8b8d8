//! Quantiles of the lag over the last seconds, in bounded memory.
//!
//! A histogram for each second, with 32 buckets for each doubling: a value is off by 3 % at most.

use request::Moment;

use super::Lags;

/// Seconds that are looked back on; one of them has only begun.
const SECONDS: usize = 4;

const SECOND_NS: i64 = 1_000_000_000;

/// Buckets for each doubling: 2^5.
const SUB_BITS: u32 = 5;

/// Enough for 2^39 ns, which is nine minutes; whatever is later counts as that.
const BUCKETS: usize = ((39 - SUB_BITS as usize) + 1) << SUB_BITS;

/// Lags of the last seconds.
#[derive(Debug)]
pub(super) struct LagWindow {
    seconds: [Second; SECONDS],
}

#[derive(Debug)]
struct Second {
    /// Which second of the run, or `i64::MIN` where it holds nothing.
    number: i64,
    max_ns: i64,
    counts: Box<[u32; BUCKETS]>,
}

impl Default for LagWindow {
    fn default() -> Self {
        Self { seconds: std::array::from_fn(|_| Second::new()) }
    }
}

impl LagWindow {
    pub(super) fn count(&mut self, sent: Moment, lag_ns: i64) {
        let number = sent.as_nanos().div_euclid(SECOND_NS);
        let second = &mut self.seconds[number.rem_euclid(SECONDS as i64) as usize];
        if number > second.number {
            second.restart(number);
        }
        // A send of longer ago than the window is told too late to be shown.
        if number == second.number {
            second.counts[bucket(lag_ns)] += 1;
            second.max_ns = second.max_ns.max(lag_ns);
        }
    }

    /// Quantiles of the window that ends at `now`.
    pub(super) fn at(&self, now: Moment) -> Option<Lags> {
        let oldest = now.as_nanos().div_euclid(SECOND_NS) - (SECONDS as i64 - 1);
        let recent = || self.seconds.iter().filter(move |second| second.number >= oldest);
        let mut counts = [0u64; BUCKETS];
        for second in recent() {
            for (sum, count) in counts.iter_mut().zip(second.counts.iter()) {
                *sum += u64::from(*count);
            }
        }
        let max_ns = recent().map(|second| second.max_ns).max()?;
        let total: u64 = counts.iter().sum();
        let quantile = |ppm: outcome::Ppm| {
            let rank = ppm.rank(total);
            let mut seen = 0;
            let at_rank = counts.iter().position(|count| {
                seen += count;
                seen >= rank
            });
            at_rank.map_or(max_ns, |index| highest(index).min(max_ns))
        };
        let (p50_ns, p99_ns) = (quantile(outcome::Ppm::P50), quantile(outcome::Ppm::P99));
        Some(Lags { p50_ns, p99_ns, max_ns })
    }
}

impl Second {
    fn new() -> Self {
        Self { number: i64::MIN, max_ns: i64::MIN, counts: Box::new([0; BUCKETS]) }
    }

    fn restart(&mut self, number: i64) {
        self.number = number;
        self.max_ns = i64::MIN;
        self.counts.fill(0);
    }
}

/// The bucket of a value: its leading 6 bits, and where they stand.
fn bucket(lag_ns: i64) -> usize {
    let value = lag_ns.max(0).unsigned_abs();
    let shift = (u64::BITS - value.leading_zeros()).saturating_sub(SUB_BITS + 1);
    let index = ((shift as usize) << SUB_BITS) + (value >> shift) as usize;
    index.min(BUCKETS - 1)
}

/// The highest value of a bucket.
fn highest(index: usize) -> i64 {
    let shift = (index >> SUB_BITS).saturating_sub(1);
    let leading = index - (shift << SUB_BITS);
    (((leading as i64) + 1) << shift) - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(nanos: i64) -> Moment {
        Moment::from_nanos(nanos)
    }

    #[test]
    fn a_bucket_holds_its_highest_value_and_no_higher_one() {
        for index in 0..BUCKETS - 1 {
            assert_eq!(bucket(highest(index)), index);
            assert_eq!(bucket(highest(index) + 1), index + 1);
        }
        assert_eq!(bucket(i64::MIN), 0);
        assert_eq!(bucket(i64::MAX), BUCKETS - 1);
    }

    #[test]
    fn a_bucket_is_no_wider_than_3_per_cent() {
        for value in [100, 12_345, 50_000, 1_000_000, 123_456_789_012] {
            let off = highest(bucket(value)) - value;
            assert!((0..=value / 32).contains(&off), "{value} is off by {off}");
        }
    }

    #[test]
    fn what_is_older_than_the_window_is_forgotten() {
        let mut window = LagWindow::default();
        assert_eq!(window.at(at(0)), None);
        window.count(at(100), 5_000_000);
        (1..100).for_each(|index| window.count(at(index * 30_000_000), 20));
        let early = window.at(at(2_990_000_000)).unwrap();
        assert_eq!(early, Lags { p50_ns: 20, p99_ns: 20, max_ns: 5_000_000 });
        assert_eq!(window.at(at(4_000_000_000)).unwrap().max_ns, 20);
        assert_eq!(window.at(at(60_000_000_000)), None);
        // The place of a second that has passed is used again, and only forwards.
        window.count(at(4_500_000_000), 30);
        window.count(at(200), 7_000_000);
        assert_eq!(window.at(at(4_600_000_000)).unwrap().max_ns, 30);
    }

    #[test]
    fn an_early_send_before_the_epoch_counts_as_punctual() {
        let mut window = LagWindow::default();
        window.count(at(-3), -3);
        assert_eq!(window.at(at(0)), Some(Lags { p50_ns: -3, p99_ns: -3, max_ns: -3 }));
        window.count(at(5), -1);
        window.count(at(10), 4);
        assert_eq!(window.at(at(10)), Some(Lags { p50_ns: 0, p99_ns: 4, max_ns: 4 }));
    }
}

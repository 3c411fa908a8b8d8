//! Equal parts of a trace's time.

use drawing::nice_length;

/// Bins from 0 to the end. The last one is from half to one and a half times as long as the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Bins {
    pub(super) width_ns: i64,
    pub(super) end_ns: i64,
    count: usize,
}

impl Bins {
    /// About `wanted` bins of a round length.
    pub(super) fn new(end_ns: i64, wanted: u64) -> Self {
        let end_ns = end_ns.max(1);
        Self::of_width(end_ns, nice_length(end_ns as f64 / wanted.max(1) as f64))
    }

    fn of_width(end_ns: i64, width_ns: i64) -> Self {
        // Rounded, so that no bin is too short to tell a rate.
        let count = (end_ns / width_ns) + i64::from(end_ns % width_ns > width_ns / 2);
        Self { width_ns, end_ns, count: usize::try_from(count.max(1)).unwrap_or(usize::MAX) }
    }

    /// The same time in bins this many times as long.
    pub(super) fn wider(&self, times: i64) -> Self {
        Self::of_width(self.end_ns, self.width_ns.saturating_mul(times))
    }

    pub(super) fn len(&self) -> usize {
        self.count
    }

    /// The bin of a time, which is not after the end.
    pub(super) fn of(&self, time_ns: i64) -> usize {
        ((time_ns / self.width_ns) as usize).min(self.count - 1)
    }

    /// Start and end of a bin.
    pub(super) fn ends(&self, bin: usize) -> (i64, i64) {
        let start = bin as i64 * self.width_ns;
        match bin + 1 == self.count {
            true => (start, self.end_ns),
            false => (start, start + self.width_ns),
        }
    }

    /// Length of a bin in seconds.
    pub(super) fn seconds(&self, bin: usize) -> f64 {
        let (start, end) = self.ends(bin);
        (end - start) as f64 / 1e9
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_short_rest_joins_its_neighbour() {
        let bins = Bins::of_width(104, 10);
        assert_eq!((bins.len(), bins.ends(9)), (10, (90, 104)));
        let bins = Bins::of_width(106, 10);
        assert_eq!((bins.len(), bins.ends(10)), (11, (100, 106)));
        assert_eq!(Bins::new(0, 12).len(), 1);
    }

    proptest! {
        #[test]
        fn bins_cover_the_time_without_gaps(
            end in 1_i64..i64::MAX,
            wanted in 1_u64..300,
            times in 1_i64..20,
            part in 0.0_f64..1.0,
        ) {
            let bins = Bins::new(end, wanted).wider(times);
            prop_assert!(bins.len() as u64 <= wanted + 1);
            prop_assert_eq!(bins.ends(0).0, 0);
            prop_assert_eq!(bins.ends(bins.len() - 1).1, end);
            let time = (end as f64 * part) as i64;
            let (start, stop) = bins.ends(bins.of(time));
            prop_assert!(start <= time && time < stop || time == end);
        }
    }
}

//! Measured quantiles by size of the batch, as a law.

use super::whole_ns;

/// The distribution for each measured size, sizes ascending from 1.
///
/// Between two measured sizes every quantile lies on the straight line between theirs, and so does
/// the mean. Beyond the last, times grow in proportion to the size: what a larger batch would save
/// has not been measured. No worker takes such a batch, since `batch_size_max` may not exceed it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Table {
    entries: Vec<(u32, Quantiles)>,
}

/// A distribution given by some of its quantiles, from the 0th percentile to the 100th; between
/// two of them times are spread evenly.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Quantiles {
    /// Shares from 0 to 1, ascending, and the times that they end within, never descending.
    points: Vec<(f64, f64)>,
}

/// What the size asked for lies between.
enum Place<'a> {
    Between { below: &'a Quantiles, above: &'a Quantiles, weight: f64 },
    Scaled { last: &'a Quantiles, factor: f64 },
}

impl Table {
    /// # Panics
    /// Where the sizes do not ascend from 1: the caller refuses that by name.
    pub(crate) fn new(entries: Vec<(u32, Quantiles)>) -> Self {
        assert_eq!(entries.first().map(|entry| entry.0), Some(1), "the reader refuses this");
        assert!(entries.windows(2).all(|pair| pair[0].0 < pair[1].0), "the reader refuses this");
        Self { entries }
    }

    pub(crate) fn mean_ns(&self, size: u32) -> f64 {
        self.at(size, Quantiles::mean_ns)
    }

    /// The time within which this share of batches of this size end; for shares from 0 to 1.
    pub(crate) fn quantile_ns(&self, share: f64, size: u32) -> f64 {
        self.at(size, |quantiles| quantiles.time_ns(share))
    }

    /// The share of batches of this size that end within the time.
    pub(crate) fn share_within(&self, time_ns: f64, size: u32) -> f64 {
        match self.place(size) {
            Place::Between { below, weight: 0.0, .. } => below.share_within(time_ns),
            Place::Scaled { last, factor } => last.share_within(time_ns / factor),
            // A size between two has no points of its own to search.
            Place::Between { .. } => self.share_by_halving(time_ns, size),
        }
    }

    /// The largest share whose quantile is within the time.
    fn share_by_halving(&self, time_ns: f64, size: u32) -> f64 {
        if self.quantile_ns(0.0, size) > time_ns {
            return 0.0;
        }
        if self.quantile_ns(1.0, size) <= time_ns {
            return 1.0;
        }
        let (mut within, mut beyond) = (0.0, 1.0);
        // As many halvings as a share has bits.
        for _ in 0..53 {
            let middle = (within + beyond) / 2.0;
            match self.quantile_ns(middle, size) <= time_ns {
                true => within = middle,
                false => beyond = middle,
            }
        }
        within
    }

    fn at(&self, size: u32, value: impl Fn(&Quantiles) -> f64) -> f64 {
        match self.place(size) {
            Place::Between { below, weight: 0.0, .. } => value(below),
            Place::Between { below, above, weight } => {
                value(below) * (1.0 - weight) + value(above) * weight
            }
            Place::Scaled { last, factor } => value(last) * factor,
        }
    }

    fn place(&self, size: u32) -> Place<'_> {
        let size = size.max(1);
        let next = self.entries.partition_point(|entry| entry.0 <= size);
        let (size_below, below) = &self.entries[next - 1];
        match self.entries.get(next) {
            Some((size_above, above)) => {
                let weight = f64::from(size - size_below) / f64::from(size_above - size_below);
                Place::Between { below, above, weight }
            }
            None => Place::Scaled { last: below, factor: f64::from(size) / f64::from(*size_below) },
        }
    }
}

impl Quantiles {
    /// From percentiles, ascending from 0 to 100, and times in ms that do not descend.
    ///
    /// # Panics
    /// Where they are not so: the caller refuses that by name.
    pub(crate) fn of_percentiles(percentiles: &[(f64, f64)]) -> Self {
        let ends = (percentiles.first().map(|end| end.0), percentiles.last().map(|end| end.0));
        assert_eq!(ends, (Some(0.0), Some(100.0)), "the reader refuses this");
        let point = |&(percentile, ms): &(f64, f64)| (percentile / 100.0, whole_ns(ms) as f64);
        Self { points: percentiles.iter().map(point).collect() }
    }

    /// The mean of the law as it stands: half of two neighbours, by the share between them.
    fn mean_ns(&self) -> f64 {
        let part = |pair: &[(f64, f64)]| (pair[1].0 - pair[0].0) * (pair[0].1 + pair[1].1) / 2.0;
        self.points.windows(2).map(part).sum()
    }

    fn share_within(&self, time_ns: f64) -> f64 {
        let next = self.points.partition_point(|point| point.1 <= time_ns);
        let Some(&(share_high, high)) = self.points.get(next) else { return 1.0 };
        let Some(&(share_low, low)) = self.points[..next].last() else { return 0.0 };
        share_low + (share_high - share_low) * ((time_ns - low) / (high - low))
    }

    fn time_ns(&self, share: f64) -> f64 {
        let next =
            self.points.partition_point(|point| point.0 < share).clamp(1, self.points.len() - 1);
        let ((share_low, low), (share_high, high)) = (self.points[next - 1], self.points[next]);
        let time = low + (high - low) * ((share - share_low) / (share_high - share_low));
        // Rounding must not carry a time past the point that ends its stretch.
        time.clamp(low, high)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn both_ways_to_a_share_agree(
            times in prop::collection::vec(1..60u32, 2..8),
            size in 1..5u32,
            time in 0..400u32,
        ) {
            let mut times = times;
            times.sort_unstable();
            let last = times.len() as f64 - 1.0;
            let percentiles: Vec<(f64, f64)> = times
                .iter()
                .enumerate()
                .map(|(index, &time)| (100.0 * index as f64 / last, f64::from(time)))
                .collect();
            let table = Table::new(vec![(1, Quantiles::of_percentiles(&percentiles))]);
            // Half a ms, so that the time is at a step as often as between two.
            let time_ns = f64::from(time) * 0.5e6;
            let (direct, halved) =
                (table.share_within(time_ns, size), table.share_by_halving(time_ns, size));
            prop_assert!((direct - halved).abs() < 1e-9, "{direct} {halved}");
        }
    }
}

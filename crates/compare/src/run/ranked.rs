//! Latencies in order, each with the block of scheduled time that it belongs to.
//!
//! Whatever the method asks of latencies is a rank or a count: the value below which a share of
//! them lies, and how many in each block lie above a value. Sorted once, both take a search and a
//! glance at running counts, also where every latency is scaled by a factor.

/// Latencies must be below this many ns (52 days): such integers are exact as floating point, and
/// leave room for the block.
pub const LATENCY_NS_LIMIT: u64 = 1 << 52;

/// Most blocks that can be told apart beside a latency.
pub const BLOCKS_MAX: u32 = 1 << BLOCK_BITS;

const BLOCK_BITS: u32 = 12;

/// Latencies between two running counts.
const STRIDE: usize = 1024;

/// The finite latencies of some requests of one run, sorted.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ranked {
    /// Latency and block in one number, whose order is that of the latencies.
    packed: Vec<u64>,
    blocks: usize,
    /// How many of the first 0, `STRIDE`, 2 x `STRIDE`, ... latencies are in each block.
    running: Vec<u32>,
}

impl Ranked {
    /// Ranks latencies that were packed with [`pack`], in any order.
    pub(crate) fn new(mut packed: Vec<u64>, blocks: u32) -> Self {
        packed.sort_unstable();
        let blocks = blocks as usize;
        let mut running = Vec::with_capacity((packed.len() / STRIDE + 1) * blocks);
        let mut counts = vec![0; blocks];
        for stride in packed.chunks(STRIDE) {
            running.extend_from_slice(&counts);
            stride.iter().for_each(|&packed| counts[block(packed)] += 1);
        }
        running.extend_from_slice(&counts);
        Self { packed, blocks, running }
    }

    pub(crate) fn len(&self) -> usize {
        self.packed.len()
    }

    /// The latency at `index`, ns.
    pub(crate) fn at(&self, index: usize) -> u64 {
        self.packed[index] >> BLOCK_BITS
    }

    pub(crate) fn last(&self) -> Option<u64> {
        self.packed.last().map(|packed| packed >> BLOCK_BITS)
    }

    /// How many latencies from `start` to `end` satisfy `holds`, which no longer holds once it did
    /// not; counted from the first of all.
    fn count_while(&self, (start, end): Window, holds: impl Fn(u64) -> bool) -> usize {
        start + self.packed[start..end].partition_point(|&packed| holds(packed >> BLOCK_BITS))
    }

    /// Adds how many latencies of each block are not among the first `count`.
    fn add_beyond(&self, count: usize, to: &mut [u64]) {
        let stride = count / STRIDE;
        let of_stride = |stride: usize| &self.running[stride * self.blocks..][..self.blocks];
        let (all, before) = (of_stride(self.packed.len().div_ceil(STRIDE)), of_stride(stride));
        for ((to, &all), &before) in to.iter_mut().zip(all).zip(before) {
            *to += u64::from(all - before);
        }
        for &packed in &self.packed[stride * STRIDE..count] {
            to[block(packed)] -= 1;
        }
    }
}

/// Indices from the first, included, to the second, excluded.
type Window = (usize, usize);

/// A latency with its block, as [`Ranked::new`] takes them.
pub(crate) fn pack(latency_ns: u64, block: u32) -> u64 {
    debug_assert!(latency_ns < LATENCY_NS_LIMIT && block < BLOCKS_MAX);
    latency_ns << BLOCK_BITS | u64::from(block)
}

fn block(packed: u64) -> usize {
    (packed & u64::from(BLOCKS_MAX - 1)) as usize
}

/// Some ranked latencies among others, each counted `weight` times and multiplied by `scale`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Part<'a> {
    pub(crate) ranked: &'a Ranked,
    pub(crate) scale: f64,
    pub(crate) weight: u64,
}

impl<'a> Part<'a> {
    /// Latencies as they are.
    pub(crate) fn plain(ranked: &'a Ranked) -> Self {
        Self { ranked, scale: 1.0, weight: 1 }
    }

    fn value(&self, latency: u64) -> f64 {
        self.scale * latency as f64
    }

    /// How many latencies are at most `value`.
    pub(crate) fn count_to(&self, value: f64) -> usize {
        self.ranked.count_while((0, self.ranked.len()), |latency| self.value(latency) <= value)
    }

    /// Adds how many latencies of each block are above `value`.
    pub(crate) fn add_above(&self, value: f64, to: &mut [u64]) {
        self.ranked.add_beyond(self.count_to(value), to);
    }
}

/// The smallest value at or below which weights come to `target`; `None` where all together do not.
///
/// Each step takes the middle of the part that is least known and throws away what lies on the
/// wrong side of it, in every part.
pub(crate) fn smallest_reaching(target: u128, parts: &[Part<'_>]) -> Option<f64> {
    let mut windows: Vec<Window> = parts.iter().map(|part| (0, part.ranked.len())).collect();
    let mut smallest = None;
    loop {
        let widths = windows.iter().map(|(start, end)| end - start);
        let (widest, width) = widths.enumerate().max_by_key(|&(_, width)| width)?;
        if width == 0 {
            return smallest;
        }
        let (start, end) = windows[widest];
        let pivot = parts[widest].value(parts[widest].ranked.at(start + (end - start) / 2));
        let count = |part: &Part<'_>, &window: &Window| {
            part.ranked.count_while(window, |latency| part.value(latency) <= pivot)
        };
        let to_pivot: Vec<usize> =
            parts.iter().zip(&windows).map(|(part, window)| count(part, window)).collect();
        let weights = parts.iter().zip(&to_pivot);
        let reached: u128 =
            weights.map(|(part, &count)| u128::from(part.weight) * count as u128).sum();
        if reached >= target {
            smallest = Some(pivot);
            for (part, window) in parts.iter().zip(&mut windows) {
                window.1 = part.ranked.count_while(*window, |latency| part.value(latency) < pivot);
            }
        } else {
            windows.iter_mut().zip(to_pivot).for_each(|(window, count)| window.0 = count);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ranked(latencies: &[(u64, u32)]) -> Ranked {
        Ranked::new(latencies.iter().map(|&(latency, block)| pack(latency, block)).collect(), 7)
    }

    #[test]
    fn of_nothing_there_is_no_smallest() {
        assert_eq!(smallest_reaching(1, &[]), None);
        let none = ranked(&[]);
        assert_eq!(smallest_reaching(1, &[Part::plain(&none)]), None);
        let one = ranked(&[(5, 0)]);
        assert_eq!(smallest_reaching(2, &[Part::plain(&one)]), None);
        assert_eq!(smallest_reaching(1, &[Part::plain(&one)]), Some(5.0));
    }

    #[test]
    fn the_greatest_latency_keeps_its_block() {
        let one = ranked(&[(LATENCY_NS_LIMIT - 1, 6)]);
        assert_eq!(one.last(), Some(LATENCY_NS_LIMIT - 1));
        let mut above = [0; 7];
        Part::plain(&one).add_above(0.0, &mut above);
        assert_eq!(above, [0, 0, 0, 0, 0, 0, 1]);
    }

    proptest! {
        /// Against sorting everything anew.
        #[test]
        fn ranks_and_counts_are_those_of_a_sorted_list(
            latencies in prop::collection::vec((0_u64..40, 0_u32..7), 0..3_000),
            others in prop::collection::vec((0_u64..40, 0_u32..7), 0..50),
            scale in prop_oneof![Just(1.0), 0.5_f64..2.0],
            weights in (1_u64..4, 1_u64..4),
            share in 0.0_f64..1.1,
        ) {
            let (one, other) = (ranked(&latencies), ranked(&others));
            let parts = [
                Part { ranked: &one, scale, weight: weights.0 },
                Part { ranked: &other, scale: 1.0, weight: weights.1 },
            ];
            let scaled = |latency: u64| scale * latency as f64;
            let mut all: Vec<(f64, u64)> = latencies
                .iter()
                .map(|&(latency, _)| (scaled(latency), weights.0))
                .chain(others.iter().map(|&(latency, _)| (latency as f64, weights.1)))
                .collect();
            all.sort_by(|a, b| a.0.total_cmp(&b.0));
            let whole: u64 = all.iter().map(|(_, weight)| weight).sum();
            let target = ((whole as f64 * share) as u128).max(1);
            let mut reached = 0;
            let expected = all.iter().find(|(_, weight)| {
                reached += u128::from(*weight);
                reached >= target
            });
            let found = smallest_reaching(target, &parts);
            prop_assert_eq!(found, expected.map(|(value, _)| *value));

            let limit = found.unwrap_or(20.0);
            let mut above = vec![0; 7];
            parts[0].add_above(limit, &mut above);
            let mut expected = vec![0; 7];
            for &(latency, block) in &latencies {
                expected[block as usize] += u64::from(scaled(latency) > limit);
            }
            prop_assert_eq!(above, expected);
        }
    }
}

//! Parts of scheduled time: blocks, or some of them together where there are many.

use std::ops::Range;

use crate::Traffic;

/// Equal parts of scheduled time; the last may be shorter.
#[derive(Clone, Debug)]
pub(super) struct Bins {
    /// Blocks in each part.
    merged: usize,
    blocks: Vec<Range<usize>>,
    span_ns: f64,
}

impl Bins {
    /// At most so many parts.
    pub(super) fn of(traffic: &Traffic, most: usize) -> Self {
        let blocks = traffic.blocks().to_vec();
        let merged = blocks.len().div_ceil(most);
        Self { merged, blocks, span_ns: traffic.span_ns() as f64 }
    }

    /// Counts of blocks as counts of parts.
    pub(super) fn merged<T: Copy + std::iter::Sum<T>>(&self, by_block: &[T]) -> Vec<T> {
        by_block.chunks(self.merged).map(|blocks| blocks.iter().copied().sum()).collect()
    }

    /// Values of blocks as the largest of each part.
    pub(super) fn largest(&self, by_block: &[i64]) -> Vec<i64> {
        by_block.chunks(self.merged).filter_map(|blocks| blocks.iter().copied().max()).collect()
    }

    /// The requests of each part.
    pub(super) fn requests(&self) -> impl Iterator<Item = Range<usize>> + '_ {
        self.blocks.chunks(self.merged).map(|blocks| blocks[0].start..blocks[blocks.len() - 1].end)
    }

    /// Length of a part.
    pub(super) fn width_ns(&self) -> f64 {
        self.span_ns / self.blocks.len() as f64 * self.merged as f64
    }

    /// Where a part begins, from the first arrival.
    pub(super) fn start_ns(&self, bin: usize) -> f64 {
        (bin as f64 * self.width_ns()).min(self.span_ns)
    }

    /// Where the last one ends.
    pub(super) fn end_ns(&self) -> f64 {
        self.span_ns
    }
}

//! What all runs of a comparison share: the requests themselves.
//!
//! Runs are comparable because request i of one is request i of any other. So ids, arrivals and
//! classes are kept once, and of a run only what became of them.

use std::ops::Range;
use std::path::{Path, PathBuf};

use request::Tier;

use crate::input::Columns;
use crate::legible::legible;
use crate::run::BLOCKS_MAX;
use crate::{Class, CompareError};

/// The requests of a trace, by arrival and then by id; at least one.
#[derive(Clone, Debug)]
pub struct Traffic {
    /// Name of the trace, for people; may be empty.
    pub name: String,
    /// Digest of the trace; may be empty.
    pub digest: String,
    pub(crate) ids: Vec<i64>,
    pub(crate) arrivals: Vec<i64>,
    /// The cell of each request: a position in [`cells`](Self::cells).
    pub(crate) cell_of: Vec<u16>,
    cells: Vec<Cell>,
    /// Names of the SLO classes; none where the tables do not say.
    slos: Vec<String>,
    /// Requests of each block, as a range of positions.
    blocks: Vec<Range<usize>>,
    /// Where the first of these runs was read, for messages.
    origin: PathBuf,
}

/// Pairs of tier and SLO class that are told apart: each has counts for every block.
const CELLS_MAX: usize = 1 << 10;

/// The requests of one tier and one SLO class: what every class is made of.
#[derive(Clone, Debug)]
struct Cell {
    tier: Tier,
    slo: u16,
    /// How many requests of it each block has.
    by_block: Vec<u64>,
}

impl Traffic {
    /// The requests of a run, in `blocks` blocks of equal scheduled time.
    ///
    /// # Errors
    /// Where there are more than [`CELLS_MAX`] pairs of tier and SLO class.
    ///
    /// # Panics
    /// Where there are no requests, or `blocks` is 0 or more than [`BLOCKS_MAX`].
    pub(crate) fn new(columns: &Columns, blocks: u32, origin: &Path) -> Result<Self, CompareError> {
        assert!(columns.len() > 0, "a run without requests was let in");
        assert!((1..=BLOCKS_MAX).contains(&blocks), "{blocks} blocks were let in");
        let mut keys: Vec<(Tier, u16)> = Vec::new();
        for key in columns.tiers.iter().copied().zip(columns.slos.iter().copied()) {
            if let Err(place) = keys.binary_search(&key) {
                keys.insert(place, key);
            }
        }
        if keys.len() > CELLS_MAX {
            let (path, count) = (origin.into(), keys.len());
            return Err(CompareError::Classes { path, count, max: CELLS_MAX });
        }
        let place = |key: (Tier, u16)| keys.binary_search(&key).unwrap_or(0) as u16;
        let of_rows = columns.tiers.iter().zip(&columns.slos);
        let cell_of: Vec<u16> = of_rows.map(|(&tier, &slo)| place((tier, slo))).collect();
        let blocks = edges(&columns.arrivals, blocks);
        let mut cells: Vec<Cell> = keys
            .iter()
            .map(|&(tier, slo)| Cell { tier, slo, by_block: vec![0; blocks.len()] })
            .collect();
        for (block, range) in blocks.iter().enumerate() {
            for &cell in &cell_of[range.clone()] {
                cells[usize::from(cell)].by_block[block] += 1;
            }
        }
        Ok(Self {
            name: legible(&columns.info.trace_name),
            digest: legible(&columns.info.trace_digest),
            ids: columns.ids.clone(),
            arrivals: columns.arrivals.clone(),
            cell_of,
            cells,
            slos: columns.info.slos.iter().map(|slo| legible(slo)).collect(),
            blocks,
            origin: origin.into(),
        })
    }

    /// Number of requests.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "traffic is never empty")]
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Arrival of the first request, ns since the start of the trace.
    #[must_use]
    pub fn first_ns(&self) -> i64 {
        self.arrivals[0]
    }

    /// From the first arrival to the last, both included, ns; at least 1.
    #[must_use]
    pub fn span_ns(&self) -> u64 {
        span_ns(&self.arrivals)
    }

    /// Names of the SLO classes; none where the tables do not say.
    #[must_use]
    pub fn slos(&self) -> &[String] {
        &self.slos
    }

    /// Number of blocks of scheduled time.
    #[must_use]
    pub fn block_count(&self) -> u32 {
        self.blocks.len() as u32
    }

    /// The requests of each block, as positions in the order of the trace.
    #[must_use]
    pub fn blocks(&self) -> &[Range<usize>] {
        &self.blocks
    }

    pub(crate) fn cell_count(&self) -> usize {
        self.cells.len()
    }

    /// Tier and SLO class of the request at a position.
    pub(crate) fn cell(&self, position: usize) -> (Tier, u16) {
        let cell = &self.cells[usize::from(self.cell_of[position])];
        (cell.tier, cell.slo)
    }

    /// The classes that are reported: all, the tiers, and, where `by_slo`, the SLO classes of each
    /// tier that has several.
    #[must_use]
    pub fn classes(&self, by_slo: bool) -> Vec<Class> {
        let mut classes = vec![Class::All];
        classes.extend(self.cells.iter().map(|cell| Class::Tier(cell.tier)));
        classes.dedup();
        if by_slo {
            let several = |tier| self.cells.iter().filter(|cell| cell.tier == tier).count() > 1;
            let named = |cell: &Cell| self.slos.get(usize::from(cell.slo)).cloned();
            let of_slo = self
                .cells
                .iter()
                .filter(|cell| several(cell.tier))
                .filter_map(|cell| Some(Class::TierSlo(cell.tier, cell.slo, named(cell)?)));
            classes.extend(of_slo);
        }
        classes
    }

    /// The cells that a class is made of.
    pub(crate) fn cells_of(&self, class: &Class) -> Vec<usize> {
        let holds = |cell: &Cell| match class {
            Class::All => true,
            Class::Tier(tier) => cell.tier == *tier,
            Class::TierSlo(tier, slo, _) => cell.tier == *tier && cell.slo == *slo,
        };
        let cells = self.cells.iter().enumerate();
        cells.filter(|(_, cell)| holds(cell)).map(|(index, _)| index).collect()
    }

    /// Requests of these cells in each block.
    pub(crate) fn by_block(&self, cells: &[usize]) -> Vec<u64> {
        let mut counts = vec![0; self.blocks.len()];
        for &cell in cells {
            counts.iter_mut().zip(&self.cells[cell].by_block).for_each(|(to, of)| *to += of);
        }
        counts
    }

    /// Number of requests of these cells.
    pub(crate) fn count(&self, cells: &[usize]) -> u64 {
        cells.iter().flat_map(|&cell| &self.cells[cell].by_block).sum()
    }

    /// Checks that a run is of these very requests.
    ///
    /// # Errors
    /// Names the first difference.
    pub(crate) fn check(&self, columns: &Columns, path: &Path) -> Result<(), CompareError> {
        match self.difference(columns) {
            None => Ok(()),
            Some(problem) => Err(CompareError::different(&self.origin, path, problem)),
        }
    }

    fn difference(&self, columns: &Columns) -> Option<String> {
        let (of_a, of_b) = (&self.digest, &columns.info.trace_digest);
        if of_a != of_b && !of_a.is_empty() && !of_b.is_empty() {
            return Some(format!(
                "the digest of the first run's trace is {of_a}, that of the other's is {of_b}"
            ));
        }
        let common = self.len().min(columns.len());
        let differs = |&index: &usize| {
            (self.ids[index], self.arrivals[index]) != (columns.ids[index], columns.arrivals[index])
                || self.cell(index).0 != columns.tiers[index]
                || !self.same_slo(index, columns)
        };
        if let Some(index) = (0..common).find(differs) {
            let (tier, slo) = self.cell(index);
            let one =
                told(self.ids[index], self.arrivals[index], tier, self.slos.get(usize::from(slo)));
            let (tier, slo) =
                (columns.tiers[index], columns.info.slos.get(usize::from(columns.slos[index])));
            let other = told(columns.ids[index], columns.arrivals[index], tier, slo);
            return Some(format!(
                "in order of arrival, number {} of the first is {one}, of the other {other}",
                index + 1
            ));
        }
        (self.len() != columns.len()).then(|| {
            format!("the first has {} requests and the other {}", self.len(), columns.len())
        })
    }

    /// Whether both sides name the same SLO class, or a side names none.
    fn same_slo(&self, index: usize, columns: &Columns) -> bool {
        let of_this = self.slos.get(usize::from(self.cell(index).1));
        let of_other = columns.info.slos.get(usize::from(columns.slos[index]));
        of_this.zip(of_other).is_none_or(|(this, other)| this == other)
    }
}

/// From the first arrival to the last, both included.
fn span_ns(arrivals: &[i64]) -> u64 {
    let ends = arrivals.first().zip(arrivals.last());
    ends.map_or(1, |(first, last)| last.abs_diff(*first).saturating_add(1))
}

/// The requests of each block: number `(arrival - first) * blocks / span`, so that all blocks take
/// equal time.
fn edges(arrivals: &[i64], blocks: u32) -> Vec<Range<usize>> {
    let (first, span) = (arrivals.first().copied().unwrap_or(0), span_ns(arrivals));
    let number = |arrival: i64| part(arrival.abs_diff(first), span, blocks);
    let mut start = 0;
    let range = |block: u32| {
        let count = arrivals[start..].partition_point(|&arrival| number(arrival) <= block);
        let range = start..start + count;
        start = range.end;
        range
    };
    (0..blocks).map(range).collect()
}

/// Which of so many equal parts of a span this time of it is in, from 0.
pub(crate) fn part(since_ns: u64, span_ns: u64, parts: u32) -> u32 {
    (u128::from(since_ns) * u128::from(parts) / u128::from(span_ns)) as u32
}

fn told(id: i64, arrival_ns: i64, tier: Tier, slo: Option<&String>) -> String {
    let slo = slo.map_or(String::new(), |slo| format!(", slo {slo}"));
    format!("request {id} (arrival_ns {arrival_ns}, tier {tier}{slo})")
}

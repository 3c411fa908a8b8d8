//! One run of the traffic: what became of each request.

mod lag;
mod ranked;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use outcome::{Ppm, RunInfo, Verdict};

pub use lag::{Lag, LagBlock};
pub use ranked::{BLOCKS_MAX, LATENCY_NS_LIMIT};
pub(crate) use ranked::{Part, Ranked, smallest_reaching};

use crate::Traffic;
use crate::input::{Columns, INFINITE};
use crate::legible::legible;
use ranked::pack;

/// One run, on the traffic that it shares with all others of a comparison.
#[derive(Clone, Debug)]
pub struct Run {
    /// Where it was read, for messages.
    pub path: PathBuf,
    /// Its number in the table; `None` where the table holds no other.
    pub number: Option<i32>,
    /// What its table says of itself, and so of all its runs.
    pub info: Arc<RunInfo>,
    /// Whether the load generator kept time.
    pub timing: Verdict,
    /// Why it did not.
    pub timing_reasons: Vec<String>,
    /// Whether it ended before its trace did.
    pub cut_short: bool,
    /// How late requests were sent; `None` where nobody knows.
    pub lag: Option<Lag>,
    /// Latency of each request in the order of the trace, ns; [`INFINITE`] of those that failed.
    pub(crate) latencies: Vec<u64>,
    cells: Vec<Cell>,
}

/// What became of the requests of one cell.
#[derive(Clone, Debug)]
struct Cell {
    /// Latencies of the requests that ended `ok`.
    ranked: Ranked,
    /// How many failed in each block.
    failed: Vec<u64>,
    /// How many ended `ok` by their deadline in each block.
    met: Vec<u64>,
}

impl Run {
    /// The run in `columns`, which must be of `traffic`.
    pub(crate) fn new(traffic: &Traffic, columns: Columns, path: &Path, alone: bool) -> Self {
        let blocks = traffic.blocks();
        let cell_count = traffic.cell_count();
        let mut packed: Vec<Vec<u64>> = (0..cell_count)
            .map(|cell| Vec::with_capacity(traffic.count(&[cell]) as usize))
            .collect();
        let mut failed = vec![vec![0; blocks.len()]; cell_count];
        let mut met = failed.clone();
        for (block, range) in blocks.iter().enumerate() {
            for index in range.clone() {
                let cell = usize::from(traffic.cell_of[index]);
                met[cell][block] += u64::from(columns.met[index]);
                match columns.latencies[index] {
                    INFINITE => failed[cell][block] += 1,
                    latency => packed[cell].push(pack(latency, block as u32)),
                }
            }
        }
        let lag = Lag::new(columns.lags, blocks);
        let cells = packed.into_iter().zip(failed).zip(met).map(|((packed, failed), met)| {
            let ranked = Ranked::new(packed, traffic.block_count());
            Cell { ranked, failed, met }
        });
        let record = columns.info.runs.iter().find(|record| record.run == columns.run);
        let info = &columns.info;
        let (timing, reasons, cut_short) = match record {
            Some(record) => (record.verdict, &record.verdict_reasons, record.cut_short),
            None => (info.verdict, &info.verdict_reasons, info.cut_short),
        };
        Self {
            path: path.into(),
            number: (!alone).then_some(columns.run),
            timing,
            timing_reasons: reasons.clone(),
            cut_short,
            lag,
            cells: cells.collect(),
            latencies: columns.latencies,
            info: Arc::clone(info),
        }
    }

    /// What the run is called in messages: its file, and its number where the file has several.
    #[must_use]
    pub fn label(&self) -> String {
        let file = self.file();
        self.number.map_or_else(|| file.clone(), |number| format!("{file} run {number}"))
    }

    /// Where it was read, as it can be shown.
    #[must_use]
    pub fn file(&self) -> String {
        legible(&self.path.display().to_string())
    }

    /// Ranked latencies of these cells.
    pub(crate) fn ranked<'a>(&'a self, cells: &'a [usize]) -> impl Iterator<Item = &'a Ranked> {
        cells.iter().map(|&cell| &self.cells[cell].ranked)
    }

    /// How many requests of these cells failed in each block.
    pub(crate) fn failed_by_block(&self, cells: &[usize]) -> Vec<u64> {
        self.summed(cells, |cell| &cell.failed)
    }

    /// How many requests of these cells ended `ok` by their deadline in each block.
    pub(crate) fn met_by_block(&self, cells: &[usize]) -> Vec<u64> {
        self.summed(cells, |cell| &cell.met)
    }

    fn summed(&self, cells: &[usize], of: impl Fn(&Cell) -> &Vec<u64>) -> Vec<u64> {
        let mut sum = vec![0; self.cells.first().map_or(0, |cell| of(cell).len())];
        for &cell in cells {
            sum.iter_mut().zip(of(&self.cells[cell])).for_each(|(to, of)| *to += of);
        }
        sum
    }

    /// The quantile of the latencies of these cells, ns; infinite where failures reach it.
    pub(crate) fn quantile(&self, cells: &[usize], ppm: Ppm) -> f64 {
        let parts: Vec<_> = self.ranked(cells).map(Part::plain).collect();
        let finite: usize = parts.iter().map(|part| part.ranked.len()).sum();
        let failed: u64 = self.failed_by_block(cells).iter().sum();
        let rank = ppm.rank(finite as u64 + failed);
        smallest_reaching(rank.into(), &parts).unwrap_or(f64::INFINITY)
    }
}

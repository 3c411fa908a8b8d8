//! The runs of one version: the baseline, or a candidate.

use std::sync::Arc;

use outcome::Verdict;

use crate::cautions::reasons;
use crate::legible::legible;
use crate::{CompareError, Lag, Run};

/// One version of what is compared, and its runs.
#[derive(Clone, Debug)]
pub struct Side {
    /// What it is called.
    pub name: String,
    /// At least one; shared, so that a run can stand on several sides.
    runs: Vec<Arc<Run>>,
}

impl Side {
    /// A side called `name`, or else after what was measured, or else after its first file.
    pub(crate) fn new(name: Option<String>, runs: Vec<Arc<Run>>) -> Self {
        let measured = || runs.first().map(|run| run.info.subject.clone());
        let file =
            || runs.first().and_then(|run| Some(run.path.file_stem()?.display().to_string()));
        let told = |name: &String| !name.trim().is_empty();
        let name = name.or_else(|| measured().filter(told)).or_else(file).unwrap_or_default();
        Self { name: legible(&name), runs }
    }

    /// A side of these of its runs, by position.
    pub(crate) fn pick(&self, positions: &[usize]) -> Self {
        let runs = positions.iter().map(|&position| Arc::clone(&self.runs[position]));
        Self { name: self.name.clone(), runs: runs.collect() }
    }

    /// Its runs; at least one.
    pub fn runs(&self) -> impl DoubleEndedIterator<Item = &Run> + ExactSizeIterator + Clone {
        self.runs.iter().map(AsRef::as_ref)
    }

    /// Number of its runs.
    #[must_use]
    pub fn run_count(&self) -> usize {
        self.runs.len()
    }

    /// Its first run.
    #[must_use]
    pub fn first(&self) -> &Run {
        &self.runs[0]
    }

    /// The worst timing verdict of its runs.
    #[must_use]
    pub fn timing(&self) -> Verdict {
        self.runs().map(|run| run.timing).max().unwrap_or_default()
    }

    /// The worst of a figure of its runs' lags, ns; `None` where no lag is known.
    #[must_use]
    pub fn worst_lag(&self, of: impl Fn(&Lag) -> i64) -> Option<i64> {
        self.runs().filter_map(|run| run.lag.as_ref().map(&of)).max()
    }

    /// Sum over all runs, block by block.
    pub(crate) fn sum_by_block(&self, of: impl Fn(&Run) -> Vec<u64>) -> Vec<u64> {
        let mut sum: Vec<u64> = Vec::new();
        for counts in self.runs().map(of) {
            sum.resize(counts.len(), 0);
            sum.iter_mut().zip(counts).for_each(|(to, of)| *to += of);
        }
        sum
    }
}

/// Refuses runs whose load generator could not keep time: their latencies are not the target's.
///
/// # Errors
/// Where the timing verdict of any is [`outcome::Verdict::Invalid`].
pub fn check_timing(sides: &[Side]) -> Result<(), CompareError> {
    let mut runs = sides.iter().flat_map(|side| side.runs());
    match runs.find(|run| run.timing == Verdict::Invalid) {
        None => Ok(()),
        Some(run) => Err(CompareError::InvalidRun {
            run: run.label(),
            reasons: reasons(&run.timing_reasons),
        }),
    }
}

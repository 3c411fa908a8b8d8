//! What a comparison needs of one run, column by column, in the order of the trace.

use std::path::Path;
use std::sync::Arc;

use outcome::RunInfo;
use request::{Moment, RequestId, Tier};

use crate::CompareError;
use crate::run::LATENCY_NS_LIMIT;

/// A latency of a request that did not end `ok`.
pub(crate) const INFINITE: u64 = u64::MAX;

/// One request in one run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// Its name in the trace.
    pub id: RequestId,
    /// When it was scheduled to arrive.
    pub arrival: Moment,
    /// Its priority.
    pub tier: Tier,
    /// Its SLO class: a position in the list of the run.
    pub slo: u16,
    /// From scheduled arrival to answer, ns; `None` where it did not end `ok`.
    pub latency_ns: Option<u64>,
    /// Whether it ended `ok` by its deadline.
    pub slo_met: bool,
    /// How late it was sent, less what the receiver held back, ns; `None` where it never was, or
    /// nobody knows.
    pub lag_ns: Option<i64>,
}

/// A run as columns of equal length.
#[derive(Clone, Debug, Default)]
pub(crate) struct Columns {
    /// Number of the run in its table.
    pub(crate) run: i32,
    /// What its table says of itself.
    pub(crate) info: Arc<RunInfo>,
    pub(crate) ids: Vec<i64>,
    pub(crate) arrivals: Vec<i64>,
    pub(crate) tiers: Vec<Tier>,
    pub(crate) slos: Vec<u16>,
    /// ns; [`INFINITE`] where the request did not end `ok`.
    pub(crate) latencies: Vec<u64>,
    pub(crate) met: Vec<bool>,
    /// ns; [`UNKNOWN_LAG`] where there is none.
    pub(crate) lags: Vec<i64>,
}

/// The lag of a request that was never sent, or of which nobody knows.
pub(crate) const UNKNOWN_LAG: i64 = i64::MIN;

impl Columns {
    pub(crate) fn new(run: i32, info: &Arc<RunInfo>) -> Self {
        Self { run, info: Arc::clone(info), ..Self::default() }
    }

    pub(crate) fn reserve(&mut self, rows: usize) {
        self.ids.reserve(rows);
        self.arrivals.reserve(rows);
        self.tiers.reserve(rows);
        self.slos.reserve(rows);
        self.latencies.reserve(rows);
        self.met.reserve(rows);
        self.lags.reserve(rows);
    }

    pub(crate) fn len(&self) -> usize {
        self.ids.len()
    }

    /// Adds a row, whose latency must be below [`LATENCY_NS_LIMIT`].
    pub(crate) fn push(&mut self, row: &Row) {
        self.ids.push(row.id.0);
        self.arrivals.push(row.arrival.as_nanos());
        self.tiers.push(row.tier);
        self.slos.push(row.slo);
        self.latencies.push(row.latency_ns.unwrap_or(INFINITE));
        self.met.push(row.slo_met);
        self.lags.push(row.lag_ns.unwrap_or(UNKNOWN_LAG));
    }

    /// Brings the rows into the order of the trace: by arrival, then by id. Most tables have it.
    ///
    /// # Errors
    /// Where a latency is out of all bounds; `path` stands in the message.
    pub(crate) fn in_order(self, path: &Path) -> Result<Self, CompareError> {
        let too_long = |latency: &u64| *latency != INFINITE && *latency >= LATENCY_NS_LIMIT;
        if let Some(index) = self.latencies.iter().position(too_long) {
            let problem = format!(
                "the latency of request {} is {} ns, and only those below {LATENCY_NS_LIMIT} ns \
                (52 days) can be compared",
                self.ids[index], self.latencies[index]
            );
            return Err(CompareError::bad_table(path, problem));
        }
        let key = |index: usize| (self.arrivals[index], self.ids[index]);
        if (1..self.len()).all(|index| key(index - 1) < key(index)) {
            return Ok(self);
        }
        let mut order: Vec<usize> = (0..self.len()).collect();
        order.sort_unstable_by_key(|&index| key(index));
        Ok(self.picked(&order))
    }

    /// The rows at these positions, in this order.
    fn picked(&self, order: &[usize]) -> Self {
        fn pick<T: Copy>(values: &[T], order: &[usize]) -> Vec<T> {
            order.iter().map(|&index| values[index]).collect()
        }
        Self {
            run: self.run,
            info: Arc::clone(&self.info),
            ids: pick(&self.ids, order),
            arrivals: pick(&self.arrivals, order),
            tiers: pick(&self.tiers, order),
            slos: pick(&self.slos, order),
            latencies: pick(&self.latencies, order),
            met: pick(&self.met, order),
            lags: pick(&self.lags, order),
        }
    }

    /// Checks that no request is there twice, which readers of outcome tables have done.
    ///
    /// # Errors
    /// Names a request that is; `path` stands in the message.
    pub(crate) fn check_ids(&self, path: &Path) -> Result<(), CompareError> {
        if self.ids.is_sorted_by(|one, next| one < next) {
            return Ok(());
        }
        let mut ids = self.ids.clone();
        ids.sort_unstable();
        match ids.windows(2).find(|pair| pair[0] == pair[1]) {
            None => Ok(()),
            Some(twice) => {
                let problem = format!("request {} is in run {} twice", twice[0], self.run);
                Err(CompareError::bad_table(path, problem))
            }
        }
    }
}

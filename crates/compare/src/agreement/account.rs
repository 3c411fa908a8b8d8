//! Where a measured latency comes from: lag, a constant overhead, and what neither explains.
//!
//! Of a request that both sides served, `gap = measured latency - lag - simulated latency`, ns.
//! A request that did not wait in the simulation was served at once there, so its gap is what the
//! way to the scheduler and back cost, and now and then a wait; the median of those gaps is the
//! overhead. Requests that waited are left out because their gaps tell of queues: one that was
//! overtaken gains what another loses. Under overload hardly any does not wait; then the 40 that
//! waited least stand in, where the queues of both sides had the least time to part.
//!
//! `rest = gap - overhead` is what stays: another order of dispatch, or other service times.

use std::cmp::Reverse;

use outcome::{Outcome, Ppm, Status};
use request::{Moment, RequestId};

use super::limits::ENOUGH_FOR_MEDIAN;

/// A request whose rest is beyond this, ns, met another queue, not another delay: it is far above
/// the overhead of a local call and far below any service time.
pub const APART_NS: u64 = 1_000_000;

/// How many of the requests with the largest rest are named.
const NAMED: usize = 5;

/// Where the measured latencies of a run come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// How late the requests were sent; `None` where none was.
    pub lag: Option<Lag>,
    /// How many requests both sides served.
    pub paired: u64,
    /// How many of those did not wait in the simulation.
    pub unqueued: u64,
    /// What every request costs beyond its simulated latency; `None` of fewer than 40 requests, or
    /// where the simulation does not tell when execution started.
    pub overhead: Option<Overhead>,
    /// How many of the paired requests have a rest beyond [`APART_NS`].
    pub apart: u64,
    /// Those of them with the largest rest, largest first.
    pub largest: Vec<Pair>,
}

/// How late requests were sent, ns; negative is early.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Lag {
    /// Median.
    pub p50_ns: i64,
    /// 99th percentile.
    pub p99_ns: i64,
    /// The latest.
    pub max_ns: i64,
    /// Of all lag, how much; the early ones count nothing.
    pub total_ns: u64,
    /// How much of it the receiver caused by taking no more bytes; `None` where the run does not
    /// tell.
    pub held_ns: Option<u64>,
}

/// What every request costs beyond its simulated latency, ns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Overhead {
    /// Median: what is subtracted.
    pub p50_ns: i64,
    /// 95th percentile, which tells how constant it is.
    pub p95_ns: i64,
}

/// A request that both sides served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pair {
    /// Which request.
    pub request_id: RequestId,
    /// Its position in the trace's order of arrival, from 0.
    pub index: usize,
    /// Its simulated latency.
    pub simulated_ns: i64,
    /// Its measured latency.
    pub measured_ns: i64,
    /// How late it was sent.
    pub lag_ns: i64,
    /// For how long it waited in the simulation, where that is known.
    pub wait_ns: Option<i64>,
}

impl Pair {
    /// Request number `index` of both sides; `None` where a side did not serve it.
    pub(super) fn new(index: usize, simulated: &Outcome, measured: &Outcome) -> Option<Self> {
        Some(Self {
            request_id: simulated.request_id,
            index,
            simulated_ns: latency_ns(simulated)?,
            measured_ns: latency_ns(measured)?,
            lag_ns: lag_ns(measured),
            wait_ns: simulated.started.map(|started| since(started, simulated.arrival)),
        })
    }

    fn gap_ns(&self) -> i64 {
        let beyond = self.measured_ns.saturating_sub(self.simulated_ns);
        beyond.saturating_sub(self.lag_ns)
    }
}

impl Account {
    /// Of a run whose requests are paired with the simulated ones.
    pub(super) fn new(simulated: &[Outcome], measured: &[Outcome]) -> Self {
        let both = simulated.iter().zip(measured).enumerate();
        let pairs: Vec<Pair> = both.filter_map(|(index, (a, b))| Pair::new(index, a, b)).collect();
        let mut account = Self {
            lag: Lag::of(measured),
            paired: pairs.len() as u64,
            unqueued: pairs.iter().filter(|pair| pair.wait_ns == Some(0)).count() as u64,
            overhead: Overhead::of(&pairs),
            apart: 0,
            largest: Vec::new(),
        };
        let mut apart = pairs;
        apart.retain(|pair| account.is_apart(pair));
        apart.sort_by_key(|pair| (Reverse(account.rest_ns(pair).unsigned_abs()), pair.index));
        account.apart = apart.len() as u64;
        apart.truncate(NAMED);
        account.largest = apart;
        account
    }

    /// What neither lag nor overhead explains of a request: measured - lag - overhead - simulated,
    /// ns.
    #[must_use]
    pub fn rest_ns(&self, pair: &Pair) -> i64 {
        pair.gap_ns().saturating_sub(self.overhead_ns().unwrap_or(0))
    }

    /// What is subtracted for the overhead.
    pub(super) fn overhead_ns(&self) -> Option<i64> {
        self.overhead.map(|overhead| overhead.p50_ns)
    }

    pub(super) fn is_apart(&self, pair: &Pair) -> bool {
        self.rest_ns(pair).unsigned_abs() > APART_NS
    }
}

impl Overhead {
    /// From the requests that waited least.
    fn of(pairs: &[Pair]) -> Option<Self> {
        let known = pairs.iter().filter_map(|pair| Some((pair.wait_ns?, pair.index, pair)));
        let mut by_wait: Vec<_> = known.collect();
        by_wait.sort_unstable_by_key(|&(wait_ns, index, _)| (wait_ns, index));
        let unqueued = by_wait.partition_point(|&(wait_ns, ..)| wait_ns <= 0);
        let least = by_wait.get(..unqueued.max(ENOUGH_FOR_MEDIAN))?;
        let mut gaps: Vec<i64> = least.iter().map(|(.., pair)| pair.gap_ns()).collect();
        gaps.sort_unstable();
        Some(Self { p50_ns: Ppm::P50.of(&gaps)?, p95_ns: Ppm::P95.of(&gaps)? })
    }
}

impl Lag {
    fn of(rows: &[Outcome]) -> Option<Self> {
        let mut lags: Vec<i64> = rows.iter().filter_map(Outcome::lag_ns).collect();
        lags.sort_unstable();
        // The early ones, which are negative, are no part of the sum.
        let sum = |lags: &[i64]| {
            let late = lags.iter().filter_map(|&lag| u64::try_from(lag).ok());
            late.fold(0, u64::saturating_add)
        };
        let held: Vec<i64> = rows.iter().filter_map(|row| row.held_ns).collect();
        Some(Self {
            p50_ns: Ppm::P50.of(&lags)?,
            p99_ns: Ppm::P99.of(&lags)?,
            max_ns: *lags.last()?,
            total_ns: sum(&lags),
            held_ns: (!held.is_empty()).then(|| sum(&held)),
        })
    }
}

/// How late a request was sent; one that never was has no lag to take away.
pub(super) fn lag_ns(row: &Outcome) -> i64 {
    row.lag_ns().unwrap_or(0)
}

fn latency_ns(row: &Outcome) -> Option<i64> {
    let done = row.done.filter(|_| row.status == Status::Ok)?;
    Some(since(done, row.arrival))
}

fn since(later: Moment, earlier: Moment) -> i64 {
    later.as_nanos().saturating_sub(earlier.as_nanos())
}

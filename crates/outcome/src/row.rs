//! One row of the table in memory, and what every row must satisfy.

use std::fmt;
use std::time::Duration;

use request::{Moment, RequestId, Tier};

use crate::{Code, Status};

/// What happened to one request in one run.
///
/// Times count from the start of the run. `slo` and `model` are positions in the lists of the
/// table's [`RunInfo`](crate::RunInfo).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Which run of the table, from 0.
    pub run: i32,
    /// The request's name in its trace.
    pub request_id: RequestId,
    /// Its priority.
    pub tier: Tier,
    /// Its SLO class: a position in [`RunInfo::slos`](crate::RunInfo::slos).
    pub slo: u16,
    /// Its model: a position in [`RunInfo::models`](crate::RunInfo::models).
    pub model: u16,
    /// When it was scheduled to arrive.
    pub arrival: Moment,
    /// When an answer stopped being useful.
    pub deadline: Moment,
    /// When it was sent; `None` where it never was.
    pub sent: Option<Moment>,
    /// When its execution started, where the producer knows.
    pub started: Option<Moment>,
    /// When it ended; of an answered request, when the answer had come.
    pub done: Option<Moment>,
    /// How it ended.
    pub status: Status,
    /// The worker that served it, where the producer knows. At most `i32::MAX`.
    pub worker: Option<u32>,
    /// Size of the batch it was served in, where the producer knows. 1 to `i32::MAX`.
    pub batch: Option<u32>,
    /// Why it ended so, where the status alone does not say.
    pub code: Option<Code>,
    /// When the first byte of the answer came, where the producer knows.
    pub first_byte: Option<Moment>,
    /// For how long of the time before it was sent the receiver took no more bytes, ns, where the
    /// producer knows. Never negative.
    pub held_ns: Option<i64>,
}

impl Outcome {
    /// From scheduled arrival to answer, of a request that ended `ok`; `None` for any other, so
    /// that nobody counts the latency of a failure by accident.
    #[must_use]
    pub fn latency(&self) -> Option<Duration> {
        self.latency_nanos().map(Duration::from_nanos)
    }

    /// The same in nanoseconds, for whoever takes millions of them.
    #[inline]
    pub(crate) fn latency_nanos(&self) -> Option<u64> {
        match (self.status, self.done) {
            (Status::Ok, Some(done)) => Some(nanos_since(done, self.arrival)),
            _ => None,
        }
    }

    /// Whether it ended `ok` by its deadline. The deadline itself is still in time.
    #[inline]
    #[must_use]
    pub fn slo_met(&self) -> bool {
        self.status == Status::Ok && self.done.is_some_and(|done| done <= self.deadline)
    }

    /// How late it was sent, in ns: negative where it was early, `None` where it never was.
    #[inline]
    #[must_use]
    pub fn lag_ns(&self) -> Option<i64> {
        self.sent.map(|sent| sent.as_nanos().saturating_sub(self.arrival.as_nanos()))
    }

    /// How late it would have been sent if the receiver had taken every byte at once, in ns: the
    /// part of the lag that the sender has to answer for.
    #[must_use]
    pub fn own_lag_ns(&self) -> Option<i64> {
        Some(self.lag_ns()?.saturating_sub(self.held_ns.unwrap_or(0)))
    }

    /// Its latency as the table holds it.
    #[inline]
    pub(crate) fn latency_ns(&self) -> Option<i64> {
        self.latency_nanos().map(|nanos| i64::try_from(nanos).unwrap_or(i64::MAX))
    }

    /// What is wrong with the row by itself: the first promise of the format that it breaks.
    #[inline]
    pub(crate) fn flaw(&self) -> Option<Flaw> {
        let flaw = |column, problem: String| Some(Flaw { column, problem });
        let (arrival, deadline) = (self.arrival, self.deadline);
        if self.run < 0 {
            return flaw("run", format!("{} is negative", self.run));
        }
        if arrival < Moment::ZERO {
            return flaw("arrival_ns", format!("{arrival} is before the start of the run"));
        }
        if deadline < arrival {
            return flaw("deadline_ns", format!("{deadline} is before the arrival at {arrival}"));
        }
        self.flaw_of_times().or_else(|| self.flaw_of_status()).or_else(|| self.flaw_of_place())
    }

    #[inline]
    fn flaw_of_times(&self) -> Option<Flaw> {
        let (sent, done) = (("sent_ns", self.sent), ("done_ns", self.done));
        if let Some(held) = self.held_ns.filter(|held| *held < 0 || self.sent.is_none()) {
            let problem = format!("{held} is the length of no wait before a sending");
            return Some(Flaw { column: "held_ns", problem });
        }
        // Start and answer are seen by two parties, whose clocks need not agree to the last.
        let between = [("started_ns", self.started), ("first_byte_ns", self.first_byte)];
        between.into_iter().find_map(|between| flaw_of_order([sent, between, done]))
    }

    #[inline]
    fn flaw_of_status(&self) -> Option<Flaw> {
        let status = self.status;
        let flaw = |column, problem: String| Some(Flaw { column, problem });
        match (status, self.done) {
            (Status::Ok, None) => {
                return flaw("done_ns", "is empty although the status is ok".into());
            }
            (Status::Ok, Some(done)) if done < self.arrival => {
                return flaw(
                    "done_ns",
                    format!("{done} is before the arrival at {}", self.arrival),
                );
            }
            _ => {}
        }
        if status == Status::Unsent {
            let needs_sending = [
                ("sent_ns", self.sent),
                ("started_ns", self.started),
                ("first_byte_ns", self.first_byte),
            ];
            if let Some((column, _)) = needs_sending.into_iter().find(|(_, time)| time.is_some()) {
                return flaw(column, "has a time although the status is unsent".into());
            }
        }
        match self.code {
            Some(code) if status == Status::Ok => {
                flaw("code", format!("is {code} although the status is ok"))
            }
            _ => None,
        }
    }

    #[inline]
    fn flaw_of_place(&self) -> Option<Flaw> {
        let limit = i32::MAX.unsigned_abs();
        if let Some(worker) = self.worker.filter(|&worker| worker > limit) {
            return Some(Flaw { column: "worker", problem: format!("{worker} is over {limit}") });
        }
        let batch = self.batch.filter(|&batch| batch == 0 || batch > limit)?;
        Some(Flaw { column: "batch", problem: format!("{batch} is not within 1 to {limit}") })
    }
}

/// How long after `earlier` `later` is, ns; 0 where it is not after it.
#[inline]
pub(crate) fn nanos_since(later: Moment, earlier: Moment) -> u64 {
    if later > earlier { later.as_nanos().abs_diff(earlier.as_nanos()) } else { 0 }
}

/// The first of these times, among those that exist, that is before its forerunner.
#[inline]
fn flaw_of_order(times: [(&'static str, Option<Moment>); 3]) -> Option<Flaw> {
    let [(_, first), (_, second), (_, third)] = times;
    let in_order = |earlier: Option<Moment>, later: Option<Moment>| match (earlier, later) {
        (Some(earlier), Some(later)) => earlier <= later,
        _ => true,
    };
    if in_order(first, second) && in_order(second, third) && in_order(first, third) {
        return None;
    }
    let mut known = times.into_iter().filter_map(|(column, time)| Some((column, time?)));
    let mut earlier = known.next()?;
    for later in known {
        if later.1 < earlier.1 {
            let problem = format!("{} is before {} at {}", later.1, earlier.0, earlier.1);
            return Some(Flaw { column: later.0, problem });
        }
        earlier = later;
    }
    None
}

/// A promise of the format that a row breaks.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Flaw {
    pub(crate) column: &'static str,
    pub(crate) problem: String,
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "column {}: {}", self.column, self.problem)
    }
}

#[cfg(test)]
mod tests;

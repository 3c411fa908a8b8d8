//! One run of one client, seen by the receiver: lateness, gaps and CPU time.
//!
//! Lateness is the time from when a request was due to when its first frame was read. Where the
//! client tells the start of its schedule, that is the anchor. Where it does not, the least late
//! request is, which hides whatever all requests have in common; so both are given of every client
//! that allows it.

use std::path::Path;

use anyhow::{Context, bail, ensure};
use outcome::{OutcomeReader, Ppm};
use serde::{Deserialize, Serialize};

use crate::cpu::CpuTime;
use crate::own::Own;
use crate::schedule::Due;
use crate::stamps::Row;

/// What the client tells of its start, and how its requests are told apart.
#[derive(Clone, Debug)]
pub enum Told {
    /// The start in Unix time: requests carry deadlines that count from it.
    Epoch {
        /// Unix ns.
        unix_ns: i64,
    },
    /// When it began each request, in order, `CLOCK_MONOTONIC`: requests carry their number,
    /// counted from 1. Its start is where the least late of these was on time.
    Begun(Vec<i64>),
    /// Nothing: requests are taken in the order in which they came.
    Nothing,
}

/// One run of one client.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Round {
    /// The client.
    pub peer: String,
    /// Requests of the schedule; of a closed loop, those that arrived.
    pub due: usize,
    /// Requests that arrived.
    pub arrived: usize,
    /// Requests per second, from the first to the last.
    pub rate: f64,
    /// Whether the start of the schedule is known; `None` of a closed loop.
    pub anchor: Option<Anchor>,
    /// Lateness from the known start.
    pub late_us: Option<Spread>,
    /// Lateness beyond that of the least late request.
    pub beyond_least_us: Option<Spread>,
    /// Kolmogorov-Smirnov distance between the gaps at the receiver and those of the schedule.
    pub gaps_ks: Option<f64>,
    /// Share of requests that share a stamp with another.
    pub shared_stamps: f64,
    /// CPU time of the client from the first request to the last, for each.
    pub cpu_us: Option<f64>,
    /// CPU time of the client over wall time.
    pub cpu_share: Option<f64>,
    /// What the client itself says, where it does.
    pub own: Option<Own>,
}

/// How the start of a schedule is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Anchor {
    /// The client tells it.
    Told,
    /// From when the client began each request: late by the least lag of all.
    Begun,
    /// It is not.
    Least,
}

/// Quantiles by nearest rank.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Spread {
    /// Median.
    pub p50: f64,
    /// 99th percentile.
    pub p99: f64,
    /// 99.9th percentile.
    pub p999: f64,
}

impl Round {
    /// What the stamps say of a client; without a schedule, of a closed loop.
    ///
    /// # Errors
    /// Where nothing arrived, or the requests cannot be told apart.
    pub fn new(
        peer: &str,
        mut rows: Vec<Row>,
        schedule: Option<&[Due]>,
        told: &Told,
        cpu: Option<&CpuTime>,
    ) -> anyhow::Result<Self> {
        rows.sort_by_key(|row| (row.first_ns, row.connection, row.stream));
        let (Some(first), Some(last)) = (rows.first(), rows.iter().map(|row| row.last_ns).max())
        else {
            bail!("nothing arrived")
        };
        let (first_ns, span_ns) = (first.first_ns, (last - first.first_ns).max(1));
        let cpu_ns = cpu.map(|cpu| cpu.between(first_ns, last)).transpose()?;
        let mut round = Self {
            peer: peer.to_owned(),
            due: schedule.map_or(rows.len(), <[Due]>::len),
            arrived: rows.len(),
            rate: rows.len() as f64 * 1e9 / span_ns as f64,
            anchor: None,
            late_us: None,
            beyond_least_us: None,
            gaps_ks: None,
            shared_stamps: shared_stamps(&rows),
            cpu_us: cpu_ns.map(|ns| ns / 1e3 / rows.len() as f64),
            cpu_share: cpu_ns.map(|ns| ns / span_ns as f64),
            own: None,
        };
        if let Some(schedule) = schedule {
            round.add_lateness(&rows, schedule, told)?;
        }
        Ok(round)
    }

    fn add_lateness(&mut self, rows: &[Row], schedule: &[Due], told: &Told) -> anyhow::Result<()> {
        let matched = told.matches(rows, schedule)?;
        ensure!(!matched.is_empty(), "no request of the schedule was recognised at the receiver");
        let mut late_ns: Vec<i64> =
            matched.iter().map(|(first_ns, arrival_ns)| first_ns - arrival_ns).collect();
        late_ns.sort_unstable();
        self.due = schedule.len();
        self.arrived = matched.len();
        let (anchor, start_ns) = told.start(rows, schedule);
        self.anchor = Some(anchor);
        self.late_us = start_ns.map(|start_ns| Spread::of(&late_ns, start_ns));
        self.beyond_least_us = Some(Spread::of(&late_ns, late_ns[0]));
        let firsts: Vec<i64> = rows.iter().map(|row| row.first_ns).collect();
        let arrivals: Vec<i64> = schedule.iter().map(|due| due.arrival_ns).collect();
        self.gaps_ks = Some(ks_distance(&mut gaps(&firsts), &mut gaps(&arrivals)));
        Ok(())
    }
}

impl Told {
    /// The start of a run, from the metadata of its outcome table.
    ///
    /// # Errors
    /// Where the table cannot be read or tells of no real run.
    pub fn by_outcomes(path: &Path) -> anyhow::Result<Self> {
        let reader = OutcomeReader::open(path)?;
        let unix_ns = reader.info().epoch_unix_ns;
        let unix_ns = unix_ns.with_context(|| format!("{} has no epoch", path.display()))?;
        Ok(Self::Epoch { unix_ns })
    }

    /// For each request that is recognised, when it arrived and when it was due.
    fn matches(&self, rows: &[Row], schedule: &[Due]) -> anyhow::Result<Vec<(i64, i64)>> {
        let key_of_due = |(index, due): (usize, &Due)| match self {
            Self::Epoch { unix_ns } => (unix_ns.saturating_add(due.deadline_ns), due.arrival_ns),
            Self::Begun(_) | Self::Nothing => (index as i64 + 1, due.arrival_ns),
        };
        let mut expected: Vec<(i64, i64)> = schedule.iter().enumerate().map(key_of_due).collect();
        let mut came: Vec<(i64, i64)> = match self {
            Self::Nothing => {
                ensure!(
                    rows.len() == schedule.len(),
                    "{} requests arrived where {} were due: by order alone they cannot be told \
                     apart",
                    rows.len(),
                    schedule.len()
                );
                rows.iter().zip(1..).map(|(row, number)| (number, row.first_ns)).collect()
            }
            Self::Epoch { .. } | Self::Begun(_) => {
                rows.iter().filter_map(|row| Some((row.deadline_ns?, row.first_ns))).collect()
            }
        };
        expected.sort_unstable();
        came.sort_unstable();
        Ok(merge(&came, &expected))
    }

    /// The start of the schedule by the receiver's monotonic clock, and how it is known.
    fn start(&self, rows: &[Row], schedule: &[Due]) -> (Anchor, Option<i64>) {
        match self {
            Self::Epoch { unix_ns } => {
                // Both clocks were read together, so the difference is right at that moment.
                let unix_ahead_ns = rows[0].first_unix_ns - rows[0].first_ns;
                (Anchor::Told, Some(unix_ns - unix_ahead_ns))
            }
            Self::Begun(begun) => {
                let starts = begun.iter().zip(schedule).map(|(at, due)| at - due.arrival_ns);
                (Anchor::Begun, starts.min())
            }
            Self::Nothing => (Anchor::Least, None),
        }
    }
}

/// Joins two sorted lists on their keys; equal keys pair up in order.
fn merge(came: &[(i64, i64)], expected: &[(i64, i64)]) -> Vec<(i64, i64)> {
    let mut matched = Vec::with_capacity(expected.len());
    let mut expected = expected.iter().peekable();
    for (key, value) in came {
        while expected.next_if(|(other, _)| other < key).is_some() {}
        if let Some((_, due)) = expected.next_if(|(other, _)| other == key) {
            matched.push((*value, *due));
        }
    }
    matched
}

impl Spread {
    /// Of sorted values, ns, from `zero_ns` on, in us.
    fn of(sorted_ns: &[i64], zero_ns: i64) -> Self {
        let quantile =
            |ppm: Ppm| ppm.of(sorted_ns).map_or(f64::NAN, |ns| (ns - zero_ns) as f64 / 1e3);
        Self { p50: quantile(Ppm::P50), p99: quantile(Ppm::P99), p999: quantile(Ppm::P999) }
    }
}

fn shared_stamps(rows: &[Row]) -> f64 {
    let groups = rows.chunk_by(|a, b| a.first_ns == b.first_ns);
    let shared: usize = groups.map(<[Row]>::len).filter(|len| *len > 1).sum();
    shared as f64 / rows.len() as f64
}

fn gaps(sorted_ns: &[i64]) -> Vec<i64> {
    sorted_ns.windows(2).map(|pair| pair[1] - pair[0]).collect()
}

/// The largest difference between the empirical distributions of two samples.
fn ks_distance(one: &mut [i64], other: &mut [i64]) -> f64 {
    one.sort_unstable();
    other.sort_unstable();
    let share = |sorted: &[i64], value: i64| {
        sorted.partition_point(|&element| element <= value) as f64 / sorted.len().max(1) as f64
    };
    let values = one.iter().chain(other.iter());
    values.map(|&value| (share(one, value) - share(other, value)).abs()).fold(0.0, f64::max)
}

#[cfg(test)]
mod tests;

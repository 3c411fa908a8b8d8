//! What `replay` says of its own run, in its outcome table: how late it sent, and how late this
//! machine wakes up with nothing attached.

use std::path::Path;

use outcome::{OutcomeReader, Tally};
use serde::{Deserialize, Serialize};

/// Its own figures, in us.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Own {
    /// Median of the machine's floor.
    pub floor_p50: f64,
    /// The floor's 99th percentile.
    pub floor_p99: f64,
    /// Median of the lag: from when a request was due to when its last byte was handed over.
    pub lag_p50: f64,
    /// The lag's 99th percentile.
    pub lag_p99: f64,
}

impl Own {
    /// Of the run in this table; `None` where it measured no floor or sent nothing.
    ///
    /// # Errors
    /// Where the table cannot be read.
    pub fn read(path: &Path) -> anyhow::Result<Option<Self>> {
        let mut reader = OutcomeReader::open(path)?;
        let info = reader.info().clone();
        let mut tally = Tally::default();
        for outcome in reader.rows() {
            tally.push(&outcome?);
        }
        let us = |ns: i64| ns as f64 / 1e3;
        Ok(info.floor.zip(tally.summary(&info).lag).map(|(floor, lag)| Self {
            floor_p50: us(floor.p50_ns),
            floor_p99: us(floor.p99_ns),
            lag_p50: us(lag.p50_ns),
            lag_p99: us(lag.p99_ns),
        }))
    }

    /// The lag's 99th percentile over that of the floor.
    #[must_use]
    pub fn over_floor(&self) -> f64 {
        self.lag_p99 / self.floor_p99
    }
}

#[cfg(test)]
mod tests {
    use outcome::{Floor, Outcome, OutcomeWriter, RunInfo, Status};
    use request::{Moment, RequestId, Tier};

    use super::*;

    /// A request that was due at 0 and sent so late.
    fn sent(id: i64, lag_ns: i64) -> Outcome {
        Outcome {
            run: 0,
            request_id: RequestId(id),
            tier: Tier::Vip,
            slo: 0,
            model: 0,
            arrival: Moment::ZERO,
            deadline: Moment::from_nanos(1_000_000),
            sent: Some(Moment::from_nanos(lag_ns)),
            started: None,
            done: Some(Moment::from_nanos(lag_ns + 1)),
            status: Status::Ok,
            worker: None,
            batch: None,
            code: None,
            first_byte: None,
            held_ns: None,
        }
    }

    #[test]
    fn lag_and_floor_are_those_of_the_table() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run.arrow");
        let floor = Floor { p50_ns: 500, p99_ns: 20_000, ..Floor::default() };
        let info = RunInfo {
            floor: Some(floor),
            slos: vec!["any".into()],
            models: vec!["any".into()],
            ..RunInfo::default()
        };
        let mut writer = OutcomeWriter::create(&path, &info).unwrap();
        for (id, lag_ns) in [4_000, 8_000, 30_000].into_iter().enumerate() {
            writer.push(&sent(id as i64, lag_ns)).unwrap();
        }
        writer.finish(&info).unwrap();
        let own = Own::read(&path).unwrap().unwrap();
        assert_eq!((own.floor_p50, own.floor_p99), (0.5, 20.0));
        assert_eq!((own.lag_p50, own.lag_p99, own.over_floor()), (8.0, 30.0, 1.5));
    }
}

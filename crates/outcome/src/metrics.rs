//! The CSV file of the program that Reprise replaces, for the scripts that read it.
//!
//! Its columns come first, in its order and spelling; ours follow. Unlike the outcome table, this
//! file is for other programs to read and is never read back.

use std::fs::File;
use std::path::Path;

use request::Moment;

use crate::draft::Draft;
use crate::{Outcome, OutcomeError, RunInfo};

const HEADER: [&str; 20] = [
    "timestamp_issued",
    "sample_id",
    "tier",
    "slo",
    "model",
    "latency_ns",
    "latency_ms",
    "slo_met",
    "status",
    "code",
    "arrival_ns",
    "deadline_ns",
    "sent_ns",
    "started_ns",
    "done_ns",
    "lag_ns",
    "worker",
    "batch",
    "first_byte_ns",
    "held_ns",
];

/// Writes that file. It gets its name only in [`finish`](Self::finish).
#[derive(Debug)]
pub struct MetricsCsv {
    draft: Draft,
    writer: csv::Writer<File>,
    epoch_unix_ns: i64,
    slos: Vec<String>,
    models: Vec<String>,
}

impl MetricsCsv {
    /// Starts the file at `path`, of a run that `info` tells of. In virtual time, where there is
    /// no epoch, `timestamp_issued` counts from the start of the run.
    ///
    /// # Errors
    /// Where the place cannot be written.
    pub fn create(path: impl AsRef<Path>, info: &RunInfo) -> Result<Self, OutcomeError> {
        let (draft, file) = Draft::create(path.as_ref())?;
        let mut writer = csv::Writer::from_writer(file);
        writer.write_record(HEADER).map_err(OutcomeError::encode(draft.path()))?;
        Ok(Self {
            draft,
            writer,
            epoch_unix_ns: info.epoch_unix_ns.unwrap_or(0),
            slos: info.slos.clone(),
            models: info.models.clone(),
        })
    }

    /// Sets the start of the run, Unix ns, where it was not yet known when the file was started.
    pub fn set_epoch(&mut self, epoch_unix_ns: i64) {
        self.epoch_unix_ns = epoch_unix_ns;
    }

    /// Adds one row.
    ///
    /// # Errors
    /// Where the disk is full.
    pub fn push(&mut self, outcome: &Outcome) -> Result<(), OutcomeError> {
        let fields = self.fields(outcome);
        self.writer.write_record(&fields).map_err(OutcomeError::encode(self.draft.path()))
    }

    /// Completes the file.
    ///
    /// # Errors
    /// Where the disk is full.
    pub fn finish(mut self) -> Result<(), OutcomeError> {
        self.writer.flush().map_err(OutcomeError::io("write", self.draft.path()))?;
        self.draft.publish()
    }

    fn fields(&self, outcome: &Outcome) -> [String; HEADER.len()] {
        let name = |names: &[String], index: u16| {
            names.get(usize::from(index)).cloned().unwrap_or_default()
        };
        let nanos = |time: Option<Moment>| or_empty(time.map(Moment::as_nanos));
        let latency = outcome.latency_ns();
        [
            outcome.sent.map(|sent| self.issued(sent)).unwrap_or_default(),
            outcome.request_id.0.to_string(),
            outcome.tier.to_string(),
            name(&self.slos, outcome.slo),
            name(&self.models, outcome.model),
            or_empty(latency),
            latency.map(|nanos| decimal(nanos.into(), 1_000_000, 6)).unwrap_or_default(),
            // Written by Python's csv module, where a bool is its str(); readers compare with it.
            if outcome.slo_met() { "True".into() } else { "False".into() },
            outcome.status.to_string(),
            or_empty(outcome.code),
            outcome.arrival.as_nanos().to_string(),
            outcome.deadline.as_nanos().to_string(),
            nanos(outcome.sent),
            nanos(outcome.started),
            nanos(outcome.done),
            or_empty(outcome.lag_ns()),
            or_empty(outcome.worker),
            or_empty(outcome.batch),
            nanos(outcome.first_byte),
            or_empty(outcome.held_ns),
        ]
    }

    /// Unix seconds. An f64 could not hold today's nanoseconds, so the text is made of integers.
    fn issued(&self, sent: Moment) -> String {
        decimal(i128::from(self.epoch_unix_ns) + i128::from(sent.as_nanos()), 1_000_000_000, 9)
    }
}

/// `nanos` in a unit of `unit` ns, exactly, with all `digits` decimals.
fn decimal(nanos: i128, unit: u128, digits: usize) -> String {
    let sign = if nanos < 0 { "-" } else { "" };
    let (whole, rest) = (nanos.unsigned_abs() / unit, nanos.unsigned_abs() % unit);
    format!("{sign}{whole}.{rest:0digits$}")
}

fn or_empty(value: Option<impl ToString>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{answered, info};
    use crate::{Code, Status};

    #[test]
    fn the_columns_of_the_old_program_come_first() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("metrics.csv");
        let info = RunInfo { epoch_unix_ns: Some(1_700_000_000_123_456_789), ..info() };
        let mut metrics = MetricsCsv::create(&path, &info).unwrap();
        metrics.push(&answered(7, 12_345_678)).unwrap();
        let late = Outcome { status: Status::Error, code: Some(Code::Internal), ..answered(8, 5) };
        let first_byte = Some(Moment::from_nanos(1_000_002));
        metrics.push(&Outcome { first_byte, ..late }).unwrap();
        let unsent = Outcome { status: Status::Unsent, sent: None, done: None, ..late };
        metrics.push(&unsent).unwrap();
        metrics.finish().unwrap();
        insta::assert_snapshot!(std::fs::read_to_string(path).unwrap(), @r"
        timestamp_issued,sample_id,tier,slo,model,latency_ns,latency_ms,slo_met,status,code,arrival_ns,deadline_ns,sent_ns,started_ns,done_ns,lag_ns,worker,batch,first_byte_ns,held_ns
        1700000000.124456789,7,1,urgent,resnet50,12345678,12.345678,True,ok,,1000000,101000000,1000000,,13345678,0,,,,
        1700000000.124456789,8,1,urgent,resnet50,,,False,error,INTERNAL,1000000,101000000,1000000,,1000005,0,,,1000002,
        ,8,1,urgent,resnet50,,,False,unsent,INTERNAL,1000000,101000000,,,,,,,,
        ");
    }

    #[test]
    fn seconds_are_exact() {
        assert_eq!(decimal(-1, 1_000_000_000, 9), "-0.000000001");
        assert_eq!(decimal(i128::from(i64::MAX), 1_000_000_000, 9), "9223372036.854775807");
    }
}

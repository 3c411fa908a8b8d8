//! What a run, or several against one scheduler, leaves on disk: the outcome table, the
//! predecessor's CSV, and a journal while they go on.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use outcome::{
    Journal, MetricsCsv, Outcome, OutcomeError, OutcomeWriter, RunInfo, RunRecord, Summary, Tally,
};
use request::Moment;
use trace::TraceReader;

use crate::progress::Progress;
use crate::run::{Config, Run};

/// Rows reach the journal at least so often, ns of run time: a kill loses no more.
const FLUSH_NS: i64 = 500_000_000;

/// Bytes of a row in the table, the journal and the CSV together, as an upper estimate.
const ROW_BYTES: u64 = 2 * 120 + 250;

/// The files of the runs against one scheduler, opened before the first: a place that cannot be
/// written shows before anything is sent.
pub(crate) struct Report {
    info: RunInfo,
    table: OutcomeWriter,
    table_path: PathBuf,
    metrics: MetricsCsv,
    metrics_path: PathBuf,
    /// `None` once it could not be written.
    journal: Option<Journal>,
    flushed: Moment,
    records: Vec<RunRecord>,
    tally: Tally,
    /// The first row that could not be written.
    failed: Option<OutcomeError>,
}

/// There is no room for the files of a run.
#[derive(Debug, thiserror::Error)]
#[error(
    "{}: the outcomes of {requests} requests need up to {needed} MB, and the disk has {free} MB \
     left; write them elsewhere with -o and --metrics-csv", path.display()
)]
pub(crate) struct NoRoom {
    path: PathBuf,
    requests: u64,
    needed: u64,
    free: u64,
}

impl Report {
    /// Opens the files.
    ///
    /// # Errors
    /// Where one cannot be written.
    pub(crate) fn create(
        table_path: &Path,
        metrics_path: &Path,
        info: RunInfo,
    ) -> Result<Self, OutcomeError> {
        Ok(Self {
            table: OutcomeWriter::create(table_path, &info)?,
            table_path: table_path.to_owned(),
            metrics: MetricsCsv::create(metrics_path, &info)?,
            metrics_path: metrics_path.to_owned(),
            journal: Some(Journal::create(table_path, &info)?),
            flushed: Moment::ZERO,
            records: Vec::new(),
            tally: Tally::default(),
            failed: None,
            info,
        })
    }

    /// Looks whether so many requests fit on the disk.
    ///
    /// # Errors
    /// Where they do not. A system that does not say how much is left is believed to have it.
    pub(crate) fn check_room(&self, requests: u64) -> Result<(), NoRoom> {
        let folder = self.table_path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let Ok(disk) = rustix::fs::statvfs(folder.unwrap_or(Path::new("."))) else { return Ok(()) };
        let free = disk.f_bavail.saturating_mul(disk.f_frsize);
        let needed = requests.saturating_mul(ROW_BYTES);
        if needed <= free {
            return Ok(());
        }
        let path = self.table_path.clone();
        Err(NoRoom { path, requests, needed: needed.div_ceil(1_000_000), free: free / 1_000_000 })
    }

    /// A run begins.
    pub(crate) fn started(&mut self, record: &RunRecord) {
        self.flushed = Moment::ZERO;
        self.journalled(|journal| journal.run_started(record));
    }

    /// A request has ended.
    pub(crate) fn ended(&mut self, outcome: &Outcome) {
        self.journalled(|journal| journal.push(outcome));
    }

    /// Time has passed.
    pub(crate) fn look(&mut self, progress: &Progress) {
        if progress.now.as_nanos() - self.flushed.as_nanos() >= FLUSH_NS {
            self.flushed = progress.now;
            self.journalled(Journal::flush);
        }
    }

    /// A journal that cannot be written is no reason to end a run: its table may well be.
    fn journalled(&mut self, act: impl FnOnce(&mut Journal) -> Result<(), OutcomeError>) {
        let Some(journal) = &mut self.journal else { return };
        if let Err(error) = act(journal) {
            let error = anyhow::Error::from(error);
            eprintln!("replay: {error:#}; the run goes on, and would be lost if it were killed");
            self.journal = None;
        }
    }

    /// Writes a run's outcomes.
    pub(crate) fn add(&mut self, run: Run) {
        self.info.parameters.insert("scheduling".into(), run.scheduling);
        self.metrics.set_epoch(run.record.epoch_unix_ns.unwrap_or(0));
        for outcome in &run.outcomes {
            self.tally.push(outcome);
            let can_write = !matches!(&self.failed, Some(error) if !is_of_one_row(error));
            if can_write {
                let written = self.table.push(outcome).and_then(|()| self.metrics.push(outcome));
                self.failed = written.err().or(self.failed.take());
            }
        }
        self.records.push(run.record);
        // Until the series is over, these rows are nowhere else.
        self.journalled(Journal::flush);
    }

    /// How many runs were added.
    pub(crate) fn run_count(&self) -> usize {
        self.records.len()
    }

    /// Completes the files; what the runs came to, and whether all of it was written.
    ///
    /// `cut_short` says that runs are missing.
    pub(crate) fn finish(self, cut_short: bool) -> (Summary, Result<(), OutcomeError>) {
        let mut info = self.info.of_runs(self.records);
        info.cut_short |= cut_short;
        let summary = self.tally.summary(&info);
        let written = match self.failed {
            Some(error) if !is_of_one_row(&error) => Err(error),
            failed => {
                // One file that cannot be completed is no reason to lose the other.
                let table = self.table.finish(&info);
                failed.map_or(Ok(()), Err).and(self.metrics.finish()).and(table)
            }
        };
        // A journal is kept for as long as it tells more than the table.
        let written = written.and_then(|()| self.journal.map_or(Ok(()), Journal::discard));
        (summary, written)
    }

    pub(crate) fn paths(&self) -> [PathBuf; 2] {
        [self.table_path.clone(), self.metrics_path.clone()]
    }
}

/// Whether a row alone is at fault, and the others can be written.
fn is_of_one_row(error: &OutcomeError) -> bool {
    matches!(error, OutcomeError::Row { .. })
}

/// What is known of a run before it begins.
pub(crate) fn info(trace: &TraceReader, config: &Config, subject: &str) -> RunInfo {
    let header = trace.header();
    RunInfo {
        producer: "replay".into(),
        tool: concat!("replay ", env!("CARGO_PKG_VERSION")).into(),
        trace_digest: header.digest.clone(),
        trace_name: header.workload.name.clone(),
        subject: subject.to_owned(),
        parameters: parameters(config),
        rate_scale: config.rate_scale.to_string(),
        host: Some(host()),
        clock: "monotonic".into(),
        slos: header.slos.clone(),
        models: header.models.iter().map(|model| model.name.clone()).collect(),
        ..RunInfo::default()
    }
}

/// What a run was told, by the names of the flags. Of headers only the names: their values may be
/// secret.
fn parameters(config: &Config) -> BTreeMap<String, String> {
    let mut parameters = BTreeMap::new();
    let mut add = |name: &str, value: String| drop(parameters.insert(name.to_owned(), value));
    add("assign", config.assignment.to_string());
    add("connections", config.connection_count.to_string());
    add("in_flight_max", config.in_flight_max.to_string());
    add("in_flight_mib", (config.in_flight_bytes_max >> 20).to_string());
    add("realtime", config.realtime.to_string());
    if let Some(timeout) = config.timeout {
        add("timeout_ms", timeout.as_millis().to_string());
    }
    if let Some(limit) = config.limit {
        add("limit", limit.to_string());
    }
    if let crate::Load::Closed(count) = config.load {
        add("closed_loop", count.to_string());
    }
    if config.propagate_deadline {
        add("propagate_deadline", "true".into());
    }
    let names: Vec<&str> = config.metadata.names().collect();
    if !names.is_empty() {
        add("headers", names.join(", "));
    }
    parameters
}

/// Name, system and number of cores of this machine.
fn host() -> String {
    let system = rustix::system::uname();
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    format!(
        "{}, {} {}, {cores} cores",
        system.nodename().to_string_lossy(),
        system.sysname().to_string_lossy(),
        system.release().to_string_lossy()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disk_that_is_too_small_is_found_before_the_run() {
        let folder = tempfile::tempdir().unwrap();
        let table = folder.path().join("run.arrow");
        let info = RunInfo::default();
        let report = Report::create(&table, &folder.path().join("metrics.csv"), info).unwrap();
        assert!(report.check_room(1).is_ok());
        let error = report.check_room(u64::MAX).unwrap_err().to_string();
        assert!(error.contains("run.arrow") && error.contains("MB left"), "{error}");
    }
}

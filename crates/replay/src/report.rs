//! A finished run as files: the outcome table and the predecessor's CSV.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use outcome::{MetricsCsv, OutcomeError, OutcomeWriter, RunInfo};
use trace::TraceReader;

use crate::{Config, Run};

/// The files of a run, opened before it: a place that cannot be written shows before anything is
/// sent.
pub(crate) struct Report {
    info: RunInfo,
    table: OutcomeWriter,
    table_path: PathBuf,
    metrics: MetricsCsv,
    metrics_path: PathBuf,
}

impl Report {
    /// Opens both files.
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
            info,
        })
    }

    /// Writes the run; gives back what is to be known of it.
    ///
    /// # Errors
    /// Where a file cannot be written.
    pub(crate) fn write(mut self, run: &Run) -> Result<(), OutcomeError> {
        let info = completed(self.info, run);
        self.metrics.set_epoch(run.epoch_unix_ns);
        for outcome in &run.outcomes {
            self.table.push(outcome)?;
            self.metrics.push(outcome)?;
        }
        // One file that cannot be completed is no reason to lose the other.
        let table = self.table.finish(&info);
        self.metrics.finish().and(table)
    }

    pub(crate) fn info(&self) -> &RunInfo {
        &self.info
    }

    pub(crate) fn paths(&self) -> [PathBuf; 2] {
        [self.table_path.clone(), self.metrics_path.clone()]
    }
}

/// What is known of a run before it begins.
pub(crate) fn info(trace: &TraceReader, config: &Config, subject: &str) -> RunInfo {
    let header = trace.header();
    let mut parameters = BTreeMap::new();
    let mut add = |name: &str, value: String| drop(parameters.insert(name.to_owned(), value));
    add("connections", config.connection_count.to_string());
    add("timeout_ms", config.timeout.as_millis().to_string());
    add("in_flight_max", config.in_flight_max.to_string());
    if let Some(limit) = config.limit {
        add("limit", limit.to_string());
    }
    RunInfo {
        producer: "replay".into(),
        tool: concat!("replay ", env!("CARGO_PKG_VERSION")).into(),
        trace_digest: header.digest.clone(),
        trace_name: header.workload.name.clone(),
        subject: subject.to_owned(),
        parameters,
        rate_scale: config.rate_scale.to_string(),
        host: Some(host()),
        clock: "monotonic".into(),
        slos: header.slos.clone(),
        models: header.models.iter().map(|model| model.name.clone()).collect(),
        ..RunInfo::default()
    }
}

/// The same, with what only the run could tell.
pub(crate) fn completed(info: RunInfo, run: &Run) -> RunInfo {
    RunInfo {
        epoch_unix_ns: Some(run.epoch_unix_ns),
        floor: run.floor,
        steal_ns: run.steal_ns,
        verdict: run.judgement.verdict,
        verdict_reasons: run.judgement.reasons(),
        cut_short: run.cut_short,
        ..info
    }
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

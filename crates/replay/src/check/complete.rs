//! A journal made into the table that its run did not live to write.

use std::path::Path;

use outcome::{MetricsCsv, OutcomeError, OutcomeWriter, RunInfo, RunRecord};

use super::{Checked, CheckedRun};

impl Checked {
    /// Writes what is there as a table, and as the predecessor's CSV: in order of arrival, judged,
    /// and marked cut short.
    ///
    /// # Errors
    /// Where a file cannot be written.
    pub(crate) fn complete(
        &self,
        table: Option<&Path>,
        metrics: Option<&Path>,
    ) -> Result<(), OutcomeError> {
        let info = self.completed();
        let outcomes = || self.runs.iter().flat_map(|run| &run.outcomes);
        if let Some(path) = table {
            let mut table = OutcomeWriter::create(path, &info)?;
            outcomes().try_for_each(|outcome| table.push(outcome))?;
            table.finish(&info)?;
        }
        if let Some(path) = metrics {
            let mut metrics = MetricsCsv::create(path, &info)?;
            for run in &self.runs {
                metrics.set_epoch(run.recorded.epoch_unix_ns.unwrap_or(0));
                run.outcomes.iter().try_for_each(|outcome| metrics.push(outcome))?;
            }
            metrics.finish()?;
        }
        Ok(())
    }

    fn completed(&self) -> RunInfo {
        let record = |run: &CheckedRun| RunRecord {
            verdict: run.judgement.verdict,
            verdict_reasons: run.judgement.reasons(),
            ..run.recorded.clone()
        };
        let records = self.runs.iter().map(record).collect();
        RunInfo { cut_short: true, ..self.info.clone().of_runs(records) }
    }
}

//! The judgement for programs.

use std::path::Path;

use outcome::{Floor, RunInfo, Verdict};
use serde::Serialize;

use super::{Checked, CheckedRun};
use crate::verdict;

/// All tables as one JSON object of several lines.
pub(crate) fn to_json(tables: &[Checked]) -> String {
    let verdict = tables.iter().map(Checked::verdict).max().unwrap_or_default();
    let report = Report { verdict, tables: tables.iter().map(Table::of).collect() };
    serde_json::to_string_pretty(&report).expect("a judgement is numbers, text and lists")
}

#[derive(Serialize)]
struct Report<'a> {
    verdict: Verdict,
    tables: Vec<Table<'a>>,
}

#[derive(Serialize)]
struct Table<'a> {
    path: &'a Path,
    verdict: Verdict,
    /// Whether the run did not end.
    journal: bool,
    info: &'a RunInfo,
    runs: Vec<Run<'a>>,
}

#[derive(Serialize)]
struct Run<'a> {
    run: i32,
    requests: usize,
    verdict: Verdict,
    verdict_reasons: Vec<String>,
    recorded_verdict: Verdict,
    recorded_verdict_reasons: &'a [String],
    /// Whether the file says of itself what its rows say; a journal says nothing.
    agrees: Option<bool>,
    cut_short: bool,
    floor: Option<Floor>,
    steal_ns: Option<i64>,
    clock_step_ns: Option<i64>,
    checks: Vec<Check>,
}

/// A limit that does not exist is null.
#[derive(Serialize)]
struct Check {
    name: &'static str,
    value: f64,
    valid_limit: Option<f64>,
    degraded_limit: Option<f64>,
    unit: &'static str,
    verdict: Verdict,
}

impl<'a> Table<'a> {
    fn of(checked: &'a Checked) -> Self {
        Self {
            path: &checked.path,
            verdict: checked.verdict(),
            journal: checked.is_journal(),
            info: &checked.info,
            runs: checked.runs.iter().map(|run| Run::of(run, checked.is_journal())).collect(),
        }
    }
}

impl<'a> Run<'a> {
    fn of(run: &'a CheckedRun, is_journal: bool) -> Self {
        let (judgement, recorded) = (&run.judgement, &run.recorded);
        Self {
            run: run.run,
            requests: run.outcomes.len(),
            verdict: judgement.verdict,
            verdict_reasons: judgement.reasons(),
            recorded_verdict: recorded.verdict,
            recorded_verdict_reasons: &recorded.verdict_reasons,
            agrees: (!is_journal).then_some(judgement.verdict == recorded.verdict),
            cut_short: recorded.cut_short,
            floor: recorded.floor,
            steal_ns: recorded.steal_ns,
            clock_step_ns: recorded.clock_step_ns,
            checks: judgement.checks.iter().map(Check::of).collect(),
        }
    }
}

impl Check {
    fn of(check: &verdict::Check) -> Self {
        let limit = |limit: f64| limit.is_finite().then_some(limit);
        Self {
            name: check.name,
            value: check.value,
            valid_limit: limit(check.valid_limit),
            degraded_limit: limit(check.degraded_limit),
            unit: check.unit.name(),
            verdict: check.verdict,
        }
    }
}

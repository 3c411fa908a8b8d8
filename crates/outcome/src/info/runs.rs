//! Several runs in one table: what is known of each, and what that comes to for the whole.

use super::{Floor, RunInfo, Verdict};

/// What is known of one run of a table that holds several.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunRecord {
    /// Which run of the table.
    pub run: i32,
    /// Start of the run, Unix ns; `None` in virtual time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub epoch_unix_ns: Option<i64>,
    /// How well the machine kept time with nothing attached; `None` in virtual time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub floor: Option<Floor>,
    /// CPU time that the hypervisor took away during the run, ns; `None` where unknown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub steal_ns: Option<i64>,
    /// By how much the wall clock moved against the monotonic one during the run, ns; `None` where
    /// unknown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clock_step_ns: Option<i64>,
    /// Whether the run can be trusted.
    pub verdict: Verdict,
    /// Why the verdict is not [`Verdict::Valid`], one sentence each.
    pub verdict_reasons: Vec<String>,
    /// Whether the run ended before its trace did.
    pub cut_short: bool,
}

impl RunInfo {
    /// Tells of the runs that `records` are of. With exactly one they are its fields; with several,
    /// [`runs`](Self::runs) has them all and the fields speak of the whole: the worst verdict, the
    /// reasons of every run, the earliest epoch, the worst floor by its p99, the sum of steal, the
    /// largest step of the clock. A sum of which a part is unknown is unknown.
    #[must_use]
    pub fn of_runs(self, records: Vec<RunRecord>) -> Self {
        let several = records.len() > 1;
        if records.is_empty() {
            return Self { runs: records, ..self };
        }
        let reasons = records.iter().flat_map(|record| {
            record.verdict_reasons.iter().map(move |reason| match several {
                true => format!("run {}: {reason}", record.run),
                false => reason.clone(),
            })
        });
        let floors = records.iter().filter_map(|record| record.floor);
        let steps = records.iter().filter_map(|record| record.clock_step_ns);
        let steal = records.iter().map(|record| record.steal_ns);
        Self {
            epoch_unix_ns: records.iter().filter_map(|record| record.epoch_unix_ns).min(),
            floor: floors.max_by_key(|floor| floor.p99_ns),
            steal_ns: steal.reduce(|sum, part| Some(sum?.saturating_add(part?))).flatten(),
            clock_step_ns: steps.max_by_key(|step| step.unsigned_abs()),
            verdict: records.iter().map(|record| record.verdict).max().unwrap_or_default(),
            verdict_reasons: reasons.collect(),
            cut_short: records.iter().any(|record| record.cut_short),
            runs: if several { records } else { Vec::new() },
            ..self
        }
    }
}

impl RunInfo {
    /// The same of runs of which the last did not end, for this reason.
    pub(crate) fn unfinished(self, reason: String) -> Self {
        let mut runs = self.runs;
        for record in &mut runs {
            record.verdict = Verdict::Invalid;
            record.verdict_reasons = vec![reason.clone()];
        }
        // A run begins when the one before it is over.
        if let Some(last) = runs.last_mut() {
            last.cut_short = true;
        }
        let (verdict, verdict_reasons) = (Verdict::Invalid, vec![reason]);
        Self { verdict, verdict_reasons, cut_short: true, runs, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(run: i32) -> RunRecord {
        let floor = Floor { p99_ns: 100 + i64::from(run), ..Floor::default() };
        RunRecord {
            run,
            epoch_unix_ns: Some(1_000 - i64::from(run)),
            floor: Some(floor),
            steal_ns: Some(5),
            clock_step_ns: Some([3, -7, 2][usize::try_from(run).unwrap()]),
            ..RunRecord::default()
        }
    }

    #[test]
    fn one_run_is_the_whole() {
        let record = RunRecord {
            verdict: Verdict::Degraded,
            verdict_reasons: vec!["late".into()],
            cut_short: true,
            ..record(0)
        };
        let info = RunInfo { subject: "a".into(), ..RunInfo::default() };
        let whole = info.clone().of_runs(vec![record.clone()]);
        let expected = RunInfo {
            epoch_unix_ns: record.epoch_unix_ns,
            floor: record.floor,
            steal_ns: Some(5),
            clock_step_ns: Some(3),
            verdict: Verdict::Degraded,
            verdict_reasons: vec!["late".into()],
            cut_short: true,
            ..info.clone()
        };
        assert_eq!(whole, expected);
        assert_eq!(info.clone().of_runs(Vec::new()), info);
    }

    #[test]
    fn of_several_the_worst_counts() {
        let (degraded, invalid) = (Verdict::Degraded, Verdict::Invalid);
        let late = |text: &str| vec![text.into(), "late".into()];
        let records = vec![
            RunRecord { verdict: degraded, verdict_reasons: late("a"), ..record(0) },
            RunRecord {
                verdict: invalid,
                verdict_reasons: late("b"),
                cut_short: true,
                ..record(1)
            },
            record(2),
        ];
        let whole = RunInfo::default().of_runs(records.clone());
        let expected = RunInfo {
            epoch_unix_ns: Some(998),
            floor: records[2].floor,
            steal_ns: Some(15),
            clock_step_ns: Some(-7),
            verdict: invalid,
            verdict_reasons: ["run 0: a", "run 0: late", "run 1: b", "run 1: late"]
                .map(Into::into)
                .into(),
            cut_short: true,
            runs: records.clone(),
            ..RunInfo::default()
        };
        assert_eq!(whole, expected);
        let unknown = RunRecord { steal_ns: None, ..record(1) };
        assert_eq!(RunInfo::default().of_runs(vec![record(0), unknown]).steal_ns, None);
    }
}

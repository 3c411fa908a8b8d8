//! Metadata as it lies in a file: pairs of text in a fixed order, the same in every format.
//!
//! Plain values are plain text; lists and maps are JSON. A value that does not exist has no pair.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::de::DeserializeOwned;

use super::{RunInfo, RunRecord, Verdict};
use crate::OutcomeError;
use crate::format::{FORMAT_NAME, Version};

/// A key and its value.
pub(crate) type Pair = (&'static str, String);

/// The pairs that are fixed before the first row.
pub(crate) fn known_at_start(info: &RunInfo) -> Vec<Pair> {
    vec![
        ("reprise.format", FORMAT_NAME.into()),
        ("reprise.version", Version::CURRENT.name().into()),
        ("reprise.tool", info.tool.clone()),
        ("reprise.producer", info.producer.clone()),
        ("reprise.trace_name", info.trace_name.clone()),
        ("reprise.trace_digest", info.trace_digest.clone()),
        ("reprise.subject", info.subject.clone()),
        ("reprise.slos", json(&info.slos)),
        ("reprise.models", json(&info.models)),
    ]
}

/// The pairs that are known only when the last row is written.
pub(crate) fn known_at_end(info: &RunInfo, rows: u64) -> Vec<Pair> {
    let pairs = [
        ("reprise.parameters", Some(json(&info.parameters))),
        ("reprise.rate_scale", Some(info.rate_scale.clone())),
        ("reprise.host", info.host.clone()),
        ("reprise.clock", Some(info.clock.clone())),
        ("reprise.epoch_unix_ns", info.epoch_unix_ns.map(|nanos| nanos.to_string())),
        ("reprise.floor", info.floor.map(|floor| json(&floor))),
        ("reprise.steal_ns", info.steal_ns.map(|nanos| nanos.to_string())),
        ("reprise.clock_step_ns", info.clock_step_ns.map(|nanos| nanos.to_string())),
        ("reprise.verdict", Some(info.verdict.name().into())),
        ("reprise.verdict_reasons", Some(json(&info.verdict_reasons))),
        ("reprise.cut_short", Some(info.cut_short.to_string())),
        ("reprise.runs", (!info.runs.is_empty()).then(|| json(&info.runs))),
        ("reprise.rows", Some(rows.to_string())),
    ];
    pairs.into_iter().filter_map(|(key, value)| Some((key, value?))).collect()
}

/// The pairs of a journal: what is known while the run goes on, and that it has not ended.
pub(crate) fn of_journal(info: &RunInfo) -> Vec<Pair> {
    let reason = "the run did not end: this is its journal".into();
    let info = info.clone().unfinished(reason);
    let mut pairs = known_at_start(&info);
    pairs.extend(known_at_end(&info, 0));
    pairs.retain(|(key, _)| *key != "reprise.rows");
    pairs
}

/// The format version of the file at `path`, whose pairs these are.
///
/// # Errors
/// Where they are not those of an outcome table of a version that this program knows.
pub(crate) fn version(
    path: &Path,
    pairs: &BTreeMap<String, String>,
) -> Result<Version, OutcomeError> {
    Pairs { path, pairs }.version()
}

/// The run and the number of rows that the pairs of the file at `path` tell of.
///
/// # Errors
/// Where the pairs are not those of an outcome table of a known version, or a value cannot be read.
pub(crate) fn from_pairs(
    path: &Path,
    pairs: &BTreeMap<String, String>,
) -> Result<(RunInfo, u64), OutcomeError> {
    let pairs = Pairs { path, pairs };
    pairs.version()?;
    let info = RunInfo {
        tool: pairs.text("reprise.tool")?,
        producer: pairs.text("reprise.producer")?,
        trace_name: pairs.text("reprise.trace_name")?,
        trace_digest: pairs.text("reprise.trace_digest")?,
        subject: pairs.text("reprise.subject")?,
        slos: pairs.json("reprise.slos")?,
        models: pairs.json("reprise.models")?,
        parameters: pairs.json("reprise.parameters")?,
        rate_scale: pairs.text("reprise.rate_scale")?,
        host: pairs.optional("reprise.host").map(Into::into),
        clock: pairs.text("reprise.clock")?,
        epoch_unix_ns: pairs.optional_json("reprise.epoch_unix_ns")?,
        floor: pairs.optional_json("reprise.floor")?,
        steal_ns: pairs.optional_json("reprise.steal_ns")?,
        clock_step_ns: pairs.optional_json("reprise.clock_step_ns")?,
        verdict: pairs.verdict("reprise.verdict")?,
        verdict_reasons: pairs.json("reprise.verdict_reasons")?,
        cut_short: pairs.json("reprise.cut_short")?,
        runs: pairs.runs("reprise.runs")?,
    };
    Ok((info, pairs.json("reprise.rows")?))
}

fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).expect("lists, maps and numbers have a JSON form")
}

/// The pairs of one file, with the errors that name it.
struct Pairs<'a> {
    path: &'a Path,
    pairs: &'a BTreeMap<String, String>,
}

impl Pairs<'_> {
    fn version(&self) -> Result<Version, OutcomeError> {
        match self.optional("reprise.format") {
            Some(FORMAT_NAME) => {}
            Some(other) => {
                let problem = format!("this file is a `{other}`, and an outcome table is needed");
                return Err(OutcomeError::not_a_table(self.path, problem));
            }
            None => {
                let problem = "it has no metadata key reprise.format";
                return Err(OutcomeError::not_a_table(self.path, problem));
            }
        }
        let version = self.text("reprise.version")?;
        Version::from_name(&version).ok_or_else(|| {
            let problem = format!(
                "version {version} is not one this program reads (up to {}); use the program that \
                wrote the file",
                Version::CURRENT.name()
            );
            self.wrong("reprise.version", problem)
        })
    }

    fn optional(&self, key: &str) -> Option<&str> {
        self.pairs.get(key).map(String::as_str)
    }

    fn text(&self, key: &str) -> Result<String, OutcomeError> {
        self.optional(key).map(Into::into).ok_or_else(|| self.wrong(key, "is missing".into()))
    }

    /// Numbers and `true` are JSON as well, so plain values are read the same way.
    fn json<T: DeserializeOwned>(&self, key: &str) -> Result<T, OutcomeError> {
        self.optional_json(key)?.ok_or_else(|| self.wrong(key, "is missing".into()))
    }

    fn optional_json<T: DeserializeOwned>(&self, key: &str) -> Result<Option<T>, OutcomeError> {
        let parsed = self.optional(key).map(serde_json::from_str).transpose();
        parsed.map_err(|error| self.wrong(key, format!("cannot be read: {error}")))
    }

    fn verdict(&self, key: &str) -> Result<Verdict, OutcomeError> {
        let name = self.text(key)?;
        Verdict::from_name(&name).ok_or_else(|| {
            self.wrong(key, format!("`{name}` is none of valid, degraded and invalid"))
        })
    }

    /// The runs of a table of several, each once.
    fn runs(&self, key: &str) -> Result<Vec<RunRecord>, OutcomeError> {
        let runs: Vec<RunRecord> = self.optional_json(key)?.unwrap_or_default();
        let mut seen = BTreeSet::new();
        match runs.iter().map(|record| record.run).find(|&run| run < 0 || !seen.insert(run)) {
            None => Ok(runs),
            Some(run) => Err(self.wrong(key, format!("run {run} is negative or listed twice"))),
        }
    }

    fn wrong(&self, key: &str, problem: String) -> OutcomeError {
        OutcomeError::Metadata { path: self.path.into(), key: key.into(), problem }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Floor, testing};

    fn map_of(info: &RunInfo, rows: u64) -> BTreeMap<String, String> {
        let pairs = known_at_start(info).into_iter().chain(known_at_end(info, rows));
        pairs.map(|(key, value)| (key.to_owned(), value)).collect()
    }

    #[test]
    fn a_run_survives_the_way_through_pairs() {
        let path = Path::new("run.arrow");
        let mut info = testing::info();
        assert_eq!(from_pairs(path, &map_of(&info, 7)).unwrap(), (info.clone(), 7));
        info.host = Some("böx".into());
        info.epoch_unix_ns = Some(1_700_000_000_123_456_789);
        info.floor = Some(Floor { samples: 3, p50_ns: 1, p99_ns: 2, p999_ns: 3, max_ns: 4 });
        info.steal_ns = Some(0);
        info.verdict = Verdict::Invalid;
        info.verdict_reasons = vec!["lag p99 is \"high\"".into()];
        info.cut_short = true;
        info.clock_step_ns = Some(-1);
        assert_eq!(from_pairs(path, &map_of(&info, 0)).unwrap(), (info.clone(), 0));
        let record = RunRecord { run: 1, floor: info.floor, ..RunRecord::default() };
        info = info.of_runs(vec![RunRecord::default(), record]);
        assert_eq!(from_pairs(path, &map_of(&info, u64::MAX)).unwrap(), (info, u64::MAX));
    }

    #[test]
    fn what_is_wrong_is_named() {
        let refusal = |key: &str, value: Option<&str>| {
            let mut pairs = map_of(&testing::info(), 7);
            pairs.remove(key);
            pairs.extend(value.map(|value| (key.to_owned(), value.to_owned())));
            from_pairs(Path::new("run.arrow"), &pairs).unwrap_err().to_string()
        };
        let runs = |runs: &[(i32, &str)]| {
            let record = |(run, verdict): &(i32, &str)| {
                serde_json::json!({
                    "run": run, "verdict": verdict, "verdict_reasons": [], "cut_short": false,
                })
            };
            serde_json::Value::from_iter(runs.iter().map(record)).to_string()
        };
        assert!(refusal("reprise.format", Some("trace")).contains("is a `trace`"));
        assert!(refusal("reprise.format", None).contains("no metadata key reprise.format"));
        assert!(refusal("reprise.version", Some("3")).contains("version 3 is not one"));
        for (key, value) in [
            ("reprise.slos", None),
            ("reprise.slos", Some("[1]")),
            ("reprise.rows", Some("-1")),
            ("reprise.cut_short", Some("maybe")),
            ("reprise.verdict", Some("fine")),
            ("reprise.floor", Some("{}")),
            ("reprise.clock_step_ns", Some("1.5")),
            ("reprise.runs", Some("[{\"run\":0}]")),
            ("reprise.runs", Some(&runs(&[(-1, "valid")]))),
            ("reprise.runs", Some(&runs(&[(0, "fine")]))),
            ("reprise.runs", Some(&runs(&[(0, "valid"), (0, "valid")]))),
        ] {
            let message = refusal(key, value);
            assert!(message.starts_with(&format!("run.arrow: metadata key {key}: ")), "{message}");
        }
    }
}

use std::collections::BTreeMap;

use outcome::{Floor, Journal, OutcomeWriter, Status};
use request::{Moment, RequestId, Tier};

use super::*;

const MS: i64 = 1_000_000;

fn info() -> RunInfo {
    RunInfo {
        producer: "replay".into(),
        tool: "replay 0.1.0".into(),
        trace_name: "urgent_heavy".into(),
        subject: "localhost:50051".into(),
        parameters: BTreeMap::new(),
        rate_scale: "1".into(),
        host: Some("vm, Linux 6.1, 2 cores".into()),
        clock: "monotonic".into(),
        floor: Some(Floor {
            samples: 500,
            p50_ns: 60,
            p99_ns: 21_000,
            p999_ns: 300_000,
            max_ns: MS,
        }),
        steal_ns: Some(120 * MS),
        clock_step_ns: Some(-2_000),
        slos: vec!["urgent".into()],
        models: vec!["resnet50".into()],
        ..RunInfo::default()
    }
}

/// A request at 10 ms times `index`, sent `lag_ns` after it and answered after 20 ms.
fn outcome(run: i32, index: i64, lag_ns: i64) -> Outcome {
    let at = |nanos| Moment::from_nanos(index * 10 * MS + nanos);
    Outcome {
        run,
        request_id: RequestId(index),
        tier: Tier::Vip,
        slo: 0,
        model: 0,
        arrival: at(0),
        deadline: at(100 * MS),
        sent: Some(at(lag_ns)),
        started: None,
        done: Some(at(20 * MS)),
        status: Status::Ok,
        worker: None,
        batch: None,
        code: None,
        first_byte: None,
        held_ns: None,
    }
}

/// The text of a table of these rows, and what the table came to.
fn check(info: &RunInfo, rows: impl IntoIterator<Item = Outcome>) -> (String, Checked) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.arrow");
    let mut writer = OutcomeWriter::create(&path, info).unwrap();
    rows.into_iter().for_each(|row| writer.push(&row).unwrap());
    writer.finish(info).unwrap();
    let mut checked = Checked::read(&path).unwrap();
    checked.path = "run.arrow".into();
    (checked.to_string(), checked)
}

#[test]
fn a_table_shows_every_check_with_its_limits() {
    // Rows stand in any order.
    let rows = (0..1000).rev().map(|index| outcome(0, index, 500_000));
    let (text, checked) = check(&info(), rows);
    assert_eq!(checked.verdict(), Verdict::Degraded);
    snapbox::assert_data_eq!(
        text,
        snapbox::str![[r#"
run.arrow: replay of urgent_heavy at localhost:50051, 1,000 requests

check            value  valid up to  degraded up to  verdict
─────────────────────────────────────────────────────────────
lag p50       0.500 ms     0.200 ms        1.000 ms  DEGRADED
lag p99       0.500 ms     1.000 ms        5.000 ms  valid
lag p99.9     0.500 ms     5.000 ms       20.000 ms  valid
lag max       0.500 ms    50.000 ms      100.000 ms  valid
late            0.00 %       1.00 %          5.00 %  valid
early         0.000 ms     0.000 ms        0.050 ms  valid
drift         0.0 us/s    10.0 us/s      100.0 us/s  valid
drift in all  0.000 ms     1.000 ms               -  valid
order         0.000 ms     1.000 ms        1.000 ms  valid
rate            0.00 %       0.50 %          2.00 %  valid
unsent               0            0               0  valid
lost                 0            0               0  valid
duplicated           0            0               0  valid
clock         0.002 ms     1.000 ms        5.000 ms  valid

floor     p50 0.000 ms, p99 0.021 ms, p99.9 0.300 ms, max 1.000 ms, with nothing attached
steal     120.000 ms
clock     monotonic, stepped by -0.002 ms
host      vm, Linux 6.1, 2 cores
verdict   DEGRADED: lag p50 is 0.500 ms, above 0.200 ms
DIFFERS   the file itself says valid

"#]]
    );
}

#[test]
fn a_simulation_is_exact() {
    let info = RunInfo {
        producer: "sim".into(),
        subject: "edf".into(),
        clock: "virtual".into(),
        host: None,
        floor: None,
        steal_ns: None,
        clock_step_ns: None,
        ..info()
    };
    let (text, checked) = check(&info, (0..20).map(|index| outcome(0, index, 0)));
    assert_eq!(checked.verdict(), Verdict::Valid);
    assert!(text.contains("virtual   every value must be exactly 0, and is\n"), "{text}");
    let late = (0..20).map(|index| outcome(0, index, i64::from(index == 7)));
    let (text, checked) = check(&info, late);
    assert_eq!(checked.verdict(), Verdict::Invalid);
    assert!(text.contains("exactly 0, and 3 are not\n"), "{text}");
    assert!(text.contains("INVALID: lag p99 is 1 ns, above 0.000 ms"), "{text}");
    assert!(text.contains("DIFFERS   the file itself says valid\n"), "{text}");
}

#[test]
fn each_run_is_judged_by_itself() {
    let rows = (0..3).flat_map(|run| {
        (0..1000).map(move |index| outcome(run, index, if run == 1 { 3 * MS } else { 10 }))
    });
    let (text, checked) = check(&info(), rows);
    let verdicts: Vec<_> = checked.runs.iter().map(|run| run.judgement.verdict).collect();
    assert_eq!(verdicts, [Verdict::Valid, Verdict::Invalid, Verdict::Valid]);
    assert!(text.contains("run.arrow, run 2 of 3: replay of urgent_heavy"), "{text}");
}

#[test]
fn programs_read_the_same() {
    let rows = || (0..1000).map(|index| outcome(0, index, 500_000));
    let tables = [check(&info(), rows()).1, check(&info(), []).1];
    let json: serde_json::Value = serde_json::from_str(&to_json(&tables)).unwrap();
    assert_eq!(json["verdict"], "degraded");
    let run = &json["tables"][0]["runs"][0];
    assert_eq!(run["requests"], 1000);
    assert_eq!(run["agrees"], false);
    assert_eq!(run["recorded_verdict"], "valid");
    assert_eq!(run["floor"]["p99_ns"], 21_000);
    let checks = run["checks"].as_array().unwrap();
    assert_eq!(checks.len(), 14);
    let lag = serde_json::json!({
        "name": "lag p50", "value": 500_000.0, "valid_limit": 200_000.0,
        "degraded_limit": 1_000_000.0, "unit": "ns", "verdict": "degraded",
    });
    assert_eq!(checks[0], lag);
    assert!(checks.iter().any(|check| check["degraded_limit"].is_null()));
    assert_eq!(json["tables"][1]["runs"][0]["checks"].as_array().unwrap().len(), 0);
}

#[test]
fn what_is_known_of_each_run_is_of_that_run() {
    let record = |run| RunRecord {
        run,
        steal_ns: Some(i64::from(run) * MS),
        clock_step_ns: Some(i64::from(run) * 3 * MS),
        ..RunRecord::default()
    };
    let info = info().of_runs((0..3).map(record).collect());
    // The last run was over before anything had ended.
    let rows = (0..2).flat_map(|run| (0..1000).map(move |index| outcome(run, index, 10)));
    let (text, checked) = check(&info, rows);
    let verdicts: Vec<_> = checked.runs.iter().map(|run| run.judgement.verdict).collect();
    assert_eq!(verdicts, [Verdict::Valid, Verdict::Degraded, Verdict::Valid]);
    assert!(
        text.contains("steal     1.000 ms\nclock     monotonic, stepped by 3.000 ms\n"),
        "{text}"
    );
    assert!(text.contains("run.arrow, run 3 of 3: ") && text.contains(", 0 requests\n"), "{text}");
}

#[test]
fn a_journal_becomes_a_table() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let info = RunInfo { epoch_unix_ns: Some(1_700_000_000_000_000_000), ..info() };
    let mut journal = Journal::create(&path("run.arrow"), &info).unwrap();
    // Rows come as they end.
    (0..1000).rev().for_each(|index| journal.push(&outcome(0, index, 500_000)).unwrap());
    journal.flush().unwrap();
    // As whoever was killed leaves it.
    std::fs::copy(journal.path(), path("left.arrow.journal")).unwrap();

    let checked = Checked::read(&path("left.arrow.journal")).unwrap();
    let text = checked.to_string();
    assert!(text.contains("verdict   DEGRADED: lag p50 is 0.500 ms, above 0.200 ms\n"), "{text}");
    assert!(text.contains("CUT SHORT the run did not end") && !text.contains("DIFFERS"), "{text}");
    let json: serde_json::Value = serde_json::from_str(&to_json(&[checked])).unwrap();
    assert_eq!(json["tables"][0]["journal"], true);
    assert!(json["tables"][0]["runs"][0]["agrees"].is_null());

    let checked = Checked::read(&path("left.arrow.journal")).unwrap();
    let (table, metrics) = (path("whole.parquet"), path("metrics.csv"));
    checked.complete(Some(&table), Some(&metrics)).unwrap();
    let mut reader = OutcomeReader::open(&table).unwrap();
    let found = reader.info().clone();
    assert_eq!((found.verdict, found.cut_short), (Verdict::Degraded, true));
    assert_eq!(found.verdict_reasons, ["lag p50 is 0.500 ms, above 0.200 ms"]);
    assert_eq!((found.epoch_unix_ns, found.floor), (info.epoch_unix_ns, info.floor));
    let rows = reader.rows().collect::<Result<Vec<_>, _>>().unwrap();
    assert_eq!(rows.len(), 1000);
    assert!(rows.is_sorted_by_key(|row| row.arrival));
    let metrics = std::fs::read_to_string(metrics).unwrap();
    assert_eq!(metrics.lines().count(), 1001);
    assert!(metrics.contains("\n1700000000.000500000,0,1,"), "{metrics}");
    assert!(!Checked::read(&table).unwrap().to_string().contains("DIFFERS"));
}

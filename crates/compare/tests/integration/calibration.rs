//! `compare calibrate`: what it measures, the file it keeps, and what later comparisons make of it.

use std::collections::BTreeMap;
use std::path::Path;

use compare::{
    CompareError, FalseAlarms, Files, MetricKind, Overall, Reading, Settings, Thresholds,
    calibrate, compare, read,
};
use outcome::{RunInfo, Verdict};
use snapbox::{assert_data_eq, str};

use crate::command::{run, text};
use crate::runs::{info, rows, write};

/// What `replay` says of a run.
fn measured() -> RunInfo {
    RunInfo { producer: "replay".into(), subject: "localhost:50051".into(), ..info("") }
}

/// By how many per cent of the base each of six runs of one version takes.
const NOISE: [i64; 6] = [98, 101, 100, 99, 102, 103];

fn write_runs(folder: &Path, name: &str, info: &RunInfo, factors: &[i64]) {
    for (index, &factor) in factors.iter().enumerate() {
        write(folder, &format!("{name}{index}.arrow"), info, &rows(factor));
    }
}

/// Six measured runs of one version.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    write_runs(folder.path(), "run", &measured(), &NOISE);
    folder
}

/// The same, calibrated.
fn calibrated() -> tempfile::TempDir {
    let folder = folder();
    let output = run(folder.path(), &["calibrate", "run*.arrow", "-o", "limits.toml"]);
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), String::new()));
    folder
}

#[test]
fn a_calibration_as_text() {
    let folder = folder();
    let output = run(folder.path(), &["calibrate", "run*.arrow", "-o", "limits.toml"]);
    assert_data_eq!(
        text(&output.stdout),
        str![[r#"
runs    6 of localhost:50051
trace   burst 3fa94c01d2f6 · 400 requests · 3.990 s
design  runs, 3 against 3 in 20 assignments (all)  ·  alpha 5 %, Holm over 14

CAUTION  the trace is 4.0 s long; traces under 60 s see too little of what traffic can be

                          mean   run_sd   p<=5%  regressed  threshold  runs a side to find
──────────────────────────────────────────────────────────────────────────────────────────────────────
all/p50               74.37 ms   1.88 %  0.00 %     0.00 %     6.00 %  3%: 12, 5%: 6, 10%: 3
all/p95               145.2 ms   1.88 %  0.00 %     0.00 %     6.00 %  3%: 12, 5%: 6, 10%: 3
all/slo_attainment     81.96 %  1.08 pp  0.00 %     0.00 %    3.30 pp  0.3pp: 324, 0.5pp: 118, 1pp: 31
all/error_rate          2.00 %  0.00 pp  0.00 %     0.00 %    0.20 pp  0.3pp: 3, 0.5pp: 3, 1pp: 3
all/goodput           82.16 /s   1.33 %  0.00 %     0.00 %     4.50 %  3%: 7, 5%: 4, 10%: 3
──────────────────────────────────────────────────────────────────────────────────────────────────────
tier1/p50             74.37 ms   1.88 %  0.00 %     0.00 %     6.00 %  3%: 12, 5%: 6, 10%: 3
tier1/slo_attainment   81.22 %  1.45 pp  0.00 %     0.00 %    4.40 pp  0.3pp: 584, 0.5pp: 211, 1pp: 55
tier1/error_rate        2.24 %  0.00 pp  0.00 %     0.00 %    0.20 pp  0.3pp: 3, 0.5pp: 3, 1pp: 3
──────────────────────────────────────────────────────────────────────────────────────────────────────
tier2/p50             74.37 ms   1.88 %  0.00 %     0.00 %     6.00 %  3%: 12, 5%: 6, 10%: 3
tier2/slo_attainment   82.21 %  0.61 pp  0.00 %     0.00 %    1.90 pp  0.3pp: 107, 0.5pp: 40, 1pp: 12
tier2/error_rate        2.26 %  0.00 pp  0.00 %     0.00 %    0.20 pp  0.3pp: 3, 0.5pp: 3, 1pp: 3
──────────────────────────────────────────────────────────────────────────────────────────────────────
tier3/p50             75.88 ms   1.88 %  0.00 %     0.00 %     6.00 %  3%: 12, 5%: 6, 10%: 3
tier3/slo_attainment   82.46 %  1.23 pp  0.00 %     0.00 %    3.70 pp  0.3pp: 420, 0.5pp: 153, 1pp: 40
tier3/error_rate        1.50 %  0.00 pp  0.00 %     0.00 %    0.20 pp  0.3pp: 3, 0.5pp: 3, 1pp: 3
too few requests to judge: all/p99, tier1/p95, tier1/p99, tier2/p95, tier2/p99, tier3/p95, tier3/p99

ANY     p<=5% in 0.00 % of the assignments, regressed in 0.00 %; with these thresholds in 0.00 %
        run_sd: standard deviation from run to run. p<=5% and regressed: false alarms, as shares of the assignments.
        To find is to call a change real 4 times in 5; to be a regression it must reach its threshold too.
WROTE   limits.toml; use it: compare BASE CAND --thresholds limits.toml

"#]]
    );
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), String::new()));
}

#[test]
fn a_calibration_as_a_file() {
    let folder = calibrated();
    let file = std::fs::read_to_string(folder.path().join("limits.toml")).unwrap();
    assert_data_eq!(
        file,
        str![[r##"
# Thresholds measured by `compare calibrate` from 6 runs of one version.
# To use them: compare BASE CAND --thresholds FILE
# They may be edited; [calibration] is what was measured, and is read for cautions.

[thresholds]
"all/p50" = "6%"                     # 3 times the spread of 1.88 %, rounded up
"all/p95" = "6%"                     # 3 times the spread of 1.88 %, rounded up
"all/slo_attainment" = "3.3pp"       # 3 times the spread of 1.08 pp, rounded up
"all/error_rate" = "0.2pp"           # the default; the spread is 0.00 pp
"all/goodput" = "4.5%"               # 3 times the spread of 1.33 %, rounded up
"tier1/p50" = "6%"                   # 3 times the spread of 1.88 %, rounded up
"tier1/slo_attainment" = "4.4pp"     # 3 times the spread of 1.45 pp, rounded up
"tier1/error_rate" = "0.2pp"         # the default; the spread is 0.00 pp
"tier2/p50" = "6%"                   # 3 times the spread of 1.88 %, rounded up
"tier2/slo_attainment" = "1.9pp"     # 3 times the spread of 0.61 pp, rounded up
"tier2/error_rate" = "0.2pp"         # the default; the spread is 0.00 pp
"tier3/p50" = "6%"                   # 3 times the spread of 1.88 %, rounded up
"tier3/slo_attainment" = "3.7pp"     # 3 times the spread of 1.23 pp, rounded up
"tier3/error_rate" = "0.2pp"         # the default; the spread is 0.00 pp

[calibration]
format_version = 1
tool = "compare 0.1.0"
trace_name = "burst"
trace_digest = "3fa94c01d2f6"
requests = 400
subject = "localhost:50051"
runs = 6
design = "runs"
assignments = 20
any_significant = 0.0
any_regressed = 0.0
any_remaining = 0.0

[calibration.spread]
"all/error_rate" = 0.0
"all/goodput" = 0.013183141264793157
"all/p50" = 0.018618806162167236
"all/p95" = 0.018618806162167236
"all/slo_attainment" = 0.010772263767039244
"tier1/error_rate" = 0.0
"tier1/p50" = 0.018618806162167236
"tier1/slo_attainment" = 0.014483509082596647
"tier2/error_rate" = 0.0
"tier2/p50" = 0.018618806162167236
"tier2/slo_attainment" = 0.006139072037050562
"tier3/error_rate" = 0.0
"tier3/p50" = 0.018618806162167236
"tier3/slo_attainment" = 0.012278144074101143

[calibration.significant]
"all/error_rate" = 0.0
"all/goodput" = 0.0
"all/p50" = 0.0
"all/p95" = 0.0
"all/slo_attainment" = 0.0
"tier1/error_rate" = 0.0
"tier1/p50" = 0.0
"tier1/slo_attainment" = 0.0
"tier2/error_rate" = 0.0
"tier2/p50" = 0.0
"tier2/slo_attainment" = 0.0
"tier3/error_rate" = 0.0
"tier3/p50" = 0.0
"tier3/slo_attainment" = 0.0

[calibration.regressed]
"all/error_rate" = 0.0
"all/goodput" = 0.0
"all/p50" = 0.0
"all/p95" = 0.0
"all/slo_attainment" = 0.0
"tier1/error_rate" = 0.0
"tier1/p50" = 0.0
"tier1/slo_attainment" = 0.0
"tier2/error_rate" = 0.0
"tier2/p50" = 0.0
"tier2/slo_attainment" = 0.0
"tier3/error_rate" = 0.0
"tier3/p50" = 0.0
"tier3/slo_attainment" = 0.0

"##]]
    );
}

/// The latencies of run i are `NOISE[i]` per cent of the same base, so that the spread is that of
/// the logarithms of these numbers.
#[test]
fn a_known_spread_is_measured_kept_and_used() {
    let folder = calibrated();
    let logs = NOISE.map(|factor| (factor as f64).ln());
    let mean = logs.iter().sum::<f64>() / 6.0;
    let spread = (logs.iter().map(|log| (log - mean).powi(2)).sum::<f64>() / 5.0).sqrt();

    let (thresholds, calibration) = Thresholds::read(&folder.path().join("limits.toml")).unwrap();
    let calibration = calibration.unwrap();
    for key in ["all/p50", "all/p95", "tier1/p50"] {
        assert!((calibration.spread[key] - spread).abs() < 1e-9, "{key}");
    }
    assert_eq!(calibration.spread["all/error_rate"], 0.0);
    assert!(!calibration.spread.contains_key("all/p99"), "of too few requests");
    assert_eq!((calibration.runs, calibration.assignments), (6, 20));
    assert_eq!((calibration.requests, calibration.trace_digest.as_str()), (400, "3fa94c01d2f6"));

    // Three times 1.88 %, in half per cents; errors do not differ, and keep their default.
    let delta = |kind| thresholds.delta(&compare::Class::All, kind);
    assert!((delta(MetricKind::P50) - 1.06_f64.ln()).abs() < 1e-12);
    assert_eq!(delta(MetricKind::ErrorRate), 0.002);
    let (attainment, three) =
        (delta(MetricKind::SloAttainment), 3.0 * calibration.spread["all/slo_attainment"]);
    assert!(attainment >= three && attainment < three + 0.001, "{attainment} of {three}");
}

/// One comparison tells of two assignments: the counts are those of comparing every way to label
/// the runs, one by one.
#[test]
fn false_alarms_are_counted_over_all_assignments() {
    // Eight runs of which half are slower: one assignment puts all of these on one side.
    let by_runs = counted(&[100, 101, 100, 101, 100, 101, 100, 101], 70);
    assert_eq!((by_runs["all/p50"].significant, by_runs["all/p50"].regressed), (1, 0));
    let by_runs = counted(&[100, 107, 100, 107, 100, 107], 20);
    assert_eq!((by_runs["all/p50"].significant, by_runs["all/p50"].regressed), (1, 1));
    // Too few for the run to be the unit; and two against three.
    let by_blocks = counted(&[100, 107, 100, 107], 6);
    assert_eq!((by_blocks["all/p50"].significant, by_blocks["all/p50"].regressed), (1, 1));
    let odd = counted(&[100, 107, 100, 101, 99], 20);
    assert!(odd["all/p50"].significant > 0);
}

/// The false alarms of these runs by metric, each checked against comparisons of all assignments.
fn counted(factors: &[i64], assignments: usize) -> BTreeMap<String, FalseAlarms> {
    let folder = tempfile::tempdir().unwrap();
    write_runs(folder.path(), "run", &measured(), factors);
    let path = |run: usize| folder.path().join(format!("run{run}.arrow"));
    let runs = factors.len();
    let files = [Files { name: None, paths: (0..runs).map(path).collect() }];
    let (traffic, sides) = read(&files, Reading::default()).unwrap();
    let settings = Settings::default();
    let found = calibrate(&traffic, &sides[0], &settings, &[], |_| {}).unwrap();
    assert_eq!((found.assignments, found.complete), (assignments, true));

    let mut expected = vec![(0, 0); found.metrics.len()];
    let mut regressed = 0;
    let sizes = [runs / 2, runs - runs / 2];
    for of_a in (0_u32..1 << runs).filter(|of_a| sizes.contains(&(of_a.count_ones() as usize))) {
        let side = |a: bool| Files {
            name: None,
            paths: (0..runs).filter(|run| (of_a >> run & 1 == 1) == a).map(path).collect(),
        };
        let (traffic, sides) = read(&[side(true), side(false)], Reading::default()).unwrap();
        let comparison = compare(&traffic, &sides[0], &sides[1], &settings);
        for (metric, (significant, regressed)) in comparison.metrics.iter().zip(&mut expected) {
            *significant += usize::from(metric.holm.is_some_and(|holm| holm.worse <= 0.05));
            *regressed += usize::from(metric.verdict == compare::Verdict::Regressed);
        }
        regressed += usize::from(comparison.overall == Overall::Regressed);
    }
    for (metric, expected) in found.metrics.iter().zip(expected) {
        let alarms = metric.alarms;
        assert_eq!((alarms.significant, alarms.regressed), expected, "{}", metric.key());
    }
    assert_eq!(found.alarms.regressed, regressed);
    found.metrics.iter().map(|metric| (metric.key(), metric.alarms)).collect()
}

#[test]
fn a_calibration_as_json() {
    let folder = folder();
    let output = run(folder.path(), &["calibrate", "run*.arrow", "--json", "--change", "3%,0.1pp"]);
    let mut json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let metrics = json["metrics"].take();
    assert_eq!(metrics.as_object().unwrap().len(), 21);
    json["runs"] = json["runs"].as_array().unwrap().len().into();
    let shown = |value: &serde_json::Value| serde_json::to_string_pretty(value).unwrap() + "\n";
    assert_data_eq!(
        shown(&json),
        str![[r#"
{
  "alpha": 0.05,
  "any": {
    "regressed": 0.0,
    "remaining": 0.0,
    "significant": 0.0
  },
  "assignments": 20,
  "cautions": [
    "the trace is 4.0 s long; traces under 60 s see too little of what traffic can be"
  ],
  "complete": true,
  "design": "runs",
  "gating_count": 14,
  "metrics": null,
  "n": 400,
  "runs": 6,
  "schema_version": 1,
  "span_ns": 3990000001,
  "subject": "localhost:50051",
  "trace": {
    "digest": "3fa94c01d2f6",
    "name": "burst"
  }
}

"#]]
    );
    assert_data_eq!(
        shown(&metrics["tier1/slo_attainment"]),
        str![[r#"
{
  "by_run": [
    0.8283582089552238,
    0.8059701492537313,
    0.8134328358208955,
    0.8283582089552238,
    0.8059701492537313,
    0.7910447761194029
  ],
  "delta": 0.005,
  "false_alarms": {
    "regressed": 0.0,
    "remaining": 0.0,
    "significant": 0.0
  },
  "mean": 0.812189054726368,
  "n": 134,
  "runs_needed": {
    "0.1pp": null
  },
  "spread": 0.014483509082596647,
  "status": "ok",
  "suggested": "4.4pp",
  "suggested_delta": 0.044
}

"#]]
    );
    assert_data_eq!(
        shown(&metrics["tier1/p99"]),
        str![[r#"
{
  "by_run": [
    "inf",
    "inf",
    "inf",
    "inf",
    "inf",
    "inf"
  ],
  "n": 134,
  "status": "too_few"
}

"#]]
    );
}

/// Neither a second time nor another number of threads changes a byte.
#[test]
fn equal_runs_give_equal_bytes() {
    let folder = calibrated();
    let first = std::fs::read(folder.path().join("limits.toml")).unwrap();
    for threads in ["1", "3"] {
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_compare"))
            .args(["calibrate", "run*.arrow", "-o", "limits.toml"])
            .current_dir(folder.path())
            .env("RAYON_NUM_THREADS", threads)
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(0));
        assert!(std::fs::read(folder.path().join("limits.toml")).unwrap() == first, "{threads}");
    }
}

/// The cautions of a later comparison that mention the calibration.
fn later(folder: &Path, arguments: &[&str]) -> String {
    let output = run(folder, &[arguments, &["--thresholds", "limits.toml", "--json"]].concat());
    assert_eq!(text(&output.stderr), "");
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let cautions = json["cautions"].as_array().unwrap().iter().filter_map(|one| one.as_str());
    let cautions = cautions.filter(|caution| caution.contains("calibration"));
    cautions.map(|caution| format!("CAUTION  {caution}\n")).collect()
}

#[test]
fn a_wider_spread_is_said() {
    let folder = calibrated();
    let runs = ["--base", "run0.arrow", "run1.arrow", "run2.arrow", "--cand"];
    write_runs(folder.path(), "alike", &measured(), &[99, 100, 102]);
    let alike = ["alike0.arrow", "alike1.arrow", "alike2.arrow"];
    assert_eq!(later(folder.path(), &[&runs as &[_], &alike].concat()), "");
    write_runs(folder.path(), "wide", &measured(), &[90, 100, 110]);
    let wide = ["wide0.arrow", "wide1.arrow", "wide2.arrow", "--gate", "p50"];
    assert_data_eq!(
        later(folder.path(), &[&runs as &[_], &wide].concat()),
        str![[r#"
CAUTION  runs of one side differ more than twice as much as those of the calibration, so its thresholds may be too small (all/p50 by 7.44 %, not 1.88 %; tier1/p50 by 7.44 %, not 1.88 %; tier2/p50 by 7.44 %, not 1.88 %; tier3/p50 by 7.44 %, not 1.88 %)

"#]]
    );
}

#[test]
fn a_single_pair_within_the_noise_is_said() {
    let folder = calibrated();
    write(folder.path(), "slower.arrow", &measured(), &rows(107));
    write(folder.path(), "slow.arrow", &measured(), &rows(130));
    let gate = ["--gate", "p50"];
    let pair = |candidate: &'static str| [&["run2.arrow", candidate] as &[_], &gate].concat();
    assert_data_eq!(
        later(folder.path(), &pair("slower.arrow")),
        str![[r#"
CAUTION  by the calibration of 6 runs these changes are within what so few runs of one version differ by: all/p50 +7.0 % (up to 8.69 %), tier1/p50 +7.0 % (up to 8.69 %), tier2/p50 +7.0 % (up to 8.69 %), tier3/p50 +7.0 % (up to 8.69 %); only more runs a side can tell them from noise

"#]]
    );
    assert_eq!(later(folder.path(), &pair("slow.arrow")), "");

    // Without noise between runs, there is none to be within.
    write_runs(folder.path(), "sim", &info("edf"), &[100, 107]);
    let simulated = [&["sim0.arrow", "sim1.arrow"] as &[_], &gate].concat();
    assert_eq!(later(folder.path(), &simulated), "");
}

#[test]
fn a_calibration_of_other_traffic_is_said() {
    let folder = calibrated();
    let other = RunInfo { trace_digest: "77aa".into(), trace_name: "calm".into(), ..measured() };
    write_runs(folder.path(), "other", &other, &[100, 100]);
    assert_data_eq!(
        later(folder.path(), &["other0.arrow", "other1.arrow"]),
        str![[r#"
CAUTION  the calibration is of other traffic, burst 3fa94c01d2f6 (400 requests), than these runs, calm 77aa (400 requests): its spread and thresholds need not hold here

"#]]
    );
    let fewer = ["run0.arrow", "run0.arrow", "--warmup", "1s"];
    assert_data_eq!(
        later(folder.path(), &fewer),
        str![[r#"
CAUTION  the calibration is of other traffic, burst 3fa94c01d2f6 (400 requests), than these runs, burst 3fa94c01d2f6 (300 requests): its spread and thresholds need not hold here

"#]]
    );
}

#[test]
fn a_comparison_names_its_calibration() {
    let folder = calibrated();
    let pair = ["run0.arrow", "run1.arrow", "--json"];
    let json = |arguments: &[&str]| -> serde_json::Value {
        serde_json::from_slice(&run(folder.path(), arguments).stdout).unwrap()
    };
    let with = json(&[&pair as &[_], &["--thresholds", "limits.toml"]].concat());
    let expected = serde_json::json!({
        "trace": { "name": "burst", "digest": "3fa94c01d2f6" },
        "requests": 400,
        "subject": "localhost:50051",
        "runs": 6,
    });
    assert_eq!(with["calibration"], expected);
    assert_eq!(json(&pair).get("calibration"), None);

    let shown = run(folder.path(), &["run0.arrow", "run1.arrow", "--thresholds", "limits.toml"]);
    let shown = text(&shown.stdout).split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(shown.contains("Holm over 14 · thresholds calibrated by 6 runs"), "{shown}");
}

#[test]
fn what_to_know_first_is_said() {
    let folder = tempfile::tempdir().unwrap();
    write_runs(folder.path(), "sim", &info("edf"), &[100, 100]);
    write_runs(folder.path(), "twice", &measured(), &[100, 101, 100, 102]);
    write(folder.path(), "other.arrow", &info("fifo"), &rows(100));
    let cautions = |arguments: &[&str]| {
        let output = run(folder.path(), &[&["calibrate"], arguments].concat());
        assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), String::new()));
        let text = text(&output.stdout);
        let lines = text.lines().filter(|line| line.starts_with("CAUTION"));
        lines.map(|line| format!("{line}\n")).collect::<String>()
    };
    let told = [
        cautions(&["sim*.arrow"]),
        cautions(&["twice*.arrow"]),
        cautions(&["twice*.arrow", "other.arrow"]),
    ];
    assert_data_eq!(
        told.join("\n"),
        str![[r#"
CAUTION  all runs were simulated: they differ by their seeds at most, and tell nothing of the noise of a real target
CAUTION  the spread of 2 runs is hardly known; measure ten of the same version
CAUTION  there are too few runs for three a side, so blocks of scheduled time are compared, which do not see what runs differ by; false alarms are those of single pairs
CAUTION  the trace is 4.0 s long; traces under 60 s see too little of what traffic can be

CAUTION  twice0.arrow and twice2.arrow are equal request by request: is it one run, given twice?
CAUTION  there are too few runs for three a side, so blocks of scheduled time are compared, which do not see what runs differ by; false alarms are those of single pairs
CAUTION  the trace is 4.0 s long; traces under 60 s see too little of what traffic can be

CAUTION  the runs are of 2 subjects (fifo, localhost:50051): if they are not one version, what they differ by is no noise
CAUTION  twice0.arrow and twice2.arrow are equal request by request: is it one run, given twice?
CAUTION  there are too few runs for three a side, so blocks of scheduled time are compared, which do not see what runs differ by; false alarms are those of single pairs
CAUTION  the trace is 4.0 s long; traces under 60 s see too little of what traffic can be

"#]]
    );
}

/// A gate is kept, so that later comparisons correct for as many metrics.
#[test]
fn a_gate_is_kept() {
    let folder = folder();
    let arguments = ["calibrate", "run*.arrow", "-o", "limits.toml", "--gate", "tier1/*,p50"];
    assert_eq!(run(folder.path(), &arguments).status.code(), Some(0));
    let (thresholds, _) = Thresholds::read(&folder.path().join("limits.toml")).unwrap();
    let gate: Vec<String> = thresholds.gate().iter().map(ToString::to_string).collect();
    assert_eq!(gate, ["tier1/*", "p50"]);
}

/// A quantile that failures reach has no spread, and so no threshold.
#[test]
fn what_failures_reach_cannot_be_measured() {
    let folder = tempfile::tempdir().unwrap();
    let mut dead = rows(100);
    for row in dead.iter_mut().skip(10) {
        row.status = outcome::Status::Unavailable;
        row.code = None;
        row.done = None;
    }
    write_runs(folder.path(), "run", &measured(), &[100, 101, 102]);
    write(folder.path(), "dead.arrow", &measured(), &dead);
    let arguments = ["calibrate", "run*.arrow", "dead.arrow", "-o", "limits.toml"];
    let output = run(folder.path(), &arguments);
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), String::new()));
    let stdout = text(&output.stdout);
    let p50 = stdout.lines().find(|line| line.starts_with("all/p50")).unwrap();
    assert!(p50.ends_with("-: requests fail in too many runs"), "{p50}");
    let (thresholds, calibration) = Thresholds::read(&folder.path().join("limits.toml")).unwrap();
    assert!(!calibration.unwrap().spread.contains_key("all/p50"));
    let delta = thresholds.delta(&compare::Class::All, MetricKind::P50);
    assert!((delta - 1.05_f64.ln()).abs() < 1e-12);
}

#[test]
fn an_invalid_run_needs_force() {
    let folder = folder();
    let invalid = RunInfo {
        verdict: Verdict::Invalid,
        verdict_reasons: vec!["lag p99 is 9 ms".into()],
        ..measured()
    };
    write(folder.path(), "run6.arrow", &invalid, &rows(100));
    let output = run(folder.path(), &["calibrate", "run*.arrow"]);
    assert_eq!((output.status.code(), text(&output.stdout)), (Some(2), String::new()));
    let told = text(&output.stderr);
    assert!(told.contains("run6.arrow: the run is invalid: lag p99 is 9 ms"), "{told}");
    let forced = run(folder.path(), &["calibrate", "run*.arrow", "--force"]);
    assert_eq!(forced.status.code(), Some(0));
    assert!(text(&forced.stdout).contains("CAUTION  run6.arrow is invalid: lag p99 is 9 ms"));
}

#[test]
fn more_than_a_hundred_runs_are_refused() {
    let folder = folder();
    let copy = |number| {
        let path = folder.path().join(format!("copy{number}.arrow"));
        std::fs::copy(folder.path().join("run0.arrow"), &path).unwrap();
        path
    };
    let paths = (0..101).map(copy).collect();
    let files = [Files { name: None, paths }];
    let (traffic, sides) = read(&files, Reading::default()).unwrap();
    let found = calibrate(&traffic, &sides[0], &Settings::default(), &[], |_| {});
    assert!(matches!(found, Err(CompareError::RunsToCalibrate { runs: 101 })));
}

#[test]
fn bad_input_exits_with_2() {
    let folder = calibrated();
    let write_text = |name: &str, text: &str| {
        std::fs::write(folder.path().join(name), text).unwrap();
    };
    let calibrated = std::fs::read_to_string(folder.path().join("limits.toml")).unwrap();
    write(folder.path(), "other.arrow", &measured(), &rows(100)[1..]);
    write_text("hand.toml", "[thresholds]\np50 = \"3%\"\n");
    write_text("later.toml", &calibrated.replace("format_version = 1", "format_version = 2"));
    write_text("one.toml", &calibrated.replace("runs = 6", "runs = 1"));
    write_text("torn.toml", &calibrated.replace("requests = 400\n", ""));
    write_text(
        "odd.toml",
        &calibrated.replace("[calibration.spread]", "[calibration.spread]\nx = -1.0"),
    );
    let cases: [&[&str]; 14] = [
        &["calibrate"],
        &["calibrate", "run0.arrow"],
        &["calibrate", "run0.arrow", "missing.arrow"],
        &["calibrate", "run0.arrow", "other.arrow"],
        &["calibrate", "none*.arrow"],
        &["calibrate", "run*.arrow", "-o", "none/limits.toml"],
        &["calibrate", "run*.arrow", "-o", "run0.arrow"],
        &["calibrate", "run*.arrow", "-o", "hand.toml"],
        &["calibrate", "run*.arrow", "-o", "."],
        &["calibrate", "run*.arrow", "--change", "3"],
        &["run0.arrow", "run1.arrow", "--thresholds", "later.toml"],
        &["run0.arrow", "run1.arrow", "--thresholds", "one.toml"],
        &["run0.arrow", "run1.arrow", "--thresholds", "torn.toml"],
        &["run0.arrow", "run1.arrow", "--thresholds", "odd.toml"],
    ];
    let told = cases.map(|arguments| {
        let output = run(folder.path(), arguments);
        assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0), "{arguments:?}");
        format!("$ compare {}\n{}", arguments.join(" "), text(&output.stderr))
    });
    assert_data_eq!(
        told.join("\n"),
        str![[r#"
$ compare calibrate
error: the following required arguments were not provided:
  <TABLE>...

Usage: compare calibrate <TABLE>...

For more information, try '--help'.

$ compare calibrate run0.arrow
error: 1 run: a calibration takes 2 to 100 runs of one version; ten are good, and fewer than four say little

$ compare calibrate run0.arrow missing.arrow
error: cannot read missing.arrow: No such file or directory (os error 2)

$ compare calibrate run0.arrow other.arrow
error: runs are not of the same trace: in order of arrival, number 1 of the first is request 0 (arrival_ns 0, tier 1, slo urgent), of the other request 1 (arrival_ns 10000000, tier 2, slo urgent)
  first: run0.arrow
  other: other.arrow
only runs of one trace file at one rate can be compared

$ compare calibrate none*.arrow
error: `none*.arrow`: no file has a name like this

$ compare calibrate run*.arrow -o none/limits.toml
error: cannot write none/limits.toml: there is no folder none

$ compare calibrate run*.arrow -o run0.arrow
error: run0.arrow is there already, and is no calibration: only such files are replaced; name another

$ compare calibrate run*.arrow -o hand.toml
error: hand.toml is there already, and is no calibration: only such files are replaced; name another

$ compare calibrate run*.arrow -o .
error: . is there already, and is no calibration: only such files are replaced; name another

$ compare calibrate run*.arrow --change 3
error: invalid value '3' for '--change <SIZES>': `3` needs a unit: 5% of a latency, 0.5pp of a share

For more information, try '--help'.

$ compare run0.arrow run1.arrow --thresholds later.toml
error: later.toml: not a file of thresholds: calibration: format_version 2 is not known, only 1; calibrate again

$ compare run0.arrow run1.arrow --thresholds one.toml
error: one.toml: not a file of thresholds: calibration: runs is 1, and must be at least 2

$ compare run0.arrow run1.arrow --thresholds torn.toml
error: torn.toml: not a file of thresholds: calibration: missing field `requests`

$ compare run0.arrow run1.arrow --thresholds odd.toml
error: odd.toml: not a file of thresholds: calibration: the spread of x is -1, which none can be

"#]]
    );
    let partial = std::fs::read_dir(folder.path()).unwrap();
    let left = partial.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    assert_eq!(left.filter(|name| name.ends_with(".partial")).count(), 0);
}

#[test]
fn help() {
    assert_data_eq!(
        text(&run(Path::new("."), &["calibrate", "--help"]).stdout),
        str![[r#"
Measure what runs of one version differ by, and which thresholds follow from it

Usage: compare calibrate [OPTIONS] <TABLE>...

Arguments:
  <TABLE>...  Outcome tables of one version on one trace, each of one run or several; may be
              patterns

Options:
  -o, --output <FILE>   Where to keep thresholds and calibration (TOML); replaces no other file than
                        such a one
      --change <SIZES>  Changes that one wishes to find, to learn how many runs a side that takes
                        [default: 3%,5%,10%,0.3pp,0.5pp,1pp]
      --gate <METRICS>  Metrics that count for the result, such as tier1/*,all/goodput; kept too
                        [default: all]
      --warmup <TIME>   Drop requests that arrive in the first part of the trace, in all runs
      --blocks <N>      Blocks that scheduled time is cut into, where there are too few runs
                        [default: 40]
      --min-runs <N>    Runs a side from which on the run is the unit [default: 3]
      --force           Calibrate even where a run is invalid
      --json            Print every number, for programs
  -h, --help            Print help

Examples:
  compare calibrate runs/*.arrow -o thresholds.toml     ten runs of one version, say
  compare calibrate runs.arrow                          one table of several runs; only show
  compare calibrate a*.arrow --change 2%,0.2pp --json | jq .any
  compare base.arrow cand.arrow --thresholds thresholds.toml

The runs are dealt to two sides in all ways, or in 252 evenly spaced ones, and compared: whatever is
called a change is a false alarm. A suggested threshold is three times the standard deviation from
run to run, rounded up, and never below the default. With fewer than six runs (three a side) the
comparisons are by blocks of scheduled time, and below four the spread is hardly known.

The file holds the thresholds, which may be edited, and what was measured: later comparisons warn
where their runs differ more than twice as much, where the trace is another one, and where a change
between single runs is within what runs of one version differ by.

Exit codes:
  0  done
  2  usage, unreadable tables, different traces, a single run, an invalid run without --force, or a
     file that cannot be written

"#]]
    );
}

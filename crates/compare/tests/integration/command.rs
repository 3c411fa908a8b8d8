//! The command: its output, its help and its exit codes.

use std::path::Path;
use std::process::{Command, Output};

use outcome::{Outcome, RunInfo, RunRecord, Verdict};
use snapbox::{assert_data_eq, str};

use crate::runs::{info, rows, write};

pub(crate) fn run(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_compare"));
    command.args(arguments).current_dir(folder).env("COLUMNS", "100");
    // Set where these tests run in CI themselves.
    command.env_remove("GITHUB_STEP_SUMMARY").output().unwrap()
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// A folder with a baseline, and a candidate that is 10 % slower and kept time less well.
pub(crate) fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "base.arrow", &info("edf"), &rows(100));
    let degraded = RunInfo {
        verdict: Verdict::Degraded,
        verdict_reasons: vec!["lag p99 of 1.400 ms is over 1 % of the tightest SLO".into()],
        cut_short: true,
        ..info("fifo")
    };
    write(folder.path(), "cand.csv", &degraded, &rows(110));
    folder
}

#[test]
fn a_comparison_as_text() {
    let folder = folder();
    let output = run(folder.path(), &["base.arrow", "cand.csv"]);
    assert_data_eq!(
        text(&output.stdout),
        str![[r#"
   side  runs  by   timing    lag_p50_ms  lag_p99_ms  tables
────────────────────────────────────────────────────────────────
A  edf      1  sim  valid          0.000       0.000  base.arrow
B  fifo     1  sim  degraded       0.000       0.000  cand.csv

trace    burst 3fa94c01d2f6 · 400 requests · 3.990 s
design   40 blocks: would other traffic like this show it too? · alpha 5 %, Holm over 14

CAUTION  cand.csv kept time badly: lag p99 of 1.400 ms is over 1 % of the tightest SLO
CAUTION  cand.csv ended before its trace did
CAUTION  the trace is 4.0 s long; traces under 60 s see too little of what traffic can be
CAUTION  a block takes 0.100 s, and should take 5 times the mean busy period, 5.1 s; use a longer
         trace, or 3 runs a side

                             A         B    change         95 % CI     limit  p Holm  verdict
────────────────────────────────────────────────────────────────────────────────────────────────────
all/p50               74.00 ms  81.40 ms   +10.0 %   [+7.8, +12.2]    +5.0 %   <1e-6  REGRESSED ▲
all/p95               144.5 ms  159.0 ms   +10.0 %  [+10.0, +10.0]    +5.0 %    2e-4  REGRESSED ▲
all/slo_attainment     82.50 %   78.50 %  -4.00 pp  [-6.02, -1.98]  -0.50 pp   0.001  REGRESSED ▲
all/goodput           82.71 /s  78.70 /s    -4.8 %    [-7.2, -2.5]    -1.0 %   0.001  REGRESSED ▲
tier1/p50             74.00 ms  81.40 ms   +10.0 %   [+7.8, +12.2]    +5.0 %   0.001  REGRESSED ▲
tier1/slo_attainment   81.34 %   76.87 %  -4.48 pp  [-7.93, -1.03]  -0.50 pp   0.043  REGRESSED ▲
tier2/p50             74.00 ms  81.40 ms   +10.0 %   [+5.6, +14.6]    +5.0 %   0.008  REGRESSED ▲
tier3/p50             75.50 ms  83.05 ms   +10.0 %   [+7.8, +12.2]    +5.0 %   0.008  REGRESSED ▲
────────────────────────────────────────────────────────────────────────────────────────────────────
tier2/slo_attainment   82.71 %   79.70 %  -3.01 pp  [-6.65, +0.64]  -0.50 pp   0.258  inconclusive ?
tier3/slo_attainment   83.46 %   78.95 %  -4.51 pp  [-9.16, +0.13]  -0.50 pp   0.170  inconclusive ?
────────────────────────────────────────────────────────────────────────────────────────────────────
all/error_rate          2.00 %    2.00 %   0.00 pp    [0.00, 0.00]  +0.20 pp   exact  equivalent =
tier1/error_rate        2.24 %    2.24 %   0.00 pp    [0.00, 0.00]  +0.20 pp   exact  equivalent =
tier2/error_rate        2.26 %    2.26 %   0.00 pp    [0.00, 0.00]  +0.20 pp   exact  equivalent =
tier3/error_rate        1.50 %    1.50 %   0.00 pp    [0.00, 0.00]  +0.20 pp   exact  equivalent =

to tell  tier2/slo_attainment takes about 260 more requests of tier2
         tier3/slo_attainment takes about 150 more requests of tier3
left out too few requests to judge all/p99, tier1/p95, tier1/p99, tier2/p95, tier2/p99, tier3/p95,
         tier3/p99

RESULT   REGRESSED ▲: tier1/slo_attainment -4.48 pp, all/slo_attainment -4.00 pp, all/goodput -4.8 %
         and 5 more
         smallest change found 4 times in 5, over all: p50 4.5 %, slo_attainment 3.7 pp
exit     1

"#]]
    );
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(1), String::new()));
}

#[test]
fn by_class_and_with_a_gate() {
    let folder = folder();
    let arguments =
        ["base.arrow", "cand.csv", "--by-class", "--gate", "tier1/*", "--names", "v1,v2"];
    let output = run(folder.path(), &arguments);
    assert_data_eq!(
        text(&output.stdout),
        str![[r#"
   side  runs  by   timing    lag_p50_ms  lag_p99_ms  tables
────────────────────────────────────────────────────────────────
A  v1       1  sim  valid          0.000       0.000  base.arrow
B  v2       1  sim  degraded       0.000       0.000  cand.csv

trace    burst 3fa94c01d2f6 · 400 requests · 3.990 s
design   40 blocks: would other traffic like this show it too? · alpha 5 %, Holm over 3

CAUTION  cand.csv kept time badly: lag p99 of 1.400 ms is over 1 % of the tightest SLO
CAUTION  cand.csv ended before its trace did
CAUTION  the trace is 4.0 s long; traces under 60 s see too little of what traffic can be
CAUTION  a block takes 0.100 s, and should take 5 times the mean busy period, 5.1 s; use a longer
         trace, or 3 runs a side

                                    A    change          95 % CI     limit  verdict
────────────────────────────────────────────────────────────────────────────────────────────
tier1/p50                    74.00 ms   +10.0 %    [+7.8, +12.2]    +5.0 %  REGRESSED ▲
tier1/slo_attainment          81.34 %  -4.48 pp   [-7.93, -1.03]  -0.50 pp  REGRESSED ▲
────────────────────────────────────────────────────────────────────────────────────────────
tier1/error_rate               2.24 %   0.00 pp     [0.00, 0.00]  +0.20 pp  equivalent =
────────────────────────────────────────────────────────────────────────────────────────────
all/p50                      74.00 ms   +10.0 %    [+7.8, +12.2]    +5.0 %  (REGRESSED ▲)
all/p95                      144.5 ms   +10.0 %   [+10.0, +10.0]    +5.0 %  (REGRESSED ▲)
all/slo_attainment            82.50 %  -4.00 pp   [-6.02, -1.98]  -0.50 pp  (REGRESSED ▲)
all/goodput                  82.71 /s    -4.8 %     [-7.2, -2.5]    -1.0 %  (REGRESSED ▲)
tier2/p50                    74.00 ms   +10.0 %    [+5.6, +14.6]    +5.0 %  (REGRESSED ▲)
tier3/p50                    75.50 ms   +10.0 %    [+7.8, +12.2]    +5.0 %  (REGRESSED ▲)
tier3/slo_attainment          83.46 %  -4.51 pp   [-9.16, +0.13]  -0.50 pp  (REGRESSED ▲)
────────────────────────────────────────────────────────────────────────────────────────────
tier2/slo_attainment          82.71 %  -3.01 pp   [-6.65, +0.64]  -0.50 pp  (inconclusive ?)
tier1.urgent/p50             75.50 ms   +10.0 %    [+5.7, +14.5]    +5.0 %  (inconclusive ?)
tier1.urgent/slo_attainment   67.16 %  -8.96 pp  [-15.86, -2.05]  -0.50 pp  (inconclusive ?)
tier1.normal/p50             74.00 ms   +10.0 %    [+5.6, +14.6]    +5.0 %  (inconclusive ?)
tier2.urgent/p50             72.50 ms   +10.0 %    [-0.9, +22.1]    +5.0 %  (inconclusive ?)
tier2.urgent/slo_attainment   65.67 %  -5.97 pp  [-13.21, +1.26]  -0.50 pp  (inconclusive ?)
tier2.normal/p50             74.00 ms   +10.0 %    [+5.7, +14.5]    +5.0 %  (inconclusive ?)
tier3.urgent/p50             68.00 ms   +10.0 %    [+0.9, +19.9]    +5.0 %  (inconclusive ?)
tier3.urgent/slo_attainment   70.15 %  -8.96 pp  [-18.18, +0.27]  -0.50 pp  (inconclusive ?)
tier3.normal/p50             81.50 ms   +10.0 %    [+2.0, +18.6]    +5.0 %  (inconclusive ?)
────────────────────────────────────────────────────────────────────────────────────────────
all/error_rate                 2.00 %   0.00 pp     [0.00, 0.00]  +0.20 pp  (equivalent =)
tier2/error_rate               2.26 %   0.00 pp     [0.00, 0.00]  +0.20 pp  (equivalent =)
tier3/error_rate               1.50 %   0.00 pp     [0.00, 0.00]  +0.20 pp  (equivalent =)
tier1.urgent/error_rate        0.00 %   0.00 pp     [0.00, 0.00]  +0.20 pp  (equivalent =)
tier1.normal/slo_attainment   95.52 %   0.00 pp     [0.00, 0.00]  -0.50 pp  (equivalent =)
tier1.normal/error_rate        4.48 %   0.00 pp     [0.00, 0.00]  +0.20 pp  (equivalent =)
tier2.urgent/error_rate        4.48 %   0.00 pp     [0.00, 0.00]  +0.20 pp  (equivalent =)
tier2.normal/slo_attainment  100.00 %   0.00 pp     [0.00, 0.00]  -0.50 pp  (equivalent =)
tier2.normal/error_rate        0.00 %   0.00 pp     [0.00, 0.00]  +0.20 pp  (equivalent =)
tier3.urgent/error_rate        0.00 %   0.00 pp     [0.00, 0.00]  +0.20 pp  (equivalent =)
tier3.normal/slo_attainment   96.97 %   0.00 pp     [0.00, 0.00]  -0.50 pp  (equivalent =)
tier3.normal/error_rate        3.03 %   0.00 pp     [0.00, 0.00]  +0.20 pp  (equivalent =)

left out too few requests to judge all/p99, tier1/p95, tier1/p99, tier2/p95, tier2/p99, tier3/p95,
         tier3/p99, tier1.urgent/p95, tier1.urgent/p99, tier1.normal/p95, tier1.normal/p99,
         tier2.urgent/p95, tier2.urgent/p99, tier2.normal/p95, tier2.normal/p99, tier3.urgent/p95,
         tier3.urgent/p99, tier3.normal/p95, tier3.normal/p99
(...)    shown: does not gate or count for the result, and its p is not corrected together with
         those that do

RESULT   REGRESSED ▲: tier1/slo_attainment -4.48 pp, tier1/p50 +10.0 %
         smallest change found 4 times in 5, over all: p50 3.1 %, slo_attainment 2.5 pp
exit     1

"#]]
    );
}

#[test]
fn several_candidates_stand_side_by_side() {
    let folder = folder();
    write(folder.path(), "third.parquet", &info("wfq"), &rows(90));
    let output = run(folder.path(), &["base.arrow", "cand.csv", "third.parquet"]);
    assert_data_eq!(
        text(&output.stdout),
        str![[r#"
   side  runs  by   timing    lag_p50_ms  lag_p99_ms  tables
───────────────────────────────────────────────────────────────────
A  edf      1  sim  valid          0.000       0.000  base.arrow
B  fifo     1  sim  degraded       0.000       0.000  cand.csv
C  wfq      1  sim  valid          0.000       0.000  third.parquet

trace    burst 3fa94c01d2f6 · 400 requests · 3.990 s
design   40 blocks: would other traffic like this show it too? · alpha 5 %, Holm over 14

CAUTION  B: cand.csv kept time badly: lag p99 of 1.400 ms is over 1 % of the tightest SLO
CAUTION  B: cand.csv ended before its trace did
CAUTION  the trace is 4.0 s long; traces under 60 s see too little of what traffic can be
CAUTION  a block takes 0.100 s, and should take 5 times the mean busy period, 5.1 s; use a longer
         trace, or 3 runs a side

                             A         B            C        limit
──────────────────────────────────────────────────────────────────
all/p50               74.00 ms   +10.0 %  ▲   -10.0 %  ▼    +5.0 %
all/p95               144.5 ms   +10.0 %  ▲   -10.0 %  ▼    +5.0 %
all/slo_attainment     82.50 %  -4.00 pp  ▲  +3.00 pp  ▼  -0.50 pp
all/error_rate          2.00 %   0.00 pp  =   0.00 pp  =  +0.20 pp
all/goodput           82.71 /s    -4.8 %  ▲    +3.6 %  ▼    -1.0 %
──────────────────────────────────────────────────────────────────
tier1/p50             74.00 ms   +10.0 %  ▲   -10.0 %  ▼    +5.0 %
tier1/slo_attainment   81.34 %  -4.48 pp  ▲  +2.99 pp  ≤  -0.50 pp
tier1/error_rate        2.24 %   0.00 pp  =   0.00 pp  =  +0.20 pp
──────────────────────────────────────────────────────────────────
tier2/p50             74.00 ms   +10.0 %  ▲   -10.0 %  ▼    +5.0 %
tier2/slo_attainment   82.71 %  -3.01 pp  ?  +3.01 pp  ≤  -0.50 pp
tier2/error_rate        2.26 %   0.00 pp  =   0.00 pp  =  +0.20 pp
──────────────────────────────────────────────────────────────────
tier3/p50             75.50 ms   +10.0 %  ▲   -10.0 %  ▼    +5.0 %
tier3/slo_attainment   83.46 %  -4.51 pp  ?  +3.01 pp  ?  -0.50 pp
tier3/error_rate        1.50 %   0.00 pp  =   0.00 pp  =  +0.20 pp

signs    REGRESSED ▲ · inconclusive ? · improved ▼ · no worse ≤ · equivalent = · too few ·
left out too few requests to judge all/p99, tier1/p95, tier1/p99, tier2/p95, tier2/p99, tier3/p95,
         tier3/p99

RESULT   B (fifo) REGRESSED ▲: tier1/slo_attainment -4.48 pp, all/slo_attainment -4.00 pp,
         all/goodput -4.8 % and 5 more
         smallest change found 4 times in 5, over all: p50 4.5 %, slo_attainment 3.7 pp
to tell  tier2/slo_attainment takes about 260 more requests of tier2
         tier3/slo_attainment takes about 150 more requests of tier3
RESULT   C (wfq) INCONCLUSIVE ?: 1 of 14 metrics cannot be told: tier3/slo_attainment
         smallest change found 4 times in 5, over all: p50 4.5 %, slo_attainment 3.5 pp
to tell  tier3/slo_attainment takes about 3 more requests of tier3
exit     1

"#]]
    );
    let output = run(folder.path(), &["base.arrow", "cand.csv", "third.parquet", "--json"]);
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let comparisons = json["comparisons"].as_array().unwrap();
    let told = comparisons.iter().map(|one| (&one["b"]["letter"], &one["overall"]));
    assert!(told.eq([(&"B".into(), &"regressed".into()), (&"C".into(), &"inconclusive".into())]));
    assert_eq!(json["overall"], "regressed");
}

#[test]
fn runs_are_gathered_from_files_and_patterns() {
    let folder = folder();
    for (run, factor) in
        [("a1", 100), ("a2", 101), ("a3", 99), ("b1", 111), ("b2", 110), ("b3", 109)]
    {
        write(folder.path(), &format!("{run}.arrow"), &info("edf"), &rows(factor));
    }
    let by_name = run(
        folder.path(),
        &[
            "--base", "a1.arrow", "a2.arrow", "a3.arrow", "--cand", "b1.arrow", "b2.arrow",
            "b3.arrow",
        ],
    );
    assert_data_eq!(
        text(&by_name.stdout),
        str![[r#"
   side  runs  by   timing  lag_p50_ms  lag_p99_ms  tables
───────────────────────────────────────────────────────────────────────
A  edf      3  sim  valid        0.000       0.000  a1.arrow and 2 more
B  edf      3  sim  valid        0.000       0.000  b1.arrow and 2 more

trace    burst 3fa94c01d2f6 · 400 requests · 3.990 s
design   runs: does it regress on this trace? · alpha 5 %, Holm over 14

CAUTION  the trace is 4.0 s long; traces under 60 s see too little of what traffic can be

                             A         B    change         95 % CI     limit  p Holm  verdict
──────────────────────────────────────────────────────────────────────────────────────────────────
all/p50               74.00 ms  81.40 ms   +10.0 %   [+7.6, +12.4]    +5.0 %   0.002  REGRESSED ▲
all/p95               144.5 ms  158.9 ms   +10.0 %   [+7.6, +12.4]    +5.0 %   0.002  REGRESSED ▲
all/slo_attainment     82.33 %   78.50 %  -3.83 pp  [-5.06, -2.61]  -0.50 pp   0.004  REGRESSED ▲
all/goodput           82.54 /s  78.70 /s    -4.7 %    [-6.1, -3.2]    -1.0 %   0.004  REGRESSED ▲
tier1/p50             74.00 ms  81.40 ms   +10.0 %   [+7.6, +12.4]    +5.0 %   0.002  REGRESSED ▲
tier1/slo_attainment   81.59 %   76.87 %  -4.73 pp  [-6.55, -2.90]  -0.50 pp   0.005  REGRESSED ▲
tier2/p50             74.00 ms  81.40 ms   +10.0 %   [+7.6, +12.4]    +5.0 %   0.002  REGRESSED ▲
tier2/slo_attainment   82.46 %   79.70 %  -2.76 pp  [-3.45, -2.06]  -0.50 pp   0.002  REGRESSED ▲
tier3/p50             75.50 ms  83.05 ms   +10.0 %   [+7.6, +12.4]    +5.0 %   0.002  REGRESSED ▲
tier3/slo_attainment   82.96 %   78.95 %  -4.01 pp  [-5.40, -2.62]  -0.50 pp   0.004  REGRESSED ▲
──────────────────────────────────────────────────────────────────────────────────────────────────
all/error_rate          2.00 %    2.00 %   0.00 pp    [0.00, 0.00]  +0.20 pp   exact  equivalent =
tier1/error_rate        2.24 %    2.24 %   0.00 pp    [0.00, 0.00]  +0.20 pp   exact  equivalent =
tier2/error_rate        2.26 %    2.26 %   0.00 pp    [0.00, 0.00]  +0.20 pp   exact  equivalent =
tier3/error_rate        1.50 %    1.50 %   0.00 pp    [0.00, 0.00]  +0.20 pp   exact  equivalent =

left out too few requests to judge all/p99, tier1/p95, tier1/p99, tier2/p95, tier2/p99, tier3/p95,
         tier3/p99

RESULT   REGRESSED ▲: tier1/slo_attainment -4.73 pp, tier3/slo_attainment -4.01 pp,
         all/slo_attainment -3.83 pp and 7 more
         smallest change found 4 times in 5, over all: p50 4.8 %, slo_attainment 2.6 pp
exit     1

"#]]
    );
    let by_pattern = run(folder.path(), &["--base", "a?.arrow", "--cand", "b[1-3].arrow"]);
    assert_eq!(text(&by_pattern.stdout), text(&by_name.stdout));
}

#[test]
fn a_table_may_hold_several_runs() {
    let folder = folder();
    let three = |factors: [i64; 3]| -> Vec<Outcome> {
        let of_run =
            |(run, factor)| rows(factor).into_iter().map(move |row| Outcome { run, ..row });
        (0..).zip(factors).flat_map(of_run).collect()
    };
    let records = (0..3).map(|run| RunRecord { run, ..RunRecord::default() }).collect();
    let info = info("edf").of_runs(records);
    write(folder.path(), "a.arrow", &info, &three([100, 101, 99]));
    write(folder.path(), "b.arrow", &info, &three([111, 110, 109]));
    let output = run(folder.path(), &["a.arrow", "b.arrow", "--json"]);
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&json["design"], &json["runs"]), (&"runs".into(), &serde_json::json!([3, 3])));
    assert_eq!(json["a"]["runs"][2]["run"], 2);
}

#[test]
fn a_comparison_as_json() {
    let folder = folder();
    let output = run(folder.path(), &["base.arrow", "cand.csv", "--json"]);
    assert_eq!(output.status.code(), Some(1));
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((json["n"].as_u64(), &json["design"]), (Some(400), &"blocks".into()));
    assert_eq!(json["b"]["runs"][0]["timing"], "degraded");
    let metric = |key: &str| serde_json::to_string_pretty(&json["metrics"][key]).unwrap();
    assert_data_eq!(
        metric("all/p50"),
        str![[r#"
{
  "a": 74000000.0,
  "a_by_run": [
    74000000.0
  ],
  "b": 81400000.0,
  "b_by_run": [
    81400000.0
  ],
  "delta": 0.04879016416943201,
  "detectable": 0.04395378034219648,
  "df": 39,
  "exact": false,
  "gating": true,
  "harm": 0.09531017980432566,
  "hi90": 0.11537774285513405,
  "hi95": 0.11537774285513405,
  "lo90": 0.07524261675351562,
  "lo95": 0.07524261675351562,
  "n": 400,
  "p_better": 0.9999999999945781,
  "p_better_holm": 1.0,
  "p_worse": 5.4218588214234005e-12,
  "p_worse_holm": 7.59060234999276e-11,
  "status": "ok",
  "t": 9.49589250793694,
  "verdict": "regressed"
}
"#]]
    );
    assert_data_eq!(
        metric("all/p99"),
        str![[r#"
{
  "a_by_run": [
    "inf"
  ],
  "b_by_run": [
    "inf"
  ],
  "delta": 0.09531017980432487,
  "gating": false,
  "n": 400,
  "status": "too_few",
  "verdict": "too_few"
}
"#]]
    );
    assert_data_eq!(
        metric("all/goodput"),
        str![[r#"
{
  "a": 82.70676689656472,
  "a_by_run": [
    82.70676689656472
  ],
  "b": 78.6967418349131,
  "b_by_run": [
    78.6967418349131
  ],
  "delta": 0.009950330853168083,
  "detectable": 0.04473169617584973,
  "df": 39,
  "exact": false,
  "gating": true,
  "harm": 0.04969966855227241,
  "hi90": 0.07012239730028726,
  "hi95": 0.0742171342496877,
  "lo90": 0.02927693980425757,
  "lo95": 0.02518220285485712,
  "n": 400,
  "p_better": 0.9998986471486041,
  "p_better_holm": 1.0,
  "p_worse": 0.00010135285139591526,
  "p_worse_holm": 0.0012162342167509831,
  "status": "ok",
  "t": 4.100222655562473,
  "verdict": "regressed"
}
"#]]
    );
    let keys: Vec<_> = json["metrics"].as_object().unwrap().keys().collect();
    assert_eq!(keys.len(), 21);
}

#[test]
fn help() {
    assert_data_eq!(
        text(&run(Path::new("."), &["--help"]).stdout),
        str![[r#"
Did it get better or worse, on exactly the same traffic?

Usage: compare [OPTIONS] [TABLE]...
       compare <COMMAND>

Commands:
  calibrate  Measure what runs of one version differ by, and which thresholds follow from it

Arguments:
  [TABLE]...
          Outcome tables (.arrow, .parquet, .csv, or plain CSV), each a side of its own: the
          baseline A first, then each candidate; with --agreement, the simulation, then measured
          runs

Options:
      --base <TABLE>...
          Tables of the baseline, A; each may hold several runs and may be a pattern such as 'a/*'

      --cand <TABLE>...
          Tables of a candidate; once for each

      --names <NAMES>
          What the sides are called, the baseline first [default: what was measured]

      --force
          Compare even where a run is invalid, or the sides were not fired alike

  -h, --help
          Print help (see a summary with '-h')

  -V, --version
          Print version

Method:
      --thresholds <FILE>
          Thresholds from a file (TOML), by hand or by `compare calibrate`

      --threshold <METRIC=SIZE>
          The least change that matters: p99=10%, tier1/p99=5%, slo_attainment=0.5pp

      --gate <METRICS>
          Metrics that count for the result, such as tier1/*,all/goodput [default: all]

      --by-class
          Also judge the SLO classes within the tiers, among themselves; they gate if --gate names
          them

      --warmup <TIME>
          Drop requests that arrive in the first part of the trace, in all runs

      --blocks <N>
          Blocks that scheduled time is cut into, where there are too few runs
          
          [default: 40]

      --min-runs <N>
          Runs a side from which on the run is the unit
          
          [default: 3]

      --strict
          Exit with 3 where the result is inconclusive

Output:
      --format <FORMAT>
          What is printed

          Possible values:
          - text:   A table for people
          - md:     Markdown, for step summaries and comments
          - html:   A page for a browser, with charts
          - json:   Every number, for programs
          - junit:  JUnit XML: a test for each metric that gates
          - github: Workflow commands of GitHub Actions: an annotation for each finding
          
          [default: text]

      --json
          The same as --format json

      --report <FILE>
          Also write the result to a file, as its name ends: .html for a page with charts, .txt,
          .md, .json, or .xml for JUnit; may be repeated

      --color <WHEN>
          Colour: auto is on a terminal, without NO_COLOR

          Possible values:
          - auto:   On a terminal
          - always: Everywhere
          - never:  Nowhere
          
          [default: auto]

Agreement:
      --agreement
          Judge how far measured runs are from the simulation of their trace, and how much of that
          lag and overhead explain

      --within <PERCENT>
          Limit on p50 and p95, in per cent of the simulated one [default: 3%]

      --within-points <POINTS>
          Limit on attainment, in percentage points [default: 0.5]

Examples:
  compare base.arrow cand.arrow                     two runs, or tables of several runs each
  compare base.arrow one.arrow two.arrow            candidates side by side, each against the first
  compare --base 'a/*.arrow' --cand b1.arrow b2.arrow b3.arrow
  compare base.parquet cand.csv --json | jq '.metrics["tier1/p99"]'
  compare a.arrow b.arrow --threshold tier1/p99=5% --gate 'tier1/*,all/goodput' --strict
  compare a.arrow b.arrow --thresholds thresholds.toml
  compare a.arrow b.arrow --format github --report page.html --report result.xml
  compare calibrate runs/*.arrow -o limits.toml           what do runs of one version differ by?
  compare --agreement sim.arrow run1.arrow run2.arrow     is the simulation what was measured?

Method: with three runs a side or more the run is the unit, and the question is whether B regresses
on this trace; with fewer, blocks of scheduled time are, and the question is whether other traffic
would show it too. A failure is an infinite latency. All metrics that gate are corrected together
(Holm); a regression is beyond chance and at least as large as its threshold. METHODOLOGY.md has the
rest.

Thresholds: p50, p95 5%; p99 10%; slo_attainment 0.5pp; error_rate 0.2pp; goodput 1%.

CI: whatever is printed, Markdown is added to the step summary of GitHub where $GITHUB_STEP_SUMMARY
names its file.

Exit codes:
  0  no regression: ok, improved or inconclusive; with --agreement, they agree
  1  a regression; with --agreement: they do not agree, or there are too few requests to tell
  2  usage, unreadable or empty tables, different traces, an invalid run or sides that were not
     fired alike without --force; a report that cannot be written
  3  with --strict: inconclusive

"#]]
    );
}

#[test]
fn one_table_may_stand_on_both_sides() {
    let folder = folder();
    let output = run(folder.path(), &["base.arrow", "base.arrow", "--json"]);
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), String::new()));
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(json["runs"], serde_json::json!([1, 1]));
    assert_eq!(json["metrics"]["all/p50"]["verdict"], "equivalent");
}

#[test]
fn strict_tells_what_is_inconclusive() {
    let folder = folder();
    // Every tenth request a second later: too rarely to move a median, too often for attainment.
    let mut unsure = rows(100);
    for row in unsure.iter_mut().step_by(10).take(3) {
        row.done = row.done.map(|done| done + std::time::Duration::from_secs(1));
    }
    write(folder.path(), "unsure.arrow", &info("edf"), &unsure);
    let code = |arguments: &[&str]| run(folder.path(), arguments).status.code();
    assert_eq!(code(&["base.arrow", "unsure.arrow"]), Some(0));
    assert_eq!(code(&["base.arrow", "unsure.arrow", "--strict"]), Some(3));
    assert_eq!(code(&["base.arrow", "unsure.arrow", "--strict", "--gate", "p50"]), Some(0));
    assert_eq!(code(&["base.arrow", "cand.csv", "--strict"]), Some(1));
}

#[test]
fn a_threshold_says_what_matters() {
    let folder = folder();
    let code = |arguments: &[&str]| run(folder.path(), arguments).status.code();
    let gate = ["base.arrow", "cand.csv", "--gate", "p50"];
    assert_eq!(code(&gate), Some(1));
    assert_eq!(code(&[&gate as &[_], &["--threshold", "p50=20%"]].concat()), Some(0));
    std::fs::write(folder.path().join("limits.toml"), "[thresholds]\np50 = \"20%\"\n").unwrap();
    assert_eq!(code(&[&gate as &[_], &["--thresholds", "limits.toml"]].concat()), Some(0));
    // What is typed stands above the file, whatever it names.
    let typed = ["--thresholds", "limits.toml", "--threshold", "p50=3%"];
    assert_eq!(code(&[&gate as &[_], &typed].concat()), Some(1));
}

#[test]
fn a_warm_up_is_dropped_on_all_sides() {
    let folder = folder();
    let output = run(folder.path(), &["base.arrow", "cand.csv", "--warmup", "1s", "--json"]);
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((json["n"].as_u64(), json["span_ns"].as_u64()), (Some(300), Some(2_990_000_001)));
}

#[test]
fn colour_is_for_terminals_or_for_whoever_asks() {
    let folder = folder();
    let plain = run(folder.path(), &["base.arrow", "cand.csv"]);
    assert!(!text(&plain.stdout).contains('\x1b'));
    let coloured = run(folder.path(), &["base.arrow", "cand.csv", "--color", "always"]);
    assert!(text(&coloured.stdout).contains("  \x1b[31;1mREGRESSED ▲\x1b[0m\n"));
    assert!(text(&coloured.stdout).contains("RESULT   \x1b[31;1mREGRESSED ▲\x1b[0m: "));
}

/// As where a shell closes it, or `head` has seen enough.
#[test]
fn a_closed_stderr_ends_nothing() {
    let folder = folder();
    let mut command = Command::new(env!("CARGO_BIN_EXE_compare"));
    command.args(["base.arrow", "missing.arrow"]).current_dir(folder.path());
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let status = command.stderr(writer).status().unwrap();
    assert_eq!(status.code(), Some(2));
}

#[test]
fn an_invalid_run_needs_force() {
    let folder = folder();
    let invalid = RunInfo {
        verdict: Verdict::Invalid,
        verdict_reasons: vec!["lag max of 212.000 ms is over the tightest SLO".into()],
        ..info("fifo")
    };
    write(folder.path(), "bad.parquet", &invalid, &rows(110));
    let output = run(folder.path(), &["base.arrow", "bad.parquet"]);
    assert_eq!((output.status.code(), text(&output.stdout)), (Some(2), String::new()));
    assert_data_eq!(
        text(&output.stderr),
        str![[r#"
error: bad.parquet: the run is invalid: lag max of 212.000 ms is over the tightest SLO
measure it again, or compare all the same with --force

"#]]
    );
    let output = run(folder.path(), &["base.arrow", "bad.parquet", "--force"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        text(&output.stdout).contains("\nCAUTION  bad.parquet is invalid: lag max of 212.000 ms")
    );
}

#[test]
fn bad_input_exits_with_2() {
    let folder = folder();
    let file = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    file("empty.arrow", "");
    let arrow = std::fs::read(folder.path().join("base.arrow")).unwrap();
    std::fs::write(folder.path().join("cut.arrow"), &arrow[..arrow.len() / 2]).unwrap();
    write(folder.path(), "none.arrow", &info("edf"), &[]);
    write(folder.path(), "other.arrow", &info("edf"), &rows(100)[1..]);
    let header = "request_id,arrival_ns,tier,latency_ns,ok,slo_met\n";
    file("foreign.csv", "timestamp,latency\n1,2\n");
    file("nolatency.csv", "request_id,arrival_ns,tier,ok,slo_met\n1,0,1,1,1\n");
    file("twice.csv", &format!("{header}1,0,1,5,1,1\n1,10,1,5,1,1\n"));
    file("tier.csv", &format!("{header}1,0,1,5,1,1\n2,10,9,5,1,1\n"));
    file("negative.csv", &format!("{header}1,0,1,-5,1,1\n"));
    file("headeronly.csv", header);
    file("limits.toml", "[thresholds]\np98 = \"3%\"\n");
    file("points.toml", "[thresholds]\nslo_attainment = \"3%\"\n");
    let cases: [&[&str]; 31] = [
        &[],
        &["base.arrow"],
        &["base.arrow", "missing.arrow"],
        &["base.arrow", "empty.arrow"],
        &["base.arrow", "cut.arrow"],
        &["base.arrow", "none.arrow"],
        &["base.arrow", "other.arrow"],
        &["base.arrow", "cand.csv.meta.json"],
        &["base.arrow", "foreign.csv"],
        &["base.arrow", "nolatency.csv"],
        &["base.arrow", "twice.csv"],
        &["base.arrow", "tier.csv"],
        &["base.arrow", "negative.csv"],
        &["base.arrow", "headeronly.csv"],
        &["--base", "base.arrow", "--cand", "nothing*.arrow"],
        &["base.arrow", "cand.csv", "--warp"],
        &["base.arrow", "cand.csv", "--warmup", "1h"],
        &["base.arrow", "cand.csv", "--blocks", "0"],
        &["base.arrow", "cand.csv", "--threshold", "p50=3"],
        &["base.arrow", "cand.csv", "--names", "one"],
        &["base.arrow", "cand.csv", "--thresholds", "limits.toml"],
        &["base.arrow", "cand.csv", "--thresholds", "points.toml"],
        &["base.arrow", "cand.csv", "--threshold", "p50=0%"],
        &["base.arrow", "cand.csv", "--warmup", "1000y"],
        &["base.arrow", "cand.csv", "--gate", "tier1/goodput", "--strict"],
        &["base.arrow", "cand.csv", "--gate", "tier1.urgent/p50"],
        &["--base", "base.arrow", "./base.arrow", "--cand", "cand.csv"],
        &["base.arrow", "cand.csv", "--names", "a,"],
        &["base.arrow", "cand.csv", "--blocks", "1"],
        &["--agreement", "base.arrow", "cand.csv", "--gate", "p50"],
        &["--agreement", "base.arrow", "cand.csv", "--format", "md"],
    ];
    let told = cases.map(|arguments| {
        let output = run(folder.path(), arguments);
        assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0), "{arguments:?}");
        format!("$ compare {}\n{}", arguments.join(" "), text(&output.stderr))
    });
    assert_data_eq!(
        told.join("\n"),
        str![[r#"
$ compare 
error: a baseline and a candidate are needed: compare base.arrow cand.arrow

Usage: compare [OPTIONS] [TABLE]...
       compare <COMMAND>

For more information, try '--help'.

$ compare base.arrow
error: a baseline and a candidate are needed: compare base.arrow cand.arrow

Usage: compare [OPTIONS] [TABLE]...
       compare <COMMAND>

For more information, try '--help'.

$ compare base.arrow missing.arrow
error: cannot read missing.arrow: No such file or directory (os error 2)

$ compare base.arrow empty.arrow
error: empty.arrow: not a readable outcome table: the file is empty

$ compare base.arrow cut.arrow
error: cut.arrow: not a readable outcome table: it is cut short: its footer is missing

$ compare base.arrow none.arrow
error: none.arrow: the table has no requests, so there is nothing to compare

$ compare base.arrow other.arrow
error: runs are not of the same trace: in order of arrival, number 1 of the first is request 0 (arrival_ns 0, tier 1, slo urgent), of the other request 1 (arrival_ns 10000000, tier 2, slo urgent)
  first: base.arrow
  other: other.arrow
only runs of one trace file at one rate can be compared

$ compare base.arrow cand.csv.meta.json
error: cand.csv.meta.json: cannot tell the format of the table from the name; end it in .arrow, .parquet or .csv

$ compare base.arrow foreign.csv
error: foreign.csv: neither an outcome table nor a plain one: column request_id is missing from the header

$ compare base.arrow nolatency.csv
error: nolatency.csv: neither an outcome table nor a plain one: column latency_ns is missing from the header

$ compare base.arrow twice.csv
error: twice.csv: request 1 is in run 0 twice

$ compare base.arrow tier.csv
error: tier.csv: line 3, column tier: 9 is not 1, 2 or 3

$ compare base.arrow negative.csv
error: negative.csv: line 2, column latency_ns: -5 is negative

$ compare base.arrow headeronly.csv
error: headeronly.csv: the table has no requests, so there is nothing to compare

$ compare --base base.arrow --cand nothing*.arrow
error: `nothing*.arrow`: no file has a name like this

Usage: compare [OPTIONS] [TABLE]...
       compare <COMMAND>

For more information, try '--help'.

$ compare base.arrow cand.csv --warp
error: unexpected argument '--warp' found

  tip: a similar argument exists: '--warmup'

Usage: compare --warmup <TIME> <TABLE>...

For more information, try '--help'.

$ compare base.arrow cand.csv --warmup 1h
error: base.arrow: the table has no requests that arrive from 3600 s on (--warmup drops those before), so there is nothing to compare

$ compare base.arrow cand.csv --blocks 0
error: 0 blocks: scheduled time is cut into 2 to 4096 blocks; say how many with --blocks

$ compare base.arrow cand.csv --threshold p50=3
error: invalid value 'p50=3' for '--threshold <METRIC=SIZE>': `3` needs a unit: 5% of a latency, 0.5pp of a share

For more information, try '--help'.

$ compare base.arrow cand.csv --names one
error: --names has 1 for 2 sides

Usage: compare [OPTIONS] [TABLE]...
       compare <COMMAND>

For more information, try '--help'.

$ compare base.arrow cand.csv --thresholds limits.toml
error: limits.toml: not a file of thresholds: key `p98`: `p98` is no metric; there are p50, p95, p99, slo_attainment, error_rate, goodput

$ compare base.arrow cand.csv --thresholds points.toml
error: points.toml: not a file of thresholds: threshold of slo_attainment: slo_attainment is a share, whose changes are in percentage points; write for example 0.5pp

$ compare base.arrow cand.csv --threshold p50=0%
error: threshold of p50: must be more than 0: no two runs are equal to the last digit

$ compare base.arrow cand.csv --warmup 1000y
error: invalid value '1000y' for '--warmup <TIME>': longer than any trace

For more information, try '--help'.

$ compare base.arrow cand.csv --gate tier1/goodput --strict
error: the gate `tier1/goodput` names no metric of this report, so it would pass everything; there are the classes all, tier1, tier2, tier3, goodput of `all` alone, and SLO classes with --by-class

$ compare base.arrow cand.csv --gate tier1.urgent/p50
error: the gate `tier1.urgent/p50` names no metric of this report, so it would pass everything; there are the classes all, tier1, tier2, tier3, goodput of `all` alone, and SLO classes with --by-class

$ compare --base base.arrow ./base.arrow --cand cand.csv
error: base.arrow: the table is named twice on one side; a run counts once, so name each once

$ compare base.arrow cand.csv --names a,
error: --names has an empty name; give one for each side

Usage: compare [OPTIONS] [TABLE]...
       compare <COMMAND>

For more information, try '--help'.

$ compare base.arrow cand.csv --blocks 1
error: 1 blocks: scheduled time is cut into 2 to 4096 blocks; say how many with --blocks

$ compare --agreement base.arrow cand.csv --gate p50
error: the argument '--agreement' cannot be used with '--gate <METRICS>'

Usage: compare --agreement <TABLE>...

For more information, try '--help'.

$ compare --agreement base.arrow cand.csv --format md
error: --agreement is shown as text or as JSON

Usage: compare [OPTIONS] [TABLE]...
       compare <COMMAND>

For more information, try '--help'.

"#]]
    );
}

//! The command: its output and its exit codes.

use std::path::Path;

use outcome::{Outcome, RunInfo, Status, Verdict};
use request::Tier;
use snapbox::{assert_data_eq, str};

use super::model::{MICROSECOND, MILLISECOND, later, measured, replay_info, sim_info, simulated};
use crate::command::{run, text};
use crate::runs::write;

/// The last hundred requests are of another class.
fn two_classes(rows: Vec<Outcome>) -> Vec<Outcome> {
    let change = |row: Outcome| match row.request_id.0 {
        400.. => Outcome { tier: Tier::Free, slo: 1, ..row },
        _ => row,
    };
    rows.into_iter().map(change).collect()
}

/// A folder with a simulation and three measured runs, of which the second has late and expired
/// requests.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let put = |name: &str, info: &RunInfo, rows: Vec<Outcome>| {
        write(folder.path(), name, info, &two_classes(rows));
    };
    put("sim.arrow", &sim_info(), simulated());
    put("run1.arrow", &replay_info(), measured(50 * MICROSECOND, -50 * MICROSECOND));
    let mut rows = measured(100 * MICROSECOND, 200 * MICROSECOND);
    rows[0] = later(simulated()[0], 0, 8 * MILLISECOND);
    for index in [3, 13, 402] {
        rows[index] = Outcome { status: Status::Expired, ..rows[index] };
    }
    let degraded = RunInfo {
        verdict: Verdict::Degraded,
        verdict_reasons: vec!["lag p99 of 1.400 ms is over 1 % of the tightest SLO".into()],
        ..replay_info()
    };
    put("run2.arrow", &degraded, rows);
    let held = |row: Outcome| Outcome { held_ns: Some(10 * MICROSECOND), ..row };
    let rows = measured(40 * MICROSECOND, 60 * MICROSECOND).into_iter().map(held).collect();
    put("run3.arrow", &replay_info(), rows);
    folder
}

fn told(folder: &Path, arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = run(folder, arguments);
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

#[test]
fn one_run_that_agrees() {
    let folder = folder();
    let (code, stdout, stderr) = told(folder.path(), &["--agreement", "sim.arrow", "run1.arrow"]);
    assert_eq!((code, stderr), (Some(0), String::new()));
    assert_data_eq!(
        stdout,
        str![[r#"
   run         by      subject                              tool           verdict
──────────────────────────────────────────────────────────────────────────────────
A  sim.arrow   sim     edf                                  reprise 0.1.0  valid
B  run1.arrow  replay  embedded scheduler (edf, 2 workers)  reprise 0.1.0  valid

trace burst 3fa94c01d2f6  ·  500 requests  ·  9.980 s

class         requests  metric                 A       B  difference  less_lag  and_overhead
─────────────────────────────────────────────────────────────────────────────────────────────────────
all                500  p50_ms             9.000   9.000      0.00 %   -0.56 %        0.00 %  agrees
                        p95_ms            14.000  14.000      0.00 %   -0.36 %        0.00 %  agrees
                        p99_ms            14.000  14.000      0.00 %   -0.36 %        0.00 %
                        slo_attainment_%   80.00   80.00     0.00 pp   0.00 pp       0.00 pp  agrees
─────────────────────────────────────────────────────────────────────────────────────────────────────
tier1              400  p50_ms             9.000   9.000      0.00 %   -0.56 %        0.00 %  agrees
                        p95_ms            14.000  14.000      0.00 %   -0.36 %        0.00 %  agrees
                        p99_ms            14.000  14.000      0.00 %   -0.36 %        0.00 %
                        slo_attainment_%   80.00   80.00     0.00 pp   0.00 pp       0.00 pp  agrees
─────────────────────────────────────────────────────────────────────────────────────────────────────
tier3              100  p50_ms             9.000   9.000      0.00 %   -0.56 %        0.00 %  agrees
                        p95_ms            14.000  14.000      0.00 %   -0.36 %        0.00 %  too few
                        p99_ms            14.000  14.000      0.00 %   -0.36 %        0.00 %
                        slo_attainment_%   80.00   80.00     0.00 pp   0.00 pp       0.00 pp  too few
─────────────────────────────────────────────────────────────────────────────────────────────────────
tier1.urgent       400  p50_ms             9.000   9.000      0.00 %   -0.56 %        0.00 %  agrees
                        p95_ms            14.000  14.000      0.00 %   -0.36 %        0.00 %  agrees
                        p99_ms            14.000  14.000      0.00 %   -0.36 %        0.00 %
                        slo_attainment_%   80.00   80.00     0.00 pp   0.00 pp       0.00 pp  agrees
─────────────────────────────────────────────────────────────────────────────────────────────────────
tier3.normal       100  p50_ms             9.000   9.000      0.00 %   -0.56 %        0.00 %  agrees
                        p95_ms            14.000  14.000      0.00 %   -0.36 %        0.00 %  too few
                        p99_ms            14.000  14.000      0.00 %   -0.36 %        0.00 %
                        slo_attainment_%   80.00   80.00     0.00 pp   0.00 pp       0.00 pp  too few

Differences are of what was measured, then less lag, then less overhead too; pp are
points of attainment. Failures count as infinite latency (inf). A p50 needs 40 requests,
a p95 400.

run  lag_p50_ms  lag_p99_ms  lag_max_ms  held_%  did_not_wait  overhead_p50_ms  overhead_p95_ms  served_by_both  apart  apart_%
───────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
B         0.050       0.050       0.050       -           250           -0.050           -0.050             500      0     0.00

held is the share of all lag that the receiver caused. Overhead is measured - lag -
simulated of the requests that did not wait in A, or of the 40 that waited least: p50,
which is taken away, and p95. apart are requests that it leaves more than 1 ms from
their simulated latency.

Every request ended ok on both sides.

No request was in time on one side and late or failed on the other.

RESULT  agrees: p50 and p95 within 3 %, attainment within 0.5 points; 11 rows judged, 4 of too few requests

"#]]
    );
}

#[test]
fn three_runs_that_differ() {
    let folder = folder();
    let runs = ["--agreement", "sim.arrow", "run1.arrow", "run2.arrow", "run3.arrow"];
    let (code, stdout, stderr) = told(folder.path(), &runs);
    assert_eq!((code, stderr), (Some(1), String::new()));
    assert_data_eq!(
        stdout,
        str![[r#"
    run         by      subject                              tool           verdict
────────────────────────────────────────────────────────────────────────────────────
A   sim.arrow   sim     edf                                  reprise 0.1.0  valid
B1  run1.arrow  replay  embedded scheduler (edf, 2 workers)  reprise 0.1.0  valid
B2  run2.arrow  replay  embedded scheduler (edf, 2 workers)  reprise 0.1.0  degraded
B3  run3.arrow  replay  embedded scheduler (edf, 2 workers)  reprise 0.1.0  valid

trace burst 3fa94c01d2f6  ·  500 requests  ·  9.980 s

DEGRADED  B2: lag p99 of 1.400 ms is over 1 % of the tightest SLO

class         requests  metric                 A       B  difference      least      most   less_lag  and_overhead
───────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
all                500  p50_ms             9.000   9.100     +1.11 %     0.00 %  +14.44 %    +0.67 %        0.00 %  agrees
                        p95_ms            14.000  14.100     +0.71 %     0.00 %   +2.14 %    +0.43 %        0.00 %  agrees
                        p99_ms            14.000  14.100     +0.71 %     0.00 %   +2.14 %    +0.43 %        0.00 %
                        slo_attainment_%   80.00   70.00   -10.00 pp  -10.80 pp   0.00 pp  -10.00 pp       0.00 pp  DIFFERS
───────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
tier1              400  p50_ms             9.000   9.100     +1.11 %     0.00 %  +14.44 %    +0.67 %        0.00 %  agrees
                        p95_ms            14.000  14.100     +0.71 %     0.00 %   +2.14 %    +0.43 %        0.00 %  agrees
                        p99_ms            14.000  14.100     +0.71 %     0.00 %   +2.14 %    +0.43 %        0.00 %
                        slo_attainment_%   80.00   70.00   -10.00 pp  -10.75 pp   0.00 pp  -10.00 pp       0.00 pp  DIFFERS
───────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
tier3              100  p50_ms             9.000   9.100     +1.11 %     0.00 %  +14.44 %    +0.67 %        0.00 %  agrees
                        p95_ms            14.000  14.100     +0.71 %     0.00 %   +2.14 %    +0.43 %        0.00 %  too few
                        p99_ms            14.000  14.100     +0.71 %     0.00 %   +2.14 %    +0.43 %        0.00 %
                        slo_attainment_%   80.00   70.00   -10.00 pp  -11.00 pp   0.00 pp  -10.00 pp       0.00 pp  too few
───────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
tier1.urgent       400  p50_ms             9.000   9.100     +1.11 %     0.00 %  +14.44 %    +0.67 %        0.00 %  agrees
                        p95_ms            14.000  14.100     +0.71 %     0.00 %   +2.14 %    +0.43 %        0.00 %  agrees
                        p99_ms            14.000  14.100     +0.71 %     0.00 %   +2.14 %    +0.43 %        0.00 %
                        slo_attainment_%   80.00   70.00   -10.00 pp  -10.75 pp   0.00 pp  -10.00 pp       0.00 pp  DIFFERS
───────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
tier3.normal       100  p50_ms             9.000   9.100     +1.11 %     0.00 %  +14.44 %    +0.67 %        0.00 %  agrees
                        p95_ms            14.000  14.100     +0.71 %     0.00 %   +2.14 %    +0.43 %        0.00 %  too few
                        p99_ms            14.000  14.100     +0.71 %     0.00 %   +2.14 %    +0.43 %        0.00 %
                        slo_attainment_%   80.00   70.00   -10.00 pp  -11.00 pp   0.00 pp  -10.00 pp       0.00 pp  too few

B is the middle run of each row, least and most are the ends of all. Differences are of
what was measured, then less lag, then less overhead too; pp are points of attainment.
Failures count as infinite latency (inf). A p50 needs 40 requests, a p95 400.

run  lag_p50_ms  lag_p99_ms  lag_max_ms  held_%  did_not_wait  overhead_p50_ms  overhead_p95_ms  served_by_both  apart  apart_%
───────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
B1        0.050       0.050       0.050       -           250           -0.050           -0.050             500      0     0.00
B2        0.100       0.100       0.100       -           248            0.200            0.200             497      1     0.20
B3        0.040       0.040       0.040   25.00           250            0.060            0.060             500      0     0.00

held is the share of all lag that the receiver caused. Overhead is measured - lag -
simulated of the requests that did not wait in A, or of the 40 that waited least: p50,
which is taken away, and p95. apart are requests that it leaves more than 1 ms from
their simulated latency.

run  request  class          A_ms    B_ms  lag_ms  unexplained_ms
─────────────────────────────────────────────────────────────────
B2         0  tier1.urgent  5.000  13.000   0.000          +7.800

class         status     A   B1   B2   B3
─────────────────────────────────────────
all           ok       500  500  497  500
              expired    0    0    3    0
tier1         ok       400  400  398  400
              expired    0    0    2    0
tier3         ok       100  100   99  100
              expired    0    0    1    0
tier1.urgent  ok       400  400  398  400
              expired    0    0    2    0
tier3.normal  ok       100  100   99  100
              expired    0    0    1    0

class         in A  in B     B1  B2  B3
───────────────────────────────────────
all           met   late      0  51  50
              met   expired   0   3   0
tier1         met   late      0  41  40
              met   expired   0   2   0
tier3         met   late      0  10  10
              met   expired   0   1   0
tier1.urgent  met   late      0  41  40
              met   expired   0   2   0
tier3.normal  met   late      0  10  10
              met   expired   0   1   0

RESULT  DIFFERS: all/slo_attainment, tier1/slo_attainment, tier1.urgent/slo_attainment
        not p50 and p95 within 3 %, attainment within 0.5 points; 3 of 11 rows judged, 4 of too few requests

"#]]
    );
    let wider = [&runs[..], &["--within-points", "20"]].concat();
    let (code, stdout, _) = told(folder.path(), &wider);
    assert_eq!(code, Some(0));
    assert_data_eq!(
        stdout.lines().last().unwrap().to_owned(),
        str![
            "RESULT  agrees: p50 and p95 within 3 %, attainment within 20 points; 13 rows judged, 2 of too few requests"
        ]
    );
}

#[test]
fn as_json() {
    let folder = folder();
    let (code, stdout, _) =
        told(folder.path(), &["--agreement", "sim.arrow", "run1.arrow", "run2.arrow", "--json"]);
    assert_eq!(code, Some(1));
    let json: serde_json::Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(json["overall"], "differs");
    assert_eq!(json["runs"], serde_json::json!([1, 2]));
    let shown = ["limits", "warnings", "fates_that_differ", "statuses", "apart", "accounts"];
    for key in shown {
        assert!(!json[key].is_null(), "{key}");
    }
    assert_data_eq!(
        serde_json::to_string_pretty(&json["metrics"]["tier1.urgent/slo_attainment"]).unwrap(),
        str![[r#"
{
  "a": 0.8,
  "b": [
    0.8,
    0.6925
  ],
  "measured": {
    "least": -0.1075,
    "middle": -0.1075,
    "most": 0.0,
    "runs": [
      0.0,
      -0.1075
    ]
  },
  "n": 400,
  "without_lag": {
    "least": -0.1075,
    "middle": -0.1075,
    "most": 0.0,
    "runs": [
      0.0,
      -0.1075
    ]
  },
  "without_overhead": {
    "least": -0.0075,
    "middle": -0.0075,
    "most": 0.0,
    "runs": [
      0.0,
      -0.0075
    ]
  },
  "word": "differs"
}
"#]]
    );
    assert_data_eq!(
        serde_json::to_string_pretty(&json["fates_that_differ"]["all"]).unwrap(),
        str![[r#"
[
  {
    "a": "met",
    "b": "late",
    "runs": [
      0,
      51
    ]
  },
  {
    "a": "met",
    "b": "expired",
    "runs": [
      0,
      3
    ]
  }
]
"#]]
    );
    assert_data_eq!(
        serde_json::to_string_pretty(&json["accounts"][1]).unwrap(),
        str![[r#"
{
  "apart": 1,
  "did_not_wait": 248,
  "lag": {
    "held_ns": null,
    "max_ns": 100000,
    "p50_ns": 100000,
    "p99_ns": 100000,
    "total_ns": 49900000
  },
  "largest": [
    {
      "a_ns": 5000000,
      "b_ns": 13000000,
      "lag_ns": 0,
      "request_id": 0,
      "unexplained_ns": 7800000
    }
  ],
  "overhead": {
    "p50_ns": 200000,
    "p95_ns": 200000
  },
  "served_by_both": 497
}
"#]]
    );
}

#[test]
fn refusals_exit_with_2() {
    let folder = folder();
    let invalid = RunInfo {
        verdict: Verdict::Invalid,
        verdict_reasons: vec!["lag max of 212.000 ms is over the tightest SLO".into()],
        ..replay_info()
    };
    write(folder.path(), "bad.arrow", &invalid, &two_classes(measured(0, 0)));
    write(folder.path(), "other.arrow", &replay_info(), &two_classes(measured(0, 0))[1..]);
    let second = |mut row: Outcome| {
        row.run = i32::from(row.request_id.0 % 2 == 1);
        row
    };
    let two_runs: Vec<_> = two_classes(measured(0, 0)).into_iter().map(second).collect();
    write(folder.path(), "two.csv", &replay_info(), &two_runs);
    let cases: [&[&str]; 8] = [
        &["--agreement", "sim.arrow"],
        &["sim.arrow", "run1.arrow", "--within", "3%"],
        &["--agreement", "sim.arrow", "run1.arrow", "--within", "0"],
        &["--agreement", "sim.arrow", "run1.arrow", "--within-points", "half"],
        &["--agreement", "sim.arrow", "run1.arrow", "sim.arrow"],
        &["--agreement", "sim.arrow", "run1.arrow", "other.arrow"],
        &["--agreement", "sim.arrow", "run1.arrow", "bad.arrow"],
        &["--agreement", "sim.arrow", "two.csv"],
    ];
    let told = cases.map(|arguments| {
        let (code, stdout, stderr) = told(folder.path(), arguments);
        assert_eq!((code, stdout.len()), (Some(2), 0), "{arguments:?}");
        format!("$ compare {}\n{stderr}", arguments.join(" "))
    });
    assert_data_eq!(
        told.join("\n"),
        str![[r#"
$ compare --agreement sim.arrow
error: --agreement needs the table of a simulation, then those of runs

Usage: compare [OPTIONS] [TABLE]...
       compare <COMMAND>

For more information, try '--help'.

$ compare sim.arrow run1.arrow --within 3%
error: the following required arguments were not provided:
  --agreement

Usage: compare --agreement --within <PERCENT> <TABLE>...

For more information, try '--help'.

$ compare --agreement sim.arrow run1.arrow --within 0
error: invalid value '0' for '--within <PERCENT>': must be more than 0: a measurement is never exactly a simulation

For more information, try '--help'.

$ compare --agreement sim.arrow run1.arrow --within-points half
error: invalid value 'half' for '--within-points <POINTS>': not a number of per cent or points, such as 3, 3% or 0.5

For more information, try '--help'.

$ compare --agreement sim.arrow run1.arrow sim.arrow
error: sim.arrow: the run was simulated, and only measured ones are set beside a simulation
name one simulated table first, then those of `replay`; two simulations are compared without --agreement

$ compare --agreement sim.arrow run1.arrow other.arrow
error: runs are not of the same trace: in order of arrival, number 1 of A is request 0 (arrival_ns 0, tier 1, slo urgent), of B request 1 (arrival_ns 20000000, tier 1, slo urgent)
  first: sim.arrow
  other: other.arrow
only runs of one trace file at one rate can be compared

$ compare --agreement sim.arrow run1.arrow bad.arrow
error: bad.arrow: the run is invalid: lag max of 212.000 ms is over the tightest SLO
measure it again, or compare all the same with --force

$ compare --agreement sim.arrow two.csv
error: two.csv: the table holds runs 0 and 1; an agreement takes tables of one run

"#]]
    );
    let forced = run(folder.path(), &["--agreement", "sim.arrow", "bad.arrow", "--force"]);
    assert!(text(&forced.stdout).contains("\nINVALID  B: lag max of 212.000 ms"));
}

#[test]
fn what_does_not_fit_together_is_warned_of() {
    let folder = folder();
    let mut info = replay_info();
    info.parameters.insert("workers".into(), "4".into());
    write(folder.path(), "four.arrow", &info, &two_classes(measured(0, 0)));
    let (code, _, stderr) = told(folder.path(), &["--agreement", "sim.arrow", "four.arrow"]);
    assert_eq!(code, Some(0));
    assert_data_eq!(
        stderr,
        str![[r#"
warning: `workers` is 2 in sim.arrow and 4 in four.arrow

"#]]
    );
}

//! The command: its output, its help and its exit codes.

use std::path::Path;
use std::process::{Command, Output};

use outcome::{RunInfo, Verdict};
use snapbox::{assert_data_eq, str};

use crate::runs::{info, rows, write};

pub(crate) fn run(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_compare"));
    command.args(arguments).current_dir(folder).env("COLUMNS", "100").output().unwrap()
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// A folder with a baseline, and a candidate that is 10 % slower and kept time less well.
fn folder() -> tempfile::TempDir {
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
   run         by   subject  tool           verdict
────────────────────────────────────────────────────
A  base.arrow  sim  edf      reprise 0.1.0  valid
B  cand.csv    sim  fifo     reprise 0.1.0  degraded

trace burst 3fa94c01d2f6  ·  400 requests  ·  3.990 s

DEGRADED  B: lag p99 of 1.400 ms is over 1 % of the tightest SLO
CUT SHORT  B: the run ended before its trace did

class         requests  metric                  A        B    B - A  change_%
─────────────────────────────────────────────────────────────────────────────
all                400  p50_ms             74.000   81.400   +7.400    +10.00
                        p95_ms            144.500  158.950  +14.450    +10.00
                        p99_ms                inf      inf        -         -
                        slo_attainment_%    82.50    78.50    -4.00     -4.85
                        error_rate_%         2.00     2.00     0.00      0.00
                        goodput_/s          82.71    78.70    -4.01     -4.85
─────────────────────────────────────────────────────────────────────────────
tier1              134  p50_ms             74.000   81.400   +7.400    +10.00
                        p95_ms            144.500  158.950  +14.450    +10.00
                        p99_ms                inf      inf        -         -
                        slo_attainment_%    81.34    76.87    -4.48     -5.50
                        error_rate_%         2.24     2.24     0.00      0.00
─────────────────────────────────────────────────────────────────────────────
tier2              133  p50_ms             74.000   81.400   +7.400    +10.00
                        p95_ms            144.500  158.950  +14.450    +10.00
                        p99_ms                inf      inf        -         -
                        slo_attainment_%    82.71    79.70    -3.01     -3.64
                        error_rate_%         2.26     2.26     0.00      0.00
─────────────────────────────────────────────────────────────────────────────
tier3              133  p50_ms             75.500   83.050   +7.550    +10.00
                        p95_ms            144.500  158.950  +14.450    +10.00
                        p99_ms                inf      inf        -         -
                        slo_attainment_%    83.46    78.95    -4.51     -5.41
                        error_rate_%         1.50     1.50     0.00      0.00
─────────────────────────────────────────────────────────────────────────────
tier1.urgent        67  p50_ms             75.500   83.050   +7.550    +10.00
                        p95_ms            143.000  157.300  +14.300    +10.00
                        p99_ms            146.000  160.600  +14.600    +10.00
                        slo_attainment_%    67.16    58.21    -8.96    -13.33
                        error_rate_%         0.00     0.00     0.00         -
─────────────────────────────────────────────────────────────────────────────
tier1.normal        67  p50_ms             74.000   81.400   +7.400    +10.00
                        p95_ms            146.000  160.600  +14.600    +10.00
                        p99_ms                inf      inf        -         -
                        slo_attainment_%    95.52    95.52     0.00      0.00
                        error_rate_%         4.48     4.48     0.00      0.00
─────────────────────────────────────────────────────────────────────────────
tier2.urgent        67  p50_ms             72.500   79.750   +7.250    +10.00
                        p95_ms            146.000  160.600  +14.600    +10.00
                        p99_ms                inf      inf        -         -
                        slo_attainment_%    65.67    59.70    -5.97     -9.09
                        error_rate_%         4.48     4.48     0.00      0.00
─────────────────────────────────────────────────────────────────────────────
tier2.normal        66  p50_ms             74.000   81.400   +7.400    +10.00
                        p95_ms            143.000  157.300  +14.300    +10.00
                        p99_ms            146.000  160.600  +14.600    +10.00
                        slo_attainment_%   100.00   100.00     0.00      0.00
                        error_rate_%         0.00     0.00     0.00         -
─────────────────────────────────────────────────────────────────────────────
tier3.urgent        67  p50_ms             68.000   74.800   +6.800    +10.00
                        p95_ms            143.000  157.300  +14.300    +10.00
                        p99_ms            144.500  158.950  +14.450    +10.00
                        slo_attainment_%    70.15    61.19    -8.96    -12.77
                        error_rate_%         0.00     0.00     0.00         -
─────────────────────────────────────────────────────────────────────────────
tier3.normal        66  p50_ms             81.500   89.650   +8.150    +10.00
                        p95_ms            146.000  160.600  +14.600    +10.00
                        p99_ms                inf      inf        -         -
                        slo_attainment_%    96.97    96.97     0.00      0.00
                        error_rate_%         3.03     3.03     0.00      0.00

No significance is computed: one run a side shows what happened, not whether
it would happen again. Failures count as infinite latency (inf).

"#]]
    );
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), String::new()));
}

#[test]
fn a_comparison_as_json() {
    let folder = folder();
    let output = run(folder.path(), &["base.arrow", "cand.csv", "--json"]);
    assert_eq!(output.status.code(), Some(0));
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((json["n"].as_u64(), &json["significance"]), (Some(400), &serde_json::Value::Null));
    assert_eq!(json["b"]["info"]["verdict"], "degraded");
    assert_data_eq!(
        serde_json::to_string_pretty(&json["metrics"]["all/p50"]).unwrap(),
        str![[r#"
{
  "a": 74000000,
  "b": 81400000,
  "difference": 7400000.0,
  "n": 400,
  "relative": 0.1
}
"#]]
    );
    assert_data_eq!(
        serde_json::to_string_pretty(&json["metrics"]["tier2.normal/p99"]).unwrap(),
        str![[r#"
{
  "a": 146000000,
  "b": 160600000,
  "difference": 14600000.0,
  "n": 66,
  "relative": 0.1
}
"#]]
    );
    assert_data_eq!(
        serde_json::to_string_pretty(&json["metrics"]["all/goodput"]).unwrap(),
        str![[r#"
{
  "a": 82.70676689656472,
  "b": 78.6967418349131,
  "difference": -4.010025061651618,
  "n": 400,
  "relative": -0.04848484848484843
}
"#]]
    );
}

#[test]
fn help() {
    assert_data_eq!(
        text(&run(Path::new("."), &["--help"]).stdout),
        str![[r#"
Sets two runs of one trace side by side: what got better, what got worse

Usage: compare [OPTIONS] <BASE> <CAND> [MORE]...

Arguments:
  <BASE>     Outcome table of the baseline, A (.arrow, .parquet or .csv); with --agreement, of the
             simulation
  <CAND>     Outcome table of the candidate, B; with --agreement, of a measured run
  [MORE]...  With --agreement, further measured runs

Options:
      --agreement               Judge how far measured runs are from the simulation of their trace,
                                and how much of that lag and overhead explain
      --within <PERCENT>        Limit on p50 and p95, in per cent of the simulated one [default: 3%]
      --within-points <POINTS>  Limit on attainment, in percentage points [default: 0.5]
      --json                    Print JSON instead of a table
      --force                   Compare even where a run's timing verdict is invalid
  -h, --help                    Print help
  -V, --version                 Print version

Examples:
  compare base.arrow cand.arrow
  compare base.parquet cand.csv --json | jq '.metrics["tier1/p99"]'
  compare --agreement sim.arrow run.arrow                 is the simulation what was measured?
  compare --agreement sim.arrow run1.arrow run2.arrow run3.arrow --within 5%

Agreement: every p50 and p95 within --within of the simulated one and every attainment within
--within-points, in the middle run of those given. A class needs 40 requests for its p50, 400 for
its p95, and as many for its attainment as make one request no more than the limit (200 for 0.5).

Exit codes:
  0  the tables were compared, whatever came out; with --agreement, they agree
  1  with --agreement: they do not agree, or there are too few requests to tell
  2  usage, unreadable or empty tables, different traces, or an invalid run without --force

"#]]
    );
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
    assert_eq!(output.status.code(), Some(0));
    assert!(text(&output.stdout).contains("\nINVALID  B: lag max of 212.000 ms"));
}

#[test]
fn bad_input_exits_with_2() {
    let folder = folder();
    std::fs::write(folder.path().join("empty.arrow"), "").unwrap();
    write(folder.path(), "none.arrow", &info("edf"), &[]);
    write(folder.path(), "other.arrow", &info("edf"), &rows(100)[1..]);
    let cases: [&[&str]; 7] = [
        &["base.arrow"],
        &["base.arrow", "missing.arrow"],
        &["base.arrow", "empty.arrow"],
        &["base.arrow", "none.arrow"],
        &["base.arrow", "other.arrow"],
        &["base.arrow", "cand.csv.meta.json"],
        &["base.arrow", "cand.csv", "--warp"],
    ];
    let told = cases.map(|arguments| {
        let output = run(folder.path(), arguments);
        assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0), "{arguments:?}");
        format!("$ compare {}\n{}", arguments.join(" "), text(&output.stderr))
    });
    assert_data_eq!(
        told.join("\n"),
        str![[r#"
$ compare base.arrow
error: the following required arguments were not provided:
  <CAND>

Usage: compare <BASE> <CAND> [MORE]...

For more information, try '--help'.

$ compare base.arrow missing.arrow
error: cannot read missing.arrow: No such file or directory (os error 2)

$ compare base.arrow empty.arrow
error: empty.arrow: not a readable outcome table: the file is empty

$ compare base.arrow none.arrow
error: none.arrow: the table is empty, so there is nothing to compare

$ compare base.arrow other.arrow
error: runs are not of the same trace: in order of arrival, number 1 of A is request 0 (arrival_ns 0, tier 1, slo urgent), of B request 1 (arrival_ns 10000000, tier 2, slo urgent)
  A: base.arrow
  B: other.arrow
only runs of one trace file at one rate can be compared

$ compare base.arrow cand.csv.meta.json
error: cand.csv.meta.json: cannot tell the format of the table from the name; end it in .arrow, .parquet or .csv

$ compare base.arrow cand.csv --warp
error: unexpected argument '--warp' found

  tip: to pass '--warp' as a value, use '-- --warp'

Usage: compare <BASE> <CAND> [MORE]...

For more information, try '--help'.

"#]]
    );
}

//! Reports for CI: Markdown, JUnit XML, workflow commands, the step summary, and files.

use std::path::Path;
use std::process::{Command, Output};
use std::time::Duration;

use snapbox::{assert_data_eq, file, str};

use crate::command::{folder, run, text};
use crate::runs::{info, rows, write};

/// Names and paths with everything that some format takes for itself.
const ODD: &str = "v2: 5 %|<b>, a\nb\u{1b}[31m\u{fffe}";

/// A candidate that is alike but for every tenth of a few requests, which are a second later.
fn unsure(folder: &Path) {
    let mut unsure = rows(100);
    for row in unsure.iter_mut().step_by(10).take(3) {
        row.done = row.done.map(|done| done + Duration::from_secs(1));
    }
    write(folder, "unsure.arrow", &info("edf"), &unsure);
}

fn stdout(folder: &Path, arguments: &[&str]) -> String {
    text(&run(folder, arguments).stdout)
}

#[test]
fn a_candidate_as_markdown() {
    let folder = folder();
    let markdown = stdout(folder.path(), &["base.arrow", "cand.csv", "--format", "md"]);
    assert_data_eq!(markdown, file!["snapshots/regressed.md"].raw());
}

#[test]
fn candidates_as_markdown() {
    let folder = folder();
    unsure(folder.path());
    let arguments = ["base.arrow", "cand.csv", "unsure.arrow", "--gate", "tier1/*,tier2/p50"];
    let markdown = stdout(folder.path(), &[&arguments as &[_], &["--format", "md"]].concat());
    assert_data_eq!(markdown, file!["snapshots/several.md"].raw());
}

#[test]
fn nothing_in_a_name_is_markdown() {
    let folder = folder();
    write(folder.path(), "odd.arrow", &info(ODD), &rows(100));
    let arguments = ["base.arrow", "odd.arrow", "--gate", "all/p50", "--format", "md"];
    let markdown = stdout(folder.path(), &arguments);
    let alike = markdown.lines().filter(|line| line.contains("v2")).collect::<Vec<_>>();
    assert_eq!(
        alike,
        [
            "**B (v2: 5 %\\|&lt;b&gt;, a\u{fffd}b\u{fffd}[31m\u{fffd}) against A (edf): OK =**: the metric that gates is \
            equivalent or no worse",
            "| B | v2: 5 %\\|&lt;b&gt;, a\u{fffd}b\u{fffd}[31m\u{fffd} | 1 | sim | valid | 0.000 | 0.000 | odd.arrow |",
        ]
    );
}

#[test]
fn candidates_as_junit() {
    let folder = folder();
    unsure(folder.path());
    let arguments = ["base.arrow", "cand.csv", "unsure.arrow", "--format", "junit"];
    let xml = stdout(folder.path(), &arguments);
    assert_data_eq!(&xml, file!["snapshots/several.xml"].raw());
    assert_eq!(stdout(folder.path(), &arguments), xml, "other bytes of the same tables");

    let junit = quick_junit::Report::deserialize_from_str(&xml).unwrap();
    assert_eq!((junit.uuid, junit.timestamp, junit.time), (None, None, None));
    let counts = junit.test_suites.iter().map(|suite| (suite.tests, suite.failures, suite.skipped));
    assert_eq!(counts.collect::<Vec<_>>(), [(21, 8, 9), (21, 0, 12)]);
}

#[test]
fn nothing_in_a_name_is_xml() {
    let folder = folder();
    write(folder.path(), "odd.arrow", &info(ODD), &rows(100));
    let xml = stdout(folder.path(), &["base.arrow", "odd.arrow", "--format", "junit"]);
    let junit = quick_junit::Report::deserialize_from_str(&xml).unwrap();
    let suite = &junit.test_suites[0];
    let name = suite.properties.iter().find(|property| property.name.as_str() == "B.name");
    let expected = ODD.replace(['\n', '\u{1b}', '\u{fffe}'], "\u{fffd}");
    assert_eq!(name.unwrap().value.as_str(), expected);
    assert_eq!((suite.failures, suite.errors), (0, 0));
}

#[test]
fn candidates_as_annotations() {
    let folder = folder();
    let arguments = ["base.arrow", "cand.csv", "--names", "v1,v2"];
    let commands = stdout(folder.path(), &[&arguments as &[_], &["--format", "github"]].concat());
    assert_data_eq!(
        commands,
        str![[r#"
::warning title=compare%3A caution::cand.csv kept time badly: lag p99 of 1.400 ms is over 1 %25 of the tightest SLO
::warning title=compare%3A caution::cand.csv ended before its trace did
::warning title=compare%3A caution::the trace is 4.0 s long; traces under 60 s see too little of what traffic can be
::warning title=compare%3A caution::a block takes 0.100 s, and should take 5 times the mean busy period, 5.1 s; use a longer trace, or 3 runs a side
::error title=compare%3A tier1/slo_attainment regressed::tier1/slo_attainment -4.48 pp (81.34 %25 to 76.87 %25), 95 %25 CI [-7.93, -1.03], limit -0.50 pp
::error title=compare%3A all/slo_attainment regressed::all/slo_attainment -4.00 pp (82.50 %25 to 78.50 %25), 95 %25 CI [-6.02, -1.98], limit -0.50 pp
::error title=compare%3A all/goodput regressed::all/goodput -4.8 %25 (82.71 /s to 78.70 /s), 95 %25 CI [-7.2, -2.5], limit -1.0 %25
::error title=compare%3A all/p50 regressed::all/p50 +10.0 %25 (74.00 ms to 81.40 ms), 95 %25 CI [+7.8, +12.2], limit +5.0 %25
::error title=compare%3A all/p95 regressed::all/p95 +10.0 %25 (144.5 ms to 159.0 ms), 95 %25 CI [+10.0, +10.0], limit +5.0 %25
::error title=compare%3A tier1/p50 regressed::tier1/p50 +10.0 %25 (74.00 ms to 81.40 ms), 95 %25 CI [+7.8, +12.2], limit +5.0 %25
::error title=compare%3A tier2/p50 regressed::tier2/p50 +10.0 %25 (74.00 ms to 81.40 ms), 95 %25 CI [+5.6, +14.6], limit +5.0 %25
::error title=compare%3A tier3/p50 regressed::tier3/p50 +10.0 %25 (75.50 ms to 83.05 ms), 95 %25 CI [+7.8, +12.2], limit +5.0 %25
::warning title=compare%3A tier2/slo_attainment is inconclusive::tier2/slo_attainment -3.01 pp (82.71 %25 to 79.70 %25), 95 %25 CI [-6.65, +0.64], limit -0.50 pp; to tell takes about 260 more requests of tier2
::warning title=compare%3A tier3/slo_attainment is inconclusive::tier3/slo_attainment -4.51 pp (83.46 %25 to 78.95 %25), 95 %25 CI [-9.16, +0.13], limit -0.50 pp; to tell takes about 150 more requests of tier3
::notice title=compare%3A REGRESSED ▲::tier1/slo_attainment -4.48 pp, all/slo_attainment -4.00 pp, all/goodput -4.8 %25 and 5 more

"#]]
    );
    unsure(folder.path());
    write(folder.path(), "odd.arrow", &info(ODD), &rows(100));
    let arguments = ["base.arrow", "unsure.arrow", "odd.arrow", "--format", "github"];
    assert_data_eq!(
        stdout(folder.path(), &arguments),
        str![[r#"
::warning title=compare%3A caution::the trace is 4.0 s long; traces under 60 s see too little of what traffic can be
::warning title=compare%3A caution::B: a block takes 0.100 s, and should take 5 times the mean busy period, 20 s; use a longer trace, or 3 runs a side
::warning title=compare%3A caution::C: a block takes 0.100 s, and should take 5 times the mean busy period, 5.1 s; use a longer trace, or 3 runs a side
::warning title=compare%3A B (edf) all/slo_attainment is inconclusive::all/slo_attainment -0.75 pp (82.50 %25 to 81.75 %25), 95 %25 CI [-1.60, +0.10], limit -0.50 pp; to tell takes about 620 more requests
::warning title=compare%3A B (edf) all/goodput is inconclusive::all/goodput -0.9 %25 (82.71 /s to 81.95 /s), 95 %25 CI [-1.9, +0.1], limit -1.0 %25; to tell takes about 44,000 more requests
::warning title=compare%3A B (edf) tier1/slo_attainment is inconclusive::tier1/slo_attainment -0.75 pp (81.34 %25 to 80.60 %25), 95 %25 CI [-2.26, +0.76], limit -0.50 pp; to tell takes about 950 more requests of tier1
::warning title=compare%3A B (edf) tier2/slo_attainment is inconclusive::tier2/slo_attainment -0.75 pp (82.71 %25 to 81.95 %25), 95 %25 CI [-2.27, +0.77], limit -0.50 pp; to tell takes about 940 more requests of tier2
::warning title=compare%3A B (edf) tier3/slo_attainment is inconclusive::tier3/slo_attainment -0.75 pp (83.46 %25 to 82.71 %25), 95 %25 CI [-2.27, +0.77], limit -0.50 pp; to tell takes about 940 more requests of tier3
::notice title=compare%3A B (edf) INCONCLUSIVE ?::5 of 14 metrics cannot be told: all/slo_attainment, all/goodput, tier1/slo_attainment and 2 more
::notice title=compare%3A C (v2%3A 5 %25|<b>%2C a�b�[31m�) OK =::all 14 metrics equivalent or no worse

"#]]
    );
}

#[test]
fn a_narrow_terminal_spares_columns() {
    let folder = folder();
    for (columns, titles) in [
        (100, "A B change 95 % CI limit p Holm verdict"),
        (99, "A B change 95 % CI limit verdict"),
        (90, "A change 95 % CI limit verdict"),
        (80, "change 95 % CI limit verdict"),
    ] {
        let arguments = ["base.arrow", "cand.csv"];
        let output = with(folder.path(), &arguments, "COLUMNS", &columns.to_string());
        let text = text(&output.stdout);
        let found = text.lines().find(|line| line.contains("95 % CI")).unwrap();
        assert_eq!(found.split_whitespace().collect::<Vec<_>>().join(" "), titles);
        let too_wide = text.lines().find(|line| line.chars().count() > columns);
        assert_eq!(too_wide, None, "in {columns} columns");
    }
}

/// With a variable of the environment.
fn with(folder: &Path, arguments: &[&str], variable: &str, value: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_compare"));
    command.args(arguments).current_dir(folder).env_remove("GITHUB_STEP_SUMMARY");
    command.env(variable, value).output().unwrap()
}

#[test]
fn a_step_summary_grows() {
    let folder = folder();
    let path = folder.path().join("summary.md");
    std::fs::write(&path, "built").unwrap();
    let step = |format: &str| {
        let arguments = ["base.arrow", "cand.csv", "--format", format];
        let output = with(folder.path(), &arguments, "GITHUB_STEP_SUMMARY", path.to_str().unwrap());
        assert_eq!((output.status.code(), text(&output.stderr)), (Some(1), String::new()));
        text(&output.stdout)
    };
    let (_, markdown) = (step("json"), step("md"));
    let summary = std::fs::read_to_string(&path).unwrap();
    assert_eq!(summary, format!("built\n{markdown}\n{markdown}"));
}

#[test]
fn a_step_summary_that_cannot_be_written_changes_nothing() {
    let folder = folder();
    let arguments = ["base.arrow", "cand.csv"];
    let output = with(folder.path(), &arguments, "GITHUB_STEP_SUMMARY", "none/summary.md");
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stdout).contains("RESULT   REGRESSED"));
    assert_data_eq!(
        text(&output.stderr),
        str![[r#"
warning: cannot add to $GITHUB_STEP_SUMMARY, none/summary.md: No such file or directory (os error 2)

"#]]
    );
    let output = with(folder.path(), &arguments, "GITHUB_STEP_SUMMARY", "");
    assert_eq!(text(&output.stderr), "");
}

#[test]
fn reports_are_what_their_names_say() {
    let folder = folder();
    let tables = ["base.arrow", "cand.csv"];
    for (name, format) in [
        ("r.html", "html"),
        ("r.md", "md"),
        ("r.json", "json"),
        ("r.xml", "junit"),
        ("r.txt", "text"),
    ] {
        let report = ["--report", "other.md", "--report", name];
        let output = run(folder.path(), &[&tables as &[_], &report].concat());
        assert_eq!((output.status.code(), text(&output.stderr)), (Some(1), String::new()));
        let written = std::fs::read_to_string(folder.path().join(name)).unwrap();
        let shown = stdout(folder.path(), &[&tables as &[_], &["--format", format]].concat());
        assert_eq!(written, shown, "{name}");
        assert!(folder.path().join("other.md").exists());
    }
}

#[test]
fn a_report_that_cannot_be_written_loses_nothing() {
    let folder = folder();
    let reports = ["none/r.md", "r.json", "none/r.xml"].map(|path| ["--report", path]).concat();
    let output = run(folder.path(), &[&["base.arrow", "cand.csv"] as &[_], &reports].concat());
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stdout).contains("RESULT   REGRESSED"));
    assert!(folder.path().join("r.json").exists());
    assert_data_eq!(
        text(&output.stderr),
        str![[r#"
error: cannot write the report none/r.md: No such file or directory (os error 2)
cannot write the report none/r.xml: No such file or directory (os error 2)

"#]]
    );
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_under_stdout_keeps_no_report_from_its_file() {
    let folder = folder();
    let mut command = Command::new(env!("CARGO_BIN_EXE_compare"));
    command.args(["base.arrow", "cand.csv", "--report", "r.md"]).current_dir(folder.path());
    command.env("GITHUB_STEP_SUMMARY", "summary.md");
    let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
    assert_eq!(command.stdout(full).output().unwrap().status.code(), Some(2));
    let read = |name| std::fs::read_to_string(folder.path().join(name)).unwrap();
    assert_eq!(read("summary.md"), format!("\n{}", read("r.md")));
}

#[test]
fn a_report_in_the_wrong_place_is_refused_before_anything_is_read() {
    let folder = folder();
    let missing = ["missing.arrow", "cand.csv"];
    let cases: [&[&str]; 6] = [
        &["--report", "result.pdf"],
        &["--report", "cand.csv.meta.json"],
        &["--report", "./r/../cand.csv.meta.json"],
        &["--thresholds", "limits.txt", "--report", "limits.txt"],
        &["--agreement", "--report", "r.md"],
        &["--agreement", "--format", "md"],
    ];
    std::fs::create_dir(folder.path().join("r")).unwrap();
    std::fs::write(folder.path().join("limits.txt"), "").unwrap();
    let told = cases.map(|arguments| {
        let output = run(folder.path(), &[&missing as &[_], arguments].concat());
        assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0), "{arguments:?}");
        format!("$ compare {}\n{}", arguments.join(" "), text(&output.stderr))
    });
    assert_data_eq!(
        told.join("\n"),
        str![[r#"
$ compare --report result.pdf
error: invalid value 'result.pdf' for '--report <FILE>': the name tells what is written; end it in .html, .txt, .md, .json, .xml

For more information, try '--help'.

$ compare --report cand.csv.meta.json
error: --report cand.csv.meta.json: the comparison reads this file; write the report to another

Usage: compare [OPTIONS] [TABLE]...
       compare <COMMAND>

For more information, try '--help'.

$ compare --report ./r/../cand.csv.meta.json
error: --report ./r/../cand.csv.meta.json: the comparison reads this file; write the report to another

Usage: compare [OPTIONS] [TABLE]...
       compare <COMMAND>

For more information, try '--help'.

$ compare --thresholds limits.txt --report limits.txt
error: --report limits.txt: the comparison reads this file; write the report to another

Usage: compare [OPTIONS] [TABLE]...
       compare <COMMAND>

For more information, try '--help'.

$ compare --agreement --report r.md
error: the argument '--agreement' cannot be used with '--report <FILE>'

Usage: compare --agreement <TABLE>...

For more information, try '--help'.

$ compare --agreement --format md
error: --agreement is shown as text or as JSON

Usage: compare [OPTIONS] [TABLE]...
       compare <COMMAND>

For more information, try '--help'.

"#]]
    );
    // A table under the name of a report, which only a link can be.
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("base.arrow", folder.path().join("link.json")).unwrap();
        let output = run(folder.path(), &["base.arrow", "cand.csv", "--report", "link.json"]);
        assert_eq!(output.status.code(), Some(2));
        assert!(text(&output.stderr).contains("the comparison reads this file"));
    }
}

#[test]
fn what_is_strict_says_so_everywhere() {
    let folder = folder();
    unsure(folder.path());
    let arguments = ["base.arrow", "unsure.arrow", "--strict"];
    assert!(stdout(folder.path(), &arguments).ends_with("\nexit     3\n"));
    let json = stdout(folder.path(), &[&arguments as &[_], &["--json"]].concat());
    assert!(json.contains("\"exit_code\": 3"));
    // Whoever reads only these learns of it too.
    let shown =
        |format| stdout(folder.path(), &[&arguments as &[_], &["--format", format]].concat());
    assert!(shown("junit").contains("type=\"inconclusive\""));
    assert!(shown("github").contains("::error title=compare%3A all/"));
    let lenient = stdout(folder.path(), &["base.arrow", "unsure.arrow", "--format", "junit"]);
    assert!(!lenient.contains("<failure"));
}

#[test]
fn everything_equivalent_is_folded() {
    let folder = folder();
    write(folder.path(), "same.arrow", &info("edf"), &rows(100));
    let markdown = stdout(folder.path(), &["base.arrow", "same.arrow", "--format", "md"]);
    assert!(markdown.starts_with("## compare: OK =\n"));
    assert_eq!(markdown.matches("<details><summary>equivalent: 14</summary>").count(), 1);
    assert_eq!(markdown.matches("95 % CI").count(), 1, "a table without rows");
}

#[test]
fn candidates_that_are_judged_differently_say_so() {
    let folder = folder();
    let several = ["a0.arrow", "a1.arrow", "a2.arrow"];
    for (name, factor) in several.into_iter().zip([99, 100, 101]) {
        write(folder.path(), name, &info("edf"), &rows(factor));
    }
    let sides = [&["--base"], &several as &[_], &["--cand"], &several, &["--cand", "base.arrow"]];
    let shown = stdout(folder.path(), &sides.concat());
    let designs = shown.lines().filter(|line| line.starts_with("design"));
    assert_eq!(
        designs.collect::<Vec<_>>(),
        [
            "design   B: runs: does it regress on this trace? · alpha 5 %, Holm over 14",
            "design   C: 40 blocks: would other traffic like this show it too? · alpha 5 %, Holm over 14",
        ]
    );
}

//! Published cases with known answers, in `tests/data/golden`, by the command itself.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

const CASES: [&str; 3] = ["by_hand", "ten_percent_slower_1_run", "no_change_3_runs"];

#[test]
fn every_case_is_met() {
    for case in CASES {
        let folder = Path::new("tests/data/golden").join(case);
        let text = std::fs::read_to_string(folder.join("expected.json")).unwrap();
        let expected: Value = serde_json::from_str(&text).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_compare"));
        command.arg("--base").args(tables(&folder, "a"));
        command.arg("--cand").args(tables(&folder, "b"));
        for (option, value) in expected["options"].as_object().unwrap() {
            assert_eq!(option, "n_blocks", "an option that this test does not know");
            command.args(["--blocks", &value.to_string()]);
        }
        let output = command.arg("--json").env_remove("GITHUB_STEP_SUMMARY").output().unwrap();
        let found: Value = serde_json::from_slice(&output.stdout).unwrap();
        let code = output.status.code().map(i64::from);
        assert_eq!(code, expected["exit_code"].as_i64(), "{case}: exit code");
        check(case, &found, &expected["expect"]);
    }
}

/// The runs of a side, whatever their number.
fn tables(folder: &Path, side: &str) -> Vec<PathBuf> {
    let paths = (0..).map(|run| folder.join(format!("{side}{run}.csv")));
    paths.take_while(|path| path.exists()).collect()
}

fn check(case: &str, found: &Value, expected: &Value) {
    for field in ["design", "n", "runs", "n_blocks", "alpha", "overall"] {
        assert_eq!(found[field], expected[field], "{case}: {field}");
    }
    let (of_found, of_expected) =
        (found["metrics"].as_object().unwrap(), expected["metrics"].as_object().unwrap());
    let keys = of_expected.keys().collect::<Vec<_>>();
    let mut found_keys = of_found.keys().collect::<Vec<_>>();
    found_keys.sort();
    assert_eq!(found_keys, keys, "{case}: the metrics");
    let blocks = expected["design"] == "blocks";
    for (key, metric) in of_expected {
        check_metric(&format!("{case}: {key}"), blocks, &of_found[key], metric);
    }
}

/// Field by field, with the tolerances of the cases' README.
fn check_metric(key: &str, blocks: bool, found: &Value, expected: &Value) {
    let is_quantile = key.contains("/p");
    for (field, expected_value) in expected.as_object().unwrap() {
        let place = format!("{key}: {field}");
        match field.as_str() {
            "fragile" => {}
            "status" | "gating" | "df" => assert_eq!(&found[field], expected_value, "{place}"),
            "verdict" if expected["fragile"] == true => {}
            "verdict" => assert_eq!(&found[field], expected_value, "{place}"),
            _ => {
                let (found, expected) =
                    (number(&found[field], &place), number(expected_value, &place));
                let near = match field.as_str() {
                    "a" | "b" if is_quantile && blocks => found == expected,
                    "a" | "b" => (found - expected).abs() <= 1e-9 * expected.abs(),
                    "harm" => (found - expected).abs() <= 1e-9,
                    "t" => (found - expected).abs() <= 1e-6 * expected.abs(),
                    "p_worse" | "p_better" | "p_worse_holm" | "p_better_holm" => {
                        let apart = (found - expected).abs();
                        apart <= 1e-6 * expected.abs() || apart <= 1e-9
                    }
                    "lo90" | "hi90" | "lo95" | "hi95" if is_quantile && blocks => {
                        let beyond = found.abs() > 0.25
                            && expected.abs() > 0.25
                            && found.signum() == expected.signum();
                        beyond || (found - expected).abs() <= 0.005
                    }
                    "lo90" | "hi90" | "lo95" | "hi95" => (found - expected).abs() <= 1e-7,
                    other => panic!("{key}: a field that this test does not know: {other}"),
                };
                assert!(near || found == expected, "{place}: {found}, expected {expected}");
            }
        }
    }
}

/// A number, or an infinity spelt out.
fn number(value: &Value, place: &str) -> f64 {
    match value.as_str() {
        Some("inf") => f64::INFINITY,
        Some("-inf") => f64::NEG_INFINITY,
        _ => value.as_f64().unwrap_or_else(|| panic!("{place}: {value} is no number")),
    }
}

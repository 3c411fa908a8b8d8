//! `trace info`, from the outside: what it adds to the plain figures.

use std::fs;
use std::path::Path;

use serde_json::Value;
use snapbox::cmd::Command;
use snapbox::file;

const PROFILE: &str = "\
version = 1
[models.resnet50]
law = \"constant\"
mean_ms = 20
[models.vit]
law = \"lognormal\"
mean_ms = 50.0
cv = 0.25
";

fn program(folder: &Path) -> Command {
    Command::new(env!("CARGO_BIN_EXE_trace")).current_dir(folder).env("NO_COLOR", "1")
}

/// A trace of gamma arrivals at a rate in steps, in `t.arrow`, and a profile in `p.toml`.
fn stepped(folder: &Path) {
    program(folder)
        .args(["gen", "--workload", "urgent_heavy", "--arrivals", "gamma:cv=2", "--rate"])
        .args(["0-5:3,5-10:10,10-15:20", "--tensor-shape", "1x4", "-o", "t.arrow"])
        .assert()
        .success();
    fs::write(folder.join("p.toml"), PROFILE).unwrap();
}

#[test]
fn the_workload_and_the_load_are_told() {
    let folder = tempfile::tempdir().unwrap();
    stepped(folder.path());
    program(folder.path())
        .args(["info", "t.arrow", "--profile", "p.toml", "--workers", "4"])
        .assert()
        .success()
        .stdout_eq(file!["output/info_load.txt"]);
}

#[test]
fn the_load_is_rate_times_service_time() {
    let folder = tempfile::tempdir().unwrap();
    stepped(folder.path());
    let args = ["info", "t.arrow", "--profile", "p.toml", "--workers", "2", "--json"];
    let output = program(folder.path()).args(args).output().unwrap();
    let info: Value = serde_json::from_slice(&output.stdout).unwrap();
    let rows = |index: usize| info["models"][index]["rows"].as_f64().unwrap();
    let span_s = info["span_ns"].as_f64().unwrap() / 1e9;
    let busy = (rows(0) * 0.020 + rows(1) * 0.050) / span_s;
    let load = &info["load"];
    assert!((load["workers_busy"].as_f64().unwrap() - busy).abs() < 1e-9, "{load}");
    assert!((load["utilisation"].as_f64().unwrap() - busy / 2.0).abs() < 1e-9, "{load}");
    assert_eq!(load["workers_min"].as_f64().unwrap(), busy.floor() + 1.0);
    assert_eq!(info["windows"].as_array().unwrap().len(), 3);
    let asked = |class: &Value| class["share_asked"].as_f64().unwrap();
    let total: f64 = info["classes"].as_array().unwrap().iter().map(asked).sum();
    assert!((total - 1.0).abs() < 1e-9, "{total}");
}

#[test]
fn a_profile_that_says_nothing_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    stepped(folder);
    fs::write(folder.join("other.toml"), "version = 1\n[models.bert]\nmean_ms = 1\n").unwrap();
    fs::write(folder.join("bad.toml"), "version = 1\n[models.vit]\nmean_ms = -1\n").unwrap();
    for (args, expected) in [
        (&["--profile", "absent.toml"][..], "absent.toml: cannot read the profile"),
        (&["--profile", "."], "give a regular file"),
        (&["--profile", "t.arrow"], "not text"),
        (&["--profile", "other.toml"], "other.toml: the profile has no model 'resnet50'"),
        (&["--profile", "bad.toml"], "mean_ms of model 'vit' is -1"),
        (&["--workers", "2"], "--profile"),
        (&["--profile", "p.toml", "--workers", "0"], "--workers"),
    ] {
        let output = program(folder).args(["info", "t.arrow"]).args(args).output().unwrap();
        let message = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{args:?}: {message}");
        assert!(message.contains(expected), "{args:?}: {message}");
    }
}

//! The program, from the outside.

use std::fs;
use std::path::Path;

use snapbox::cmd::Command;
use snapbox::{file, str};

/// The program in this folder, with help as wide as on a wide terminal.
fn program(folder: &Path) -> Command {
    Command::new(env!("CARGO_BIN_EXE_trace"))
        .current_dir(folder)
        .env("COLUMNS", "100")
        .env("NO_COLOR", "1")
}

#[test]
fn help_has_examples() {
    let folder = tempfile::tempdir().unwrap();
    let help = |args: &[&str]| program(folder.path()).args(args).assert().success();
    help(&["--help"]).stdout_eq(file!["help/trace.txt"]);
    help(&["gen", "--help"]).stdout_eq(file!["help/gen.txt"]);
    help(&["info", "--help"]).stdout_eq(file!["help/info.txt"]);
    help(&["check", "--help"]).stdout_eq(file!["help/check.txt"]);
    help(&["show", "--help"]).stdout_eq(file!["help/show.txt"]);
}

#[test]
fn the_schema_of_workload_files_is_the_one_beside_the_crate() {
    let folder = tempfile::tempdir().unwrap();
    let schema = file!["../../workload.schema.json"];
    program(folder.path()).args(["gen", "--print-schema"]).assert().success().stdout_eq(schema);
}

/// What is printed is a file that makes the same trace.
#[test]
fn a_printed_workload_makes_the_built_in_trace() {
    let folder = tempfile::tempdir().unwrap();
    for name in trace::Workload::BUILT_IN {
        let spec = program(folder.path()).args(["gen", "--print-spec", name]).output().unwrap();
        fs::write(folder.path().join("w.toml"), spec.stdout).unwrap();
        program(folder.path())
            .args(["gen", "--spec", "w.toml", "-o", "t.arrow"])
            .assert()
            .success();
        let canonical = format!("{}/../../traces/{name}.arrow", env!("CARGO_MANIFEST_DIR"));
        let made = fs::read(folder.path().join("t.arrow")).unwrap();
        assert!(made == fs::read(canonical).unwrap(), "{name}");
    }
}

#[test]
fn a_mistake_in_a_workload_file_names_its_line() {
    let folder = tempfile::tempdir().unwrap();
    let spec = trace::WorkloadFile::built_in("balanced").unwrap().text().to_owned();
    fs::write(folder.path().join("w.toml"), spec.replace("share = 0.15", "share = 1.5")).unwrap();
    program(folder.path())
        .args(["gen", "--spec", "w.toml", "-o", "t.arrow"])
        .assert()
        .code(2)
        .stderr_eq(str![[r#"
trace: w.toml:43:9: class (1, relaxed): share is 1.5; give a number from 0 to 1
  43 | share = 1.5
     |         ^

"#]]);
}

#[test]
fn gen_writes_the_canonical_traces() {
    let folder = tempfile::tempdir().unwrap();
    program(folder.path()).args(["gen", "--seed", "42"]).assert().success().stderr_eq("");
    for name in ["balanced", "urgent_heavy", "batch_heavy"] {
        let canonical = format!("{}/../../traces/{name}.arrow", env!("CARGO_MANIFEST_DIR"));
        let made = fs::read(folder.path().join(format!("traces/{name}.arrow"))).unwrap();
        assert!(made == fs::read(canonical).unwrap(), "{name}");
    }
    assert_eq!(fs::read_dir(folder.path().join("traces")).unwrap().count(), 3);
}

/// A small trace in `t.arrow`.
fn small(folder: &Path) {
    program(folder)
        .args(["gen", "--workload", "balanced", "--total-qps", "2", "--duration-ms", "5000"])
        .args(["--min-query-count", "10", "--tensor-shape", "1x4", "-o", "t.arrow"])
        .assert()
        .success()
        .stdout_eq(str![[r#"
t.arrow  17 rows  9 classes  5 s  sha256 ce9f7ba410d1087e2a6b078a7800d1eb1c20382b090dac7d1c9330ecd12f0f3c

"#]]);
}

#[test]
fn info_and_show_say_what_is_there() {
    let folder = tempfile::tempdir().unwrap();
    small(folder.path());
    program(folder.path())
        .args(["info", "t.arrow"])
        .assert()
        .success()
        .stdout_eq(file!["output/info.txt"]);
    program(folder.path())
        .args(["show", "t.arrow", "--limit", "3", "--offset", "1"])
        .assert()
        .success()
        .stdout_eq(file!["output/show.txt"]);
    program(folder.path())
        .args(["show", "t.arrow", "--limit", "2", "--json"])
        .assert()
        .success()
        .stdout_eq(file!["output/show.jsonl"]);
}

#[test]
fn info_is_json_too() {
    let folder = tempfile::tempdir().unwrap();
    small(folder.path());
    let output = program(folder.path()).args(["info", "--json", "t.arrow"]).output().unwrap();
    let info: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(info["workload"]["name"], "balanced");
    assert_eq!(info["seed"], 42);
    assert_eq!(info["digest_verified"], true);
    assert_eq!(info["models"][0]["shape"], serde_json::json!([1, 4]));
    let classes = info["classes"].as_array().unwrap();
    let rows: u64 = classes.iter().map(|class| class["rows"].as_u64().unwrap()).sum();
    assert_eq!(info["rows"], rows);
}

/// Runs the program, and checks that it ends with 2 and says this.
#[track_caller]
fn refuses(folder: &Path, args: &[&str], expected: &str) {
    let output = program(folder).args(args).output().unwrap();
    let message = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{message}");
    assert!(message.contains(expected), "`{message}` does not contain `{expected}`");
    assert!(!message.contains("panicked"), "{message}");
}

#[test]
fn what_cannot_be_done_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    refuses(folder, &["gen", "--workload", "busy"], "there is no workload `busy`");
    refuses(folder, &["gen", "--total-qps", "nan"], "total_qps is NaN");
    refuses(folder, &["gen", "--total-qps", "-5"], "total_qps is -5");
    refuses(folder, &["gen", "--duration-ms", "0"], "duration is 0ns");
    refuses(folder, &["gen", "--duration-ms", "18446744073709551615"], "104 days");
    refuses(folder, &["gen", "--tensor-shape", "0x4"], "as in 1x4");
    refuses(folder, &["gen", "-o", "t.arrow"], "--workload");
    refuses(folder, &["info", "absent.arrow"], "absent.arrow: cannot open");
    refuses(folder, &["info", "."], "not a regular file");
    fs::write(folder.join("text"), "request_id\n1\n").unwrap();
    refuses(folder, &["show", "text"], "text: not a readable trace");
    assert_eq!(fs::read_dir(folder).unwrap().count(), 1, "a refusal leaves no file");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let args = ["gen", "--workload", "balanced", "-o", "/dev/full"];
    refuses(folder.path(), &args, "/dev/full: cannot write: No space left on device");
}

#[test]
fn a_failure_leaves_the_old_file() {
    let folder = tempfile::tempdir().unwrap();
    small(folder.path());
    let before = fs::read(folder.path().join("t.arrow")).unwrap();
    let args = ["gen", "--workload", "balanced", "--total-qps", "0", "-o", "t.arrow"];
    refuses(folder.path(), &args, "total_qps is 0");
    assert_eq!(fs::read(folder.path().join("t.arrow")).unwrap(), before);
}

/// A folder that holds the program and nothing beside it.
#[cfg(unix)]
#[test]
fn record_hands_over_to_the_program_beside_it() {
    use std::os::unix::fs::PermissionsExt as _;

    let folder = tempfile::tempdir().unwrap();
    let alone = folder.path().join("trace");
    fs::copy(env!("CARGO_BIN_EXE_trace"), &alone).unwrap();
    let record = |args: &[&str]| {
        Command::new(&alone).env("PATH", folder.path().join("empty")).arg("record").args(args)
    };
    record(&["--listen", "[::1]:0"])
        .assert()
        .code(2)
        .stderr_eq(str![[r#"
trace: the program `trace-record` is neither beside this one nor on PATH; build it with `cargo build --release -p trace-record`

"#]]);

    let other = folder.path().join("trace-record");
    fs::write(&other, "#!/bin/sh\nprintf '<%s>' \"$@\"\nexit 7\n").unwrap();
    fs::set_permissions(&other, fs::Permissions::from_mode(0o755)).unwrap();
    record(&["--help", "-o", "a b", "--", "-x"])
        .assert()
        .code(7)
        .stdout_eq("<--help><-o><a b><--><-x>");
}

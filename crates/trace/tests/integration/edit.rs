//! `convert`, `cut`, `merge`, `scale` and `diff`, from the outside.

use std::fs;
use std::io::{Read as _, Write as _};
use std::path::Path;
use std::process::{Child, Command as Process, Stdio};

use serde_json::Value;
use snapbox::cmd::Command;
use snapbox::{file, str};

/// The program in this folder, with help as wide as on a wide terminal.
fn program(folder: &Path) -> Command {
    Command::new(env!("CARGO_BIN_EXE_trace"))
        .current_dir(folder)
        .env("COLUMNS", "100")
        .env("NO_COLOR", "1")
}

/// The program in this folder, with pipes to talk to it.
fn process(folder: &Path, args: &[&str]) -> Process {
    let mut process = Process::new(env!("CARGO_BIN_EXE_trace"));
    process.current_dir(folder).args(args);
    process.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    process
}

/// A small trace of this name.
fn generate(folder: &Path, name: &str) {
    let args = ["gen", "--workload", "balanced", "--total-qps", "2", "--duration-ms", "5000"];
    let more = ["--min-query-count", "10", "--tensor-shape", "1x4", "-o", name];
    program(folder).args(args).args(more).assert().success();
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
fn help_has_examples() {
    let folder = tempfile::tempdir().unwrap();
    let help = |args: &[&str]| program(folder.path()).args(args).assert().success();
    help(&["convert", "--help"]).stdout_eq(file!["help/convert.txt"]);
    help(&["cut", "--help"]).stdout_eq(file!["help/cut.txt"]);
    help(&["merge", "--help"]).stdout_eq(file!["help/merge.txt"]);
    help(&["scale", "--help"]).stdout_eq(file!["help/scale.txt"]);
    help(&["diff", "--help"]).stdout_eq(file!["help/diff.txt"]);
}

#[test]
fn every_format_leads_back_to_the_same_file() {
    let folder = tempfile::tempdir().unwrap();
    generate(folder.path(), "t.arrow");
    let mut before = "t.arrow".to_owned();
    for name in ["a.arrows", "b.parquet", "c.csv", "d.parquet", "e.arrows", "f.csv", "g.arrow"] {
        program(folder.path())
            .args(["convert", &before, "-o", name])
            .assert()
            .success()
            .stdout_eq(format!(
                "{name}  17 rows  sha256 \
                 ce9f7ba410d1087e2a6b078a7800d1eb1c20382b090dac7d1c9330ecd12f0f3c\n"
            ))
            .stderr_eq("");
        name.clone_into(&mut before);
    }
    let bytes = |name: &str| fs::read(folder.path().join(name)).unwrap();
    assert!(bytes("t.arrow") == bytes("g.arrow"));
    assert!(bytes("b.parquet") == bytes("d.parquet"));
    assert!(bytes("a.arrows") == bytes("e.arrows"));
    assert!(bytes("c.csv") == bytes("f.csv"));
    assert!(bytes("c.csv.meta.json") == bytes("f.csv.meta.json"));
}

#[test]
fn gen_writes_every_format() {
    let folder = tempfile::tempdir().unwrap();
    generate(folder.path(), "t.arrow");
    for name in ["t.arrows", "t.parquet", "t.csv"] {
        generate(folder.path(), name);
        let made = fs::read(folder.path().join(name)).unwrap();
        let converted = format!("converted-{name}");
        program(folder.path()).args(["convert", "t.arrow", "-o", &converted]).assert().success();
        assert!(made == fs::read(folder.path().join(converted)).unwrap(), "{name}");
        program(folder.path()).args(["diff", "t.arrow", name]).assert().success();
    }
    refuses(folder.path(), &["gen", "--workload", "balanced", "-o", "t.txt"], "arrow, arrows,");
}

/// Feeds the program, and gives back what it says.
fn piped(folder: &Path, args: &[&str], input: &[u8]) -> std::process::Output {
    let mut child = process(folder, args).spawn().unwrap();
    // It may have seen enough before the end, so that this may fail.
    let _ = child.stdin.take().unwrap().write_all(input);
    child.wait_with_output().unwrap()
}

#[test]
fn traces_go_through_pipes() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    generate(folder, "t.arrow");
    let stream = piped(folder, &["convert", "t.arrow", "-o", "-"], b"");
    assert!(stream.status.success());
    let report = String::from_utf8(stream.stderr).unwrap();
    assert!(report.starts_with("standard output  17 rows"), "{report}");
    for bytes in [&stream.stdout, &fs::read(folder.join("t.arrow")).unwrap()] {
        let same = piped(folder, &["diff", "t.arrow", "-"], bytes);
        assert!(same.status.success(), "{}", String::from_utf8_lossy(&same.stderr));
    }
    let wrong = |input: &[u8]| {
        let output = piped(folder, &["info", "-"], input);
        assert_eq!(output.status.code(), Some(2));
        String::from_utf8(output.stderr).unwrap()
    };
    assert!(wrong(b"").contains("-: not a readable trace: the file is empty"));
    assert!(wrong(b"request_id,arrival_ns\n").contains("no Arrow stream comes through the pipe"));
    let cut = wrong(&stream.stdout[..stream.stdout.len() - 1]);
    assert!(cut.contains("cut short"), "{cut}");
    let text = piped(folder, &["convert", "t.arrow", "-o", "-", "--format", "csv"], b"");
    assert!(text.stdout.starts_with(b"request_id,arrival_ns,"));
    let note = String::from_utf8(text.stderr).unwrap();
    assert!(note.contains("no place for the metadata"), "{note}");
}

#[test]
fn what_is_whole_of_a_stream_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    // More than one batch of 65,536 rows.
    let args = ["gen", "--workload", "balanced", "--total-qps", "10000", "--duration-ms", "10000"];
    for name in ["t.arrows", "t.arrow"] {
        program(folder).args(args).args(["-o", name]).assert().success();
        let bytes = fs::read(folder.join(name)).unwrap();
        fs::write(folder.join("broken"), &bytes[..bytes.len() - 100_000]).unwrap();
        let args = ["convert", "--salvage", "broken", "-o", "kept.arrow"];
        let output = program(folder).args(args).output().unwrap();
        assert!(output.status.success());
        let report = String::from_utf8(output.stderr).unwrap();
        assert!(report.contains("broken: kept 65536 rows out of"), "{report}");
        let first = ["cut", "t.arrows", "--limit", "65536", "-o", "first.arrow"];
        program(folder).args(first).assert().success();
        program(folder).args(["diff", "kept.arrow", "first.arrow"]).assert().success();
    }
    refuses(folder, &["convert", "broken", "-o", "x.arrow"], "broken: ");
    let bytes = fs::read(folder.join("t.arrows")).unwrap();
    fs::write(folder.join("short.arrows"), &bytes[..5_000]).unwrap();
    refuses(folder, &["info", "short.arrows"], "`trace convert --salvage` keeps");
    let args = ["convert", "--salvage", "short.arrows", "-o", "x.arrow"];
    refuses(folder, &args, "short.arrows: no whole batch is there");
    assert!(!folder.join("x.arrow").exists());
}

#[test]
fn cuts_and_scales_can_be_followed_back() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    generate(folder, "t.arrow");
    let run = |args: &[&str]| program(folder).args(args).assert().success();
    run(&["cut", "t.arrow", "--from", "1s", "--to", "4.5s", "-o", "part.arrow"]).stdout_eq(str![[
        r#"
part.arrow  10 rows of 17  sha256 [..]

"#
    ]]);
    run(&["scale", "2", "part.arrow", "-o", "fast.arrow", "--json"]).stdout_eq(str![[r#"
{"digest":"[..]","format":"arrow","path":"fast.arrow","rows":10}

"#]]);
    run(&["merge", "part.arrow", "fast.arrow", "-o", "both.csv"]).stdout_eq(str![[r#"
both.csv  20 rows, ids given anew  sha256 [..]

"#]]);
    let sidecar = fs::read_to_string(folder.join("both.csv.meta.json")).unwrap();
    let sidecar: Value = serde_json::from_str(&sidecar).unwrap();
    let steps = sidecar["reprise.provenance"].as_str().unwrap();
    let steps: Value = serde_json::from_str(steps).unwrap();
    let operations: Vec<&Value> =
        steps.as_array().unwrap().iter().map(|step| &step["operation"]).collect();
    assert_eq!(operations, ["cut", "cut", "scale", "merge"]);
    run(&["info", "both.csv"]);
}

#[test]
fn what_cannot_be_made_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    generate(folder, "t.arrow");
    refuses(folder, &["cut", "t.arrow", "-o", "x.arrow"], "--from <TIME>");
    refuses(folder, &["cut", "t.arrow", "--from", "5", "-o", "x.arrow"], "such as 5s");
    refuses(folder, &["cut", "t.arrow", "--tier", "4", "-o", "x.arrow"], "give 1, 2 or 3");
    let bert = ["cut", "t.arrow", "--model", "bert", "-o", "x.arrow"];
    refuses(folder, &bert, "has no model `bert`; it has resnet50, vit");
    refuses(folder, &["scale", "0", "t.arrow", "-o", "x.arrow"], "from 0.001 to 1000");
    refuses(folder, &["merge", "-o", "x.arrow"], "<FILE>...");
    refuses(folder, &["convert", "t.arrow"], "--output <FILE>");
    refuses(folder, &["convert", "t.arrow", "-o", "x.json"], "x.json");
    refuses(folder, &["convert", "t.arrow", "-o", "x", "--format", "json"], "'json' does not say");
    refuses(folder, &["convert", "absent.csv", "-o", "x.arrow"], "absent.csv: cannot open");
    program(folder).args(["convert", "t.arrow", "-o", "t.csv"]).assert().success();
    fs::rename(folder.join("t.csv"), folder.join("alone.csv")).unwrap();
    refuses(folder, &["info", "alone.csv"], "its metadata, alone.csv.meta.json, cannot be read");
    let left = fs::read_dir(folder).unwrap().count();
    assert_eq!(left, 3, "a refusal leaves no file");
}

#[test]
fn differences_are_printed() {
    let folder = tempfile::tempdir().unwrap();
    generate(folder.path(), "t.arrow");
    let run = |args: &[&str]| program(folder.path()).args(args).assert();
    run(&["cut", "t.arrow", "--tier", "1", "-o", "vip.arrow"]).success();
    run(&["diff", "t.arrow", "t.arrow"]).success().stdout_eq(file!["output/same.txt"]);
    run(&["diff", "t.arrow", "vip.arrow"]).code(1).stdout_eq(file!["output/diff.txt"]);
    let output = run(&["diff", "t.arrow", "vip.arrow", "--json"]).code(1).get_output().clone();
    let found: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(found["equal"], false);
    assert_eq!(found["rows"][0], 17);
    assert_eq!(found["first"]["row"], 0);
    run(&["diff", "t.arrow", "absent.arrow"]).code(2);
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_said_in_every_format() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    generate(folder, "t.arrow");
    for format in ["arrow", "arrows", "parquet", "csv"] {
        let args = ["convert", "t.arrow", "-o", "/dev/full", "--format", format];
        refuses(folder, &args, "/dev/full: cannot write: No space left on device");
    }
    let mut process = process(folder, &["convert", "t.arrow", "-o", "-"]);
    process.stdout(fs::File::options().write(true).open("/dev/full").unwrap());
    let output = process.output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(message.contains("standard output: cannot write: No space left"), "{message}");
}

/// Whoever reads has seen enough: no error.
#[test]
fn a_closed_pipe_is_no_error() {
    let folder = tempfile::tempdir().unwrap();
    // Far more than a pipe holds.
    let args = ["gen", "--workload", "balanced", "--total-qps", "100000", "-o", "-"];
    for format in ["arrow", "arrows", "parquet", "csv"] {
        let mut process = process(folder.path(), &args);
        let mut child = process.args(["--format", format]).spawn().unwrap();
        let mut stdout = child.stdout.take().unwrap();
        stdout.read_exact(&mut [0; 4]).unwrap();
        drop(stdout);
        let output = child.wait_with_output().unwrap();
        let message = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success(), "{format}: {message}");
        assert!(!message.contains("panicked"), "{message}");
    }
}

#[cfg(unix)]
#[test]
fn an_interrupted_conversion_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let args = ["gen", "--workload", "balanced", "--total-qps", "10000", "-o", "t.arrow"];
    program(folder).args(args).assert().success();
    // A pipe that nobody empties holds the program up until the signal comes.
    let mut child = process(folder, &["convert", "t.arrow", "-o", "-"]).spawn().unwrap();
    wait_for_output(&mut child);
    let kill = Process::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(kill.success());
    let output = child.wait_with_output().unwrap();
    let message = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(130), "{message}");
    assert_eq!(fs::read_dir(folder).unwrap().count(), 1);
}

/// Waits until the program has begun to write, and so listens for signals.
fn wait_for_output(child: &mut Child) {
    child.stdout.as_mut().unwrap().read_exact(&mut [0; 4]).unwrap();
}

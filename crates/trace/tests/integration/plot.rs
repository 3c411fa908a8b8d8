//! `trace plot`, from the outside.

use std::fs;
use std::path::Path;

use snapbox::cmd::Command;
use snapbox::{file, str};

fn program(folder: &Path) -> Command {
    Command::new(env!("CARGO_BIN_EXE_trace"))
        .current_dir(folder)
        .env("COLUMNS", "100")
        .env("NO_COLOR", "1")
}

fn generate(folder: &Path, args: &[&str]) {
    program(folder).args(["gen", "--tensor-shape", "1x4"]).args(args).assert().success();
}

#[test]
fn help_has_examples() {
    let folder = tempfile::tempdir().unwrap();
    program(folder.path())
        .args(["plot", "--help"])
        .assert()
        .success()
        .stdout_eq(file!["help/plot.txt"]);
}

#[test]
fn a_plot_lies_beside_its_trace_or_where_it_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    generate(folder, &["--workload", "balanced", "-o", "a.arrow"]);
    generate(folder, &["--workload", "urgent_heavy", "-o", "b.arrow"]);
    program(folder)
        .args(["plot", "a.arrow", "b.arrow"])
        .assert()
        .success()
        .stderr_eq("")
        .stdout_eq(str![[r#"
a.html  [..] bytes
b.html  [..] bytes

"#]]);
    program(folder).args(["plot", "a.arrow", "b.arrow", "-o", "both.html"]).assert().success();
    program(folder)
        .args(["plot", "a.arrow", "-o", "a.svg", "--json"])
        .assert()
        .success()
        .stdout_eq(str![[r#"
{"bytes":[..],"path":"a.svg","traces":["a.arrow"]}

"#]]);
    let read = |name: &str| fs::read_to_string(folder.join(name)).unwrap();
    assert!(read("a.html").starts_with("<!DOCTYPE html>"));
    assert_eq!(read("both.html").matches("<section").count(), 2);
    assert!(read("a.svg").starts_with("<svg xmlns"));
    let before = read("a.html");
    program(folder).args(["plot", "a.arrow"]).assert().success();
    assert!(before == read("a.html"), "the same trace is the same page");
}

#[test]
fn a_trace_may_come_through_a_pipe() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    generate(folder, &["--workload", "balanced", "-o", "a.arrow"]);
    let piped = |args: &[&str]| {
        let trace = fs::read(folder.join("a.arrow")).unwrap();
        program(folder).args(args).stdin(trace).assert().success();
    };
    piped(&["plot", "-", "-o", "piped.svg"]);
    piped(&["info", "-"]);
    program(folder).args(["plot", "a.arrow", "-o", "a.svg"]).assert().success();
    let read = |name: &str| fs::read_to_string(folder.join(name)).unwrap();
    assert_eq!(read("piped.svg").replace("stdin", "a.arrow"), read("a.svg"));
}

#[test]
fn what_cannot_be_drawn_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    generate(folder, &["--workload", "balanced", "-o", "a.arrow"]);
    fs::copy(folder.join("a.arrow"), folder.join("a.html")).unwrap();
    fs::copy(folder.join("a.arrow"), folder.join("a.ipc")).unwrap();
    let trace = fs::read(folder.join("a.arrow")).unwrap();
    let mut damaged = trace.clone();
    let middle = damaged.len() / 2;
    damaged[middle] ^= 1;
    fs::write(folder.join("damaged.arrow"), damaged).unwrap();
    for (args, expected) in [
        (&["absent.arrow"][..], "absent.arrow: cannot open"),
        (&["a.arrow", "-o", "a.png"], "a plot is .html or .svg"),
        (&["a.arrow", "-o", "plot"], "a plot is .html or .svg"),
        (&["a.html"], "a.html: a plot would be written over it"),
        (&["a.html", "-o", "a.html"], "would be written over"),
        (&["a.ipc", "a.arrow"], "two traces would be plotted there"),
        (&["-"], "name the plot of standard input"),
        (&["damaged.arrow"], "damaged.arrow: "),
        (&["a.arrow", "-o", "absent/a.svg"], "absent/a.svg: cannot create"),
    ] {
        let output = program(folder).arg("plot").args(args).output().unwrap();
        let message = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{args:?}: {message}");
        assert!(message.contains(expected), "{args:?}: {message}");
    }
    assert!(fs::read(folder.join("a.html")).unwrap() == trace, "a refusal writes over nothing");
    assert_eq!(fs::read_dir(folder).unwrap().count(), 4);
}

/// A browser draws something, in light and in dark. An empty page packs into a fraction of a full
/// one, so the size of the picture tells.
#[cfg(target_os = "linux")]
#[test]
fn a_browser_draws_it() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    generate(folder, &["--workload", "balanced", "-o", "a.arrow"]);
    program(folder).args(["plot", "a.arrow"]).assert().success();
    program(folder).args(["plot", "a.arrow", "-o", "a.svg"]).assert().success();
    fs::write(folder.join("empty.html"), "<!DOCTYPE html><title>empty</title>").unwrap();
    let Some(empty) = picture_size(folder, "empty.html") else {
        eprintln!("skipped: no chromium that draws a page");
        return;
    };
    for page in ["a.html", "a.svg"] {
        let size = picture_size(folder, page).unwrap();
        assert!(size > 10 * empty, "{page}: {size} bytes, and an empty page {empty}");
    }
}

/// Bytes of the picture that a browser makes of a page, if there is one.
#[cfg(target_os = "linux")]
fn picture_size(folder: &Path, page: &str) -> Option<u64> {
    let picture = folder.join(format!("{page}.png"));
    // Ended from outside, should it hang.
    std::process::Command::new("timeout")
        .args(["60", "chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic"])
        .args(["--no-first-run", "--disable-background-networking", "--disable-component-update"])
        .args(["--disable-sync", "--hide-scrollbars", "--window-size=960,2400"])
        .arg(format!("--user-data-dir={}", folder.join("browser").display()))
        .arg(format!("--screenshot={}", picture.display()))
        .arg(format!("file://{}", folder.join(page).display()))
        .output()
        .ok()?;
    fs::metadata(picture).ok().map(|picture| picture.len())
}

//! `--target`: what leaves the binary for each kind of server, and what it makes of the answers.

mod bytes;
mod foreign;
mod kserve;
mod misuse;
mod parameters;
mod record;
mod reflection;
mod replies;
mod server;

use std::process::Output;
use std::time::Duration;

use crate::support::child::Running;
use crate::support::{Fixture, text};

/// The proto of `--target scheduler`, and the method that it calls.
const SCHEDULER_PROTO: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../proto/scheduler.proto");
const INFER: &str = "scheduler.SchedulerService/Infer";

/// Longer than a busy machine needs, and shorter than [`FOR_EVER`].
const PROMPT: Duration = Duration::from_secs(30);

/// How long a connection, and each answer to a question, may take: longer than any test, or longer
/// than a busy machine needs.
const FOR_EVER: [&str; 2] = ["--connect-timeout", "600000"];
const SOON: [&str; 2] = ["--connect-timeout", "4000"];

/// What is said where there can be no run: exit code 2, one line for the user, nothing printed, and
/// no file that pretends there was a run.
fn refusal(fixture: &Fixture, url: &str, flags: &[&str]) -> String {
    let mut command = fixture.replay();
    command.args(["--scheduler-url", url, "-o", "run.arrow", "--metrics-csv", "run.csv"]);
    let output = Running::start(command.args(flags)).end().output;
    assert_eq!(output.status.code(), Some(2), "{flags:?}: {}", text(&output));
    refused(fixture, &output).replace(url, "ADDRESS")
}

fn refused(fixture: &Fixture, output: &Output) -> String {
    let said = text(output);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(output.stdout.is_empty(), "there is no result to print: {said}");
    assert!(!said.contains("panicked"), "{said}");
    // What a server says goes to a terminal, which must not obey it, nor scroll for it.
    let is_plain = |c: char| c == '\n' || !c.is_control();
    assert!(String::from_utf8_lossy(&output.stderr).chars().all(is_plain), "{said:?}");
    assert!(output.stderr.len() < 4_000, "a screen is enough: {} bytes", output.stderr.len());
    let files = std::fs::read_dir(fixture.folder.path()).unwrap();
    let mut names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
    assert!(!names.any(|name| name.starts_with("run.")), "{said}");
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// Flags without blanks in them.
fn words(flags: &str) -> Vec<&str> {
    flags.split_whitespace().collect()
}

//! What the command prints, and what it refuses.

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::Stdio;

use crate::support::{Character, Scheduler, nowhere, program, text};

#[test]
fn help_has_examples_and_exit_codes() {
    let output = program().arg("--help").output().unwrap();
    snapbox::assert_data_eq!(
        String::from_utf8(output.stdout).unwrap(),
        snapbox::file!["snapshots/help.txt"]
    );
}

#[test]
fn bad_input_is_exit_2_with_a_reason_and_leaves_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let nowhere = nowhere().to_string();
    let mute = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let mute = mute.local_addr().unwrap().to_string();
    fs::write(folder.path().join("old.arrow"), "").unwrap();
    fs::write(folder.path().join("no.journal"), "arrival_ns\n1\n").unwrap();
    let refused: [(&[&str], &str); 12] = [
        (&[], "--output"),
        (&["-o", "t", "--scheduler-url", &nowhere], "cannot reach the scheduler at 127.0.0.1:"),
        (&["-o", "t", "--scheduler-url", &mute, "--connect-timeout", "200"], "no HTTP/2 answer"),
        (&["-o", "t", "--scheduler-url", "https://h:1"], "asks for TLS"),
        (&["-o", "old.arrow"], "old.arrow: it is there already"),
        (&["-o", "."], ".: cannot create: is a directory"),
        (&["-o", "t", "--listen", &mute], "cannot listen on 127.0.0.1:"),
        (&["-o", "t", "--slo", "none=1s"], "choose another name"),
        (&["-o", "t", "--limit", "0"], "--limit"),
        (&["-o", "t", "--recover", "absent"], "absent: cannot read the journal"),
        (&["-o", "t", "--recover", "no.journal"], "no.journal: not a journal of this release"),
        (&["-o", "t", "--recover", "no.journal", "--limit", "3"], "cannot be used with"),
    ];
    for (arguments, reason) in refused {
        let mut command = program();
        command.current_dir(folder.path());
        if !arguments.contains(&"--listen") && !arguments.contains(&"--recover") {
            command.args(["--listen", "127.0.0.1:0"]);
        }
        let output = command.args(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {}", text(&output));
        assert!(text(&output).contains(reason), "{arguments:?}: {}", text(&output));
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
}

#[test]
fn a_folder_that_is_missing_is_said_before_anything_is_served() {
    let scheduler = Scheduler::start(Character::Echo);
    let output = program()
        .args(["--listen", "127.0.0.1:0", "--scheduler-url", &scheduler.address.to_string()])
        .args(["-o", "/absent/t.arrow"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2), "{}", text(&output));
    assert!(text(&output).contains("/absent/t.arrow.journal: cannot create"), "{}", text(&output));
}

#[test]
fn it_waits_for_a_scheduler_where_that_is_wanted() {
    let folder = tempfile::tempdir().unwrap();
    let address = nowhere();
    let mut child = program()
        .current_dir(folder.path())
        .args(["--listen", "127.0.0.1:0", "--scheduler-url", &address.to_string()])
        .args(["-o", "t.arrow", "--wait"])
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let _scheduler = Scheduler::start_at(address, Character::Echo);
    let mut line = String::new();
    BufReader::new(child.stderr.take().unwrap()).read_line(&mut line).unwrap();
    assert!(line.contains("listening at"), "{line}");
    child.kill().unwrap();
    child.wait().unwrap();
}

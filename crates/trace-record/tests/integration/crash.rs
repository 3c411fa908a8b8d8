//! Crashes, full disks, and what is left of a recording then.

use std::fs;
use std::process::Command;

use crate::support::{
    Character, Client, Recorder, Scheduler, body, poll_until, program, runtime, text, trace_at,
};

#[test]
fn a_killed_recorder_loses_nothing_that_its_journal_holds() {
    let scheduler = Scheduler::start(Character::Echo);
    let mut recorder = Recorder::start(scheduler.address, &["--fsync"]);
    let runtime = runtime();
    runtime.block_on(async {
        let client = Client::connect(recorder.address).await;
        for id in 0..50 {
            client.infer(id, body("m", &[4], id as u8)).await;
        }
    });
    let journal = recorder.path("t.arrow.journal");
    let lines = || fs::read_to_string(&journal).unwrap().lines().count();
    poll_until(|| lines() == 52, "the last row");
    recorder.kill();
    assert!(!recorder.path("t.arrow").exists());

    // The next recording would overwrite it.
    let mut command = program();
    command.current_dir(recorder.folder.path()).args(["-o", "t.arrow", "--listen", "127.0.0.1:0"]);
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{}", text(&output));
    let advice = "trace record --recover t.arrow.journal -o FILE";
    assert!(text(&output).contains(advice), "{}", text(&output));

    // A crash in the middle of a line.
    let mut bytes = fs::read(&journal).unwrap();
    bytes.truncate(bytes.len() - 5);
    fs::write(&journal, bytes).unwrap();
    let recover = |flags: &[&str]| {
        let mut command = program();
        command.current_dir(recorder.folder.path()).args(["--recover", "t.arrow.journal"]);
        command.args(["-o", "t.arrow"]).args(flags).output().unwrap()
    };
    let output = recover(&["--json"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&json["rows"], &json["journal_cut"]), (&49.into(), &true.into()));
    let (header, rows) = trace_at(&recorder.path("t.arrow"));
    assert!(rows.iter().map(|row| row.request.id.0).eq(0..49));
    assert_eq!(header.provenance[0].parameters["scheduler"], scheduler.address.to_string());
    assert!(journal.exists(), "whoever wants it gone deletes it");

    assert!(text(&recover(&[])).contains("t.arrow: it is there already"));
    let output = recover(&["--overwrite"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    assert!(text(&output).contains("the last line of the journal was cut off"));
}

/// A limit on the size of files stands for a full disk: writing fails in the middle of a line.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_stops_the_recording_and_not_the_traffic() {
    let scheduler = Scheduler::start(Character::Echo);
    let mut command = Command::new("sh");
    // The signal would end the program; ignored, the write fails instead.
    let script = "trap '' XFSZ; ulimit -f 4; exec \"$0\" \"$@\"";
    command.args(["-c", script, env!("CARGO_BIN_EXE_trace-record")]);
    let mut recorder = Recorder::start_by(command, scheduler.address, &[]);
    let runtime = runtime();
    let client = runtime.block_on(Client::connect(recorder.address));
    for id in 0..100 {
        let answer = runtime.block_on(client.infer(id, body("m", &[4], 0)));
        assert_eq!(answer.grpc_status(), "0");
    }
    let line = recorder.next_line();
    assert!(line.contains("t.arrow.journal: cannot write"), "{line}");
    assert_eq!(runtime.block_on(client.infer(100, body("m", &[4], 0))).grpc_status(), "0");
    drop(client);
    let ended = recorder.stop();
    assert_eq!(ended.output.status.code(), Some(2), "{}", text(&ended.output));
    assert!(text(&ended.output).contains("the recording is not whole"), "{}", text(&ended.output));

    let mut command = program();
    command.current_dir(ended.folder.path()).args(["--recover", "t.arrow.journal"]);
    let output = command.args(["-o", "t.arrow"]).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    let (_, rows) = trace_at(&ended.folder.path().join("t.arrow"));
    assert!((1..100).contains(&rows.len()), "{}", rows.len());
    assert!(rows.iter().map(|row| row.request.id.0).eq(0..rows.len() as i64));
}

#[cfg(target_os = "linux")]
#[test]
fn tensors_that_cannot_be_kept_do_not_stop_the_recording() {
    let scheduler = Scheduler::start(Character::Echo);
    let mut command = Command::new("sh");
    let script = "trap '' XFSZ; ulimit -f 200; exec \"$0\" \"$@\"";
    command.args(["-c", script, env!("CARGO_BIN_EXE_trace-record")]);
    let recorder =
        Recorder::start_by(command, scheduler.address, &["--keep-tensors", "kept", "--json"]);
    runtime().block_on(async {
        let client = Client::connect(recorder.address).await;
        for (shape, id) in [[1, 4], [100, 1_000], [1, 5]].iter().zip(0..) {
            client.infer(id, body("m", shape, 0)).await;
        }
    });
    let ended = recorder.stop();
    assert_eq!(ended.output.status.code(), Some(2), "{}", text(&ended.output));
    assert!(text(&ended.output).contains("cannot keep tensors any longer"));
    assert_eq!((&ended.json()["rows"], &ended.json()["whole"]), (&3.into(), &false.into()));
    assert_eq!(fs::read_dir(ended.folder.path().join("kept")).unwrap().count(), 1);
}

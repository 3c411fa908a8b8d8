//! `--reflection` at servers that do not describe themselves: nothing is sent to any of them.

use rustix::process::Signal;
use std::fs;

use super::record::Record;
use super::server::{Answer, Server};
use super::{FOR_EVER, INFER, PROMPT, SOON, refusal};
use crate::support::{Fixture, OK, text};

const FLAGS: [&str; 7] =
    ["--target", "proto", "--reflection", "--method", INFER, "--map", "empty.toml"];

const V1: &str = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo";

fn fixture() -> Fixture {
    let fixture = Fixture::brief();
    fs::write(fixture.path("empty.toml"), "").unwrap();
    fixture
}

fn check_asked_alone(server: &Server) {
    for call in server.calls() {
        assert!(call.path.starts_with("/grpc.reflection."), "{} was called", call.path);
    }
}

#[test]
fn a_server_that_does_not_describe_itself_is_sent_nothing() {
    let mut record = Record::default();
    let cases = [
        ("knows no reflection", Answer::Status(12, "unknown service")),
        ("keeps us out", Answer::Status(16, "no token")),
        ("says nothing of it", Answer::Message(Vec::new())),
        ("says what is no message", Answer::Message(vec![0xff; 12])),
        ("thinks for ever", Answer::Silence),
    ];
    for (name, answer) in cases {
        let fixture = fixture();
        let server = Server::start(move |_| answer.clone());
        let flags = [&FLAGS[..], &SOON].concat();
        record.add(name, &refusal(&fixture, &server.url(), &flags));
        check_asked_alone(&server);
    }
    snapbox::assert_data_eq!(record.into_text(), snapbox::file!["snapshots/reflection.txt"]);
}

#[test]
fn a_signal_while_a_server_thinks_of_its_proto_ends_it() {
    let fixture = fixture();
    let server = Server::start(|_| Answer::Silence);
    let flags = [&FLAGS[..], &FOR_EVER].concat();
    let running = fixture.start(server.address, &flags);
    server.wait_for_a_call_to(V1);
    running.signal(Signal::INT);
    let output = running.end_within(PROMPT).output;
    let said = text(&output);
    assert_eq!(output.status.code(), Some(130), "{said}");
    assert!(said.contains("interrupted") && !fixture.path("run.arrow").exists(), "{said}");
    check_asked_alone(&server);
}

/// Without a server there is ours, which describes itself.
#[test]
fn the_embedded_scheduler_describes_itself() {
    const MAP: &str = "[request]\ntier = \"{tier}\"\ndeadline_ns = \"{deadline_ns}\"\n\
                       model_name = \"{model}\"\n[reply]\nfield = \"success\"\n";
    let fixture = Fixture::patient();
    fs::write(fixture.path("m.toml"), MAP).unwrap();
    let mut command = fixture.replay();
    command.args(["--target", "proto", "--reflection", "--method", INFER, "--map", "m.toml"]);
    let output = command.args(["--workers", "64", "-o", "run.arrow"]).output().unwrap();
    let run = fixture.outcomes(output);
    run.check_complete(&fixture);
    run.check_ends(&[OK]);
}

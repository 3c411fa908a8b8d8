//! What keeps a run from a server: exit code 2 with the reason, and not one request sent.

use rustix::process::Signal;
use wire::inference::{
    MODEL_CONFIG_PATH, MODEL_INFER_PATH, MODEL_METADATA_PATH, MODEL_READY_PATH, ModelReadyResponse,
    SERVER_READY_PATH, ServerReadyResponse,
};

use super::TRITON;
use super::fake::{Fake, message};
use crate::support::{Fixture, OK, text};
use crate::targets::record::Record;
use crate::targets::server::Answer;
use crate::targets::{FOR_EVER, PROMPT, SOON, refusal};

/// Servers for which there can be no run.
fn refusing() -> Vec<(&'static str, Fake)> {
    let new = Fake::new;
    let not_ready = message(&ServerReadyResponse { ready: false });
    let not_loaded = message(&ModelReadyResponse { ready: false });
    let unknown = "Request for unknown model: 'resnet50' is not found";
    vec![
        ("not ready", new().says(SERVER_READY_PATH, not_ready)),
        ("starting", new().says(SERVER_READY_PATH, Answer::Status(14, "starting"))),
        ("keeps us out", new().says(SERVER_READY_PATH, Answer::Status(16, "no token"))),
        ("says what is no message", new().says(SERVER_READY_PATH, Answer::Message(vec![7; 9]))),
        ("does not know the model", new().says(MODEL_METADATA_PATH, Answer::Status(5, unknown))),
        ("has not loaded the model", new().says(MODEL_READY_PATH, not_loaded)),
        ("another shape", new().takes(&[("x", "FP32", &[-1, 3, 224, 224])])),
        ("another size", new().takes(&[("x", "FP32", &[-1, 5])])),
        ("another type", new().takes(&[("x", "INT64", &[-1, 4])])),
        ("two inputs", new().takes(&[("x", "FP32", &[-1, 4]), ("mask", "BOOL", &[4])])),
        ("an input of its own colours", new().takes(&[("\u{1b}[31mx", "BO\u{7}OL", &[-1, 4])])),
        ("a thousand inputs", new().takes(&[("x", "FP32", &[-1, 4][..]); 1000])),
        ("no inputs", new().takes(&[])),
        ("no metadata", new().says(MODEL_METADATA_PATH, Answer::Status(12, ""))),
        (
            "a text of its own colours",
            new().says(SERVER_READY_PATH, Answer::Status(13, "100%25 %1b[31mred%0a")),
        ),
    ]
}

#[test]
fn a_server_that_cannot_serve_the_trace_is_sent_nothing() {
    let fixture = Fixture::brief();
    let mut record = Record::default();
    for (name, fake) in refusing() {
        let server = fake.start();
        let said = refusal(&fixture, &server.url(), &TRITON);
        assert!(server.calls_to(MODEL_INFER_PATH).is_empty(), "{name}");
        record.add(name, &said);
    }
    snapbox::assert_data_eq!(record.into_text(), snapbox::file!["../snapshots/kserve.txt"]);
}

/// The map says what the server does not.
#[test]
fn a_server_that_tells_nothing_is_served_by_a_map() {
    let fixture = Fixture::brief();
    let map = "[request]\n\"inputs[0].name\" = \"image\"\n\"inputs[0].datatype\" = \"FP32\"\n";
    std::fs::write(fixture.path("image.toml"), map).unwrap();
    let unknown = || Answer::Status(12, "");
    let server = Fake::new()
        .says(SERVER_READY_PATH, unknown())
        .says(MODEL_METADATA_PATH, unknown())
        .says(MODEL_READY_PATH, unknown())
        .start();
    let flags = [&TRITON[..], &["--map", "image.toml"]].concat();
    let run = fixture.outcomes_at(server.address, &flags);
    run.check_ends(&[OK]);
    assert_eq!(run.info.parameters["map"], "triton, image.toml (sha256 675f96071558)");
    for call in server.calls_to(MODEL_INFER_PATH) {
        assert_eq!(super::decode(&call).1.inputs[0].name, "image");
    }
    let said = text(&run.output);
    assert!(said.contains("note: model") && said.contains("were not checked"), "{said}");
}

/// Nobody is there, on a port that was free a moment ago.
#[test]
fn a_server_that_is_not_there_is_exit_2() {
    let fixture = Fixture::brief();
    let gone = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let said = refusal(&fixture, &gone.to_string(), &TRITON);
    assert!(
        said.contains("cannot connect to the scheduler at ADDRESS; nothing was sent"),
        "{said}"
    );
}

/// Of two, the second is not ready: the first is sent nothing.
#[test]
fn both_servers_are_asked_before_either_is_sent_a_request() {
    let fixture = Fixture::brief();
    let a = Fake::new().start();
    let b = Fake::new().says(SERVER_READY_PATH, Answer::Status(14, "starting")).start();
    let versus = b.url();
    let flags = [&TRITON[..], &["--versus", &versus]].concat();
    let said = refusal(&fixture, &a.url(), &flags);
    assert!(said.contains("the server is not ready: starting"), "{said}");
    for server in [&a, &b] {
        assert!(server.calls_to(MODEL_INFER_PATH).is_empty());
    }
}

const QUESTIONS: [&str; 4] =
    [SERVER_READY_PATH, MODEL_METADATA_PATH, MODEL_READY_PATH, MODEL_CONFIG_PATH];

#[test]
fn a_signal_while_a_server_thinks_ends_it() {
    for question in QUESTIONS {
        let fixture = Fixture::brief();
        let server = Fake::new().says(question, Answer::Silence).start();
        let flags = [&TRITON[..], &FOR_EVER].concat();
        let running = fixture.start(server.address, &flags);
        server.wait_for_a_call_to(question);
        running.signal(Signal::INT);
        let output = running.end_within(PROMPT).output;
        let said = text(&output);
        assert_eq!(output.status.code(), Some(130), "{question}: {said}");
        assert!(said.contains("interrupted"), "{said}");
        assert!(
            server.calls_to(MODEL_INFER_PATH).is_empty() && !fixture.path("run.arrow").exists()
        );
    }
}

#[test]
fn a_server_that_thinks_for_ever_is_given_up() {
    let mut record = Record::default();
    record.add_all(&QUESTIONS, |question| {
        let fixture = Fixture::brief();
        let server = Fake::new().says(question, Answer::Silence).start();
        let said = refusal(&fixture, &server.url(), &[&TRITON[..], &SOON].concat());
        assert!(server.calls_to(MODEL_INFER_PATH).is_empty());
        said
    });
    snapbox::assert_data_eq!(record.into_text(), snapbox::file!["../snapshots/kserve_silent.txt"]);
}

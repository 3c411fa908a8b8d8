//! Attainment is what it should be, whatever the server does, and the run ends.

use outcome::{Code, Status};

use crate::support::{Character, Fixture, Server, text};

#[test]
fn an_honest_server_meets_nearly_every_slo() {
    let fixture = Fixture::new();
    let server = Server::start(Character::Honest);
    let run = fixture.outcomes_at(server.address, &[]);
    assert_eq!(run.count(Status::Ok), run.rows.len());
    assert!(run.rows.iter().all(|row| row.sent.is_some() && row.done >= row.sent));
    assert_eq!(run.info.subject, server.address.to_string());
    assert!(!run.info.cut_short);
    assert!(run.info.floor.is_some());
}

/// (character, its status, its code)
const LIARS: [(Character, Status, Option<Code>); 4] = [
    (Character::Refusing, Status::Rejected, None),
    (Character::Aborting, Status::Error, Some(Code::Aborted)),
    (Character::GivingUp, Status::Expired, Some(Code::DeadlineExceeded)),
    (Character::Confused, Status::Error, Some(Code::BadReply)),
];

#[test]
fn a_server_that_serves_nobody_attains_nothing() {
    for (character, status, code) in LIARS {
        let fixture = Fixture::new();
        let server = Server::start(character);
        let run = fixture.outcomes_at(server.address, &["--limit", "60"]);
        assert_eq!(run.count(status), 60, "{character:?}: {}", text(&run.output));
        assert!(run.rows.iter().all(|row| row.code == code), "{character:?}");
        assert_eq!(run.met(), 0);
    }
}

#[test]
fn a_server_that_never_answers_times_out_and_the_run_ends() {
    let fixture = Fixture::new();
    let server = Server::start(Character::Silent);
    let run = fixture.outcomes_at(server.address, &["--limit", "60", "--timeout", "300"]);
    assert_eq!(run.count(Status::Timeout), 60, "{}", text(&run.output));
    assert_eq!(run.met(), 0);
}

#[test]
fn a_server_that_dies_is_unavailable_from_then_on() {
    let fixture = Fixture::new();
    let server = Server::start_for(Character::Honest, 80);
    let run = fixture.outcomes_at(server.address, &[]);
    let (ok, gone) = (run.count(Status::Ok), run.count(Status::Unavailable));
    assert_eq!(ok + gone, run.rows.len(), "{}", text(&run.output));
    assert!(gone > 0, "it died before the end: {}", text(&run.output));
    assert!(run.met() <= ok);
}

#[test]
fn a_scheduler_that_is_not_there_is_exit_2_and_nothing_is_sent() {
    let fixture = Fixture::new();
    // A port that was free a moment ago.
    let address = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let url = address.to_string();
    let output = fixture.replay().args(["--scheduler-url", &url]).output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{}", text(&output));
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(error.contains(&format!("cannot connect to the scheduler at {url}")), "{error}");
    assert!(error.contains("nothing was sent"), "{error}");
}

/// It accepts connections and says nothing: HTTP/2 never begins.
#[test]
fn a_port_that_is_no_server_is_exit_2() {
    let fixture = Fixture::new();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = listener.local_addr().unwrap().to_string();
    let flags = ["--scheduler-url", &url, "--connect-timeout", "200"];
    let output = fixture.replay().args(flags).output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{}", text(&output));
    assert!(text(&output).contains("no HTTP/2 answer within 200ms"), "{}", text(&output));
}

//! How a server begins and ends.

use std::time::Duration;

use cluster::Emulation;
use scheduler::{Config, ServeError};

use crate::support::{Answer, Fixture, config, request};

/// A server with one request for this model in flight; stops it, and gives that request's answer.
fn stop_with_one_in_flight(model: &str, grace: Duration) -> Answer {
    let fixture = Fixture::new(Config { in_flight_max: 1, grace, ..config() });
    let in_flight = fixture.send(request(1, model));
    fixture.runtime.block_on(fixture.wait_full());
    let Fixture { server, runtime, client: _client } = fixture;
    server.stop().unwrap();
    runtime.block_on(in_flight).unwrap()
}

#[test]
fn a_request_in_flight_is_answered_before_the_end() {
    let answer = stop_with_one_in_flight("slow", Duration::from_secs(600));
    assert!(answer.unwrap().success);
}

/// Where nothing bounds the end, this takes a minute and fails: the request is served.
#[test]
fn a_request_that_outlasts_the_grace_does_not_hold_the_end_up() {
    let answer = stop_with_one_in_flight("stuck", Duration::from_millis(50));
    assert!(answer.is_err(), "{answer:?}");
}

#[test]
fn a_stopped_server_has_left_its_port() {
    let fixture = Fixture::new(config());
    let address = fixture.server.address();
    fixture.server.stop().unwrap();
    scheduler::start(config(), address).unwrap().stop().unwrap();
}

#[test]
fn a_port_in_use_is_an_error_that_names_it() {
    let holder = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = holder.local_addr().unwrap();
    let error = scheduler::start(config(), taken).unwrap_err();
    assert!(matches!(&error, ServeError::Listen { address, .. } if *address == taken), "{error}");
    assert!(error.to_string().contains("--listen"), "{error}");
}

#[test]
fn a_configuration_that_makes_no_sense_is_an_error() {
    let any = "127.0.0.1:0".parse().unwrap();
    let lifo = Config { policy: "lifo".into(), ..config() };
    assert!(matches!(scheduler::start(lifo, any), Err(ServeError::Policy(_))));
    let workers = "version = 1\n[[workers]]\nmodels = [\"unknown\"]\n";
    let workers = cluster::Workers::parse(workers).unwrap();
    let pinned = Config { emulation: Emulation { workers, ..config().emulation }, ..config() };
    let result = scheduler::start(pinned, any).and_then(scheduler::Server::stop);
    assert!(matches!(result, Err(ServeError::Workers(_))));
    let event_log = Some("no/such/folder/log".into());
    let result = scheduler::start(Config { event_log, ..config() }, any);
    assert!(matches!(result.and_then(scheduler::Server::stop), Err(ServeError::EventLog { .. })));
}

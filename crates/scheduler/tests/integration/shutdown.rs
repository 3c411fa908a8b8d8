//! How a server begins and ends.

use std::time::Duration;

use scheduler::{Config, ServeError};
use tonic::{Code, Request};

use crate::support::{Fixture, config, request};

#[test]
fn a_request_in_flight_is_answered_before_the_end() {
    let fixture = Fixture::new(config());
    let (client, runtime, server) = (fixture.client, fixture.runtime, fixture.server);
    let in_flight = runtime.block_on(async {
        let in_flight = client.send(request(1, "slow"));
        // Its refusal shows that the request before it has come.
        client.ask(Request::new(request(9, "slow"))).await.unwrap_err();
        in_flight
    });
    server.stop().unwrap();
    assert!(runtime.block_on(in_flight).unwrap().unwrap().success);
}

#[test]
fn a_request_that_outlasts_the_grace_does_not_hold_the_end_up() {
    let fixture = Fixture::new(Config { grace: Duration::from_millis(50), ..config() });
    let (client, runtime, server) = (fixture.client, fixture.runtime, fixture.server);
    let stuck = runtime.block_on(async {
        let stuck = client.send(request(1, "stuck"));
        client.ask(Request::new(request(9, "stuck"))).await.unwrap_err();
        stuck
    });
    server.stop().unwrap();
    let status = runtime.block_on(stuck).unwrap().unwrap_err();
    assert_ne!(status.code(), Code::Ok, "{status}");
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
    let nobody = Config { worker_count: 0, ..config() };
    let result = scheduler::start(nobody, any).and_then(scheduler::Server::stop);
    assert!(matches!(result, Err(ServeError::NoWorker)));
}

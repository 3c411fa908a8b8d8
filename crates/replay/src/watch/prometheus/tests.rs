use std::collections::BTreeMap;
use std::io::{Read, Write};

use super::*;
use crate::progress::testing::progress;

/// Sends `request` and gives back all of the answer.
fn ask(address: SocketAddr, request: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

fn metrics() -> Metrics {
    let mut metrics = Metrics::bind("127.0.0.1:0", "a \"b\"\nc").unwrap();
    metrics.look(&progress());
    metrics
}

/// Samples of an exposition by name and labels.
fn samples(body: &str) -> BTreeMap<&str, f64> {
    let lines = body.lines().filter(|line| !line.starts_with('#'));
    let sample = |line: &'_ str| -> Option<(usize, f64)> {
        let at = line.rfind(' ')?;
        Some((at, line[at + 1..].parse().ok()?))
    };
    lines
        .map(|line| {
            let (at, value) = sample(line).unwrap_or_else(|| panic!("not a sample: {line}"));
            (&line[..at], value)
        })
        .collect()
}

#[test]
fn a_scrape_over_a_socket_has_every_metric() {
    let metrics = metrics();
    let answer = ask(metrics.address(), "GET /metrics?x=1 HTTP/1.1\r\nhost: here\r\n\r\n");
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
    assert!(head.contains("content-type: application/openmetrics-text; version=1.0.0"), "{head}");
    assert!(head.contains(&format!("content-length: {}\r\n", body.len())), "{head}");
    assert!(body.ends_with("# EOF\n"), "{body}");

    let samples = samples(body);
    let of = |name: &str| {
        let name = format!("reprise_replay_{name}");
        *samples.get(name.as_str()).unwrap_or_else(|| panic!("no {name}: {body}"))
    };
    let progress = progress();
    assert_eq!(of("requests_planned"), 20_000.0);
    assert_eq!(of("requests_due_total"), 12_501.0);
    assert_eq!(of("requests_sent_total"), progress.sent as f64);
    assert_eq!(of("requests_in_flight"), progress.in_flight as f64);
    assert_eq!(of(r#"requests_ended_total{status="unavailable"}"#), 250.0);
    assert_eq!(of(r#"requests_ended_total{status="unsent"}"#), 0.0);
    assert_eq!(of("send_lag_seconds_count"), progress.sent as f64);
    assert_eq!(of(r#"send_lag_seconds_bucket{le="+Inf"}"#), progress.sent as f64);
    // One in a hundred sends is 3 ms late, and the rest less than 20 us.
    let punctual = of(r#"send_lag_seconds_bucket{le="0.00002"}"#);
    assert_eq!(punctual, of(r#"send_lag_seconds_bucket{le="0.002"}"#));
    assert_eq!(of(r#"send_lag_seconds_bucket{le="0.005"}"#) - punctual, 126.0);
    for (index, tier) in progress.tiers.iter().enumerate() {
        let number = index + 1;
        assert_eq!(of(&format!(r#"slo_met_total{{tier="{number}"}}"#)), tier.met as f64);
        assert_eq!(of(&format!(r#"slo_judged_total{{tier="{number}"}}"#)), tier.ended as f64);
        let met = of(&format!(r#"latency_seconds_bucket{{le="0.1",tier="{number}"}}"#));
        assert_eq!(met, tier.met as f64);
    }
    let info = r#"run_info{subject="localhost:50051",trace="a \"b\"\nc",run="2"}"#;
    assert_eq!(of(info), 1.0);
}

#[test]
fn before_the_first_look_there_is_nothing_to_see() {
    let metrics = Metrics::bind("127.0.0.1:0", "t").unwrap();
    let answer = ask(metrics.address(), "GET /metrics HTTP/1.0\r\n\r\n");
    assert!(answer.ends_with("\r\n\r\n# EOF\n"), "{answer}");
}

#[test]
fn anything_else_is_refused() {
    let metrics = metrics();
    let long = format!("GET /metrics HTTP/1.1\r\nx: {}", "y".repeat(8 << 10));
    for (request, status) in [
        ("GET / HTTP/1.1\r\n\r\n", "404 Not Found"),
        ("GET /metrics/ HTTP/1.1\r\n\r\n", "404 Not Found"),
        ("POST /metrics HTTP/1.1\r\n\r\n", "405 Method Not Allowed"),
        ("GET /metrics\r\n\r\n", "400 Bad Request"),
        ("\r\n\r\n", "400 Bad Request"),
        ("GET /metrics HTTP/2.0\r\n\r\n", "400 Bad Request"),
        (&long, "431 Request Header Fields Too Large"),
    ] {
        let answer = ask(metrics.address(), request);
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}\r\n")), "{request}: {answer}");
    }
    let head = ask(metrics.address(), "HEAD /metrics HTTP/1.1\r\n\r\n");
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n") && head.ends_with("\r\n\r\n"), "{head}");
}

#[test]
fn a_client_that_says_nothing_or_leaves_keeps_nobody_out() {
    let mut metrics = metrics();
    drop(TcpStream::connect(metrics.address()).unwrap());
    let silent = TcpStream::connect(metrics.address()).unwrap();
    // This one waits in line until the silent one has been given up, or the endpoint closes.
    metrics.close();
    drop(silent);
    assert!(TcpStream::connect(metrics.address()).is_err(), "it still listens");
}

#[test]
fn a_port_that_is_taken_is_an_error_that_names_it() {
    let metrics = metrics();
    let taken = metrics.address().to_string();
    for address in [taken.as_str(), "nowhere", "127.0.0.1:99999", "192.0.2.1:80"] {
        let Err(error) = Metrics::bind(address, "t") else { panic!("{address} was free") };
        assert!(error.to_string().contains(address), "{error}");
    }
}

#[test]
fn an_endpoint_on_every_interface_closes_too() {
    for address in ["0.0.0.0:0", "[::]:0"] {
        // A machine may have no IPv6.
        if let Ok(mut metrics) = Metrics::bind(address, "t") {
            metrics.close();
            assert!(TcpStream::connect(reachable(metrics.address())).is_err());
        }
    }
}

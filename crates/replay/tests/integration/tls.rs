//! The real binary against servers that speak TLS, and those that should and do not.

mod authority;
mod server;

use std::path::Path;
use std::process::Output;

use outcome::Status;
use tonic::metadata::MetadataMap;

use crate::support::{Fixture, Replayed, text};
use authority::{Authority, Identity};
use server::Server;

/// The longest SLO of the trace, ns.
const SLO_NS_MAX: u64 = 2_000_000_000;

/// A folder with a trace and the certificates of one test.
struct Secured {
    fixture: Fixture,
    authority: Authority,
}

impl Secured {
    /// The authority's certificate is in `ca.pem`.
    fn new() -> Self {
        let (fixture, authority) = (Fixture::new(), Authority::new("ours"));
        std::fs::write(fixture.path("ca.pem"), authority.pem()).unwrap();
        Self { fixture, authority }
    }

    /// A client's certificate in `me.pem`, its key in `me.key`.
    fn write_client(&self, identity: &Identity) {
        std::fs::write(self.fixture.path("me.pem"), &identity.certificate).unwrap();
        std::fs::write(self.fixture.path("me.key"), &identity.key).unwrap();
    }

    fn output(&self, url: &str, flags: &[&str]) -> Output {
        let mut replay = self.fixture.replay();
        replay.env_remove("REPLAY_TOKEN");
        replay.args(["--scheduler-url", url, "-o", "run.arrow", "--limit", "20"]);
        replay.args(flags).output().unwrap()
    }

    /// Every request arrives and is answered.
    fn succeeds(&self, server: &Server, url: &str, flags: &[&str]) -> Replayed {
        let output = self.output(url, flags);
        // A busy machine may make a run invalid; that is not what these tests are about.
        assert!(matches!(output.status.code(), Some(0 | 3)), "{}", text(&output));
        let run = Replayed::read(&self.fixture.path("run.arrow"), output);
        assert_eq!(run.count(Status::Ok), 20, "{}", text(&run.output));
        assert_eq!(server.seen().len(), 20);
        run
    }

    /// Nothing is sent, and each of `words` is said.
    fn fails(&self, url: &str, flags: &[&str], words: &[&str]) {
        let output = self.output(url, flags);
        assert_eq!(output.status.code(), Some(2), "{}", text(&output));
        let error = String::from_utf8(output.stderr).unwrap();
        for word in words {
            assert!(error.contains(word), "no '{word}' in: {error}");
        }
    }
}

const CA: [&str; 2] = ["--tls-ca", "ca.pem"];

#[test]
fn a_server_of_a_trusted_authority_is_replayed_at() {
    let secured = Secured::new();
    let server = Server::tls(&secured.authority.issue(&["127.0.0.1"]));
    let run = secured.succeeds(&server, &server.url(), &CA);
    assert_eq!(run.info.subject, server.url());
}

#[test]
fn a_server_of_an_unknown_authority_is_exit_2_with_the_way_out() {
    let secured = Secured::new();
    let theirs = Authority::new("theirs");
    let server = Server::tls(&theirs.issue(&["127.0.0.1"]));
    let words = ["the certificate of 127.0.0.1 is signed by nobody in ca.pem", "--tls-ca"];
    secured.fails(&server.url(), &CA, &words);
    // The system's authorities have not signed it either, where there are any.
    secured.fails(&server.url(), &[], &["--tls-ca"]);
    assert!(server.seen().is_empty());
}

#[test]
fn a_system_without_authorities_is_exit_2_with_the_way_out() {
    let secured = Secured::new();
    std::fs::create_dir(secured.fixture.path("none")).unwrap();
    let output = secured
        .fixture
        .replay()
        .env_remove("SSL_CERT_FILE")
        .env("SSL_CERT_DIR", "none")
        .args(["--scheduler-url", "https://127.0.0.1:1"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2), "{}", text(&output));
    assert!(text(&output).contains("the system has no CA certificates"), "{}", text(&output));
}

#[test]
fn a_certificate_for_another_name_is_exit_2_and_the_server_name_mends_it() {
    let secured = Secured::new();
    let server = Server::tls(&secured.authority.issue(&["scheduler.example"]));
    let words = ["is not for 127.0.0.1 but for scheduler.example;", "--tls-server-name"];
    secured.fails(&server.url(), &CA, &words);
    assert!(server.seen().is_empty());
    let named = [&CA[..], &["--tls-server-name", "scheduler.example"]].concat();
    secured.succeeds(&server, &server.url(), &named);
}

#[test]
fn an_expired_certificate_is_exit_2_with_its_end() {
    let secured = Secured::new();
    let server = Server::tls(&secured.authority.issue_expired(&["127.0.0.1"]));
    let words = ["the certificate of 127.0.0.1 expired at 2001-01-01T00:00:00Z"];
    secured.fails(&server.url(), &CA, &words);
    assert!(server.seen().is_empty());
}

#[test]
fn a_client_certificate_is_shown_where_it_is_wanted() {
    let secured = Secured::new();
    let clients = Authority::new("clients");
    secured.write_client(&clients.issue(&["me"]));
    let server = Server::mutual_tls(&secured.authority.issue(&["127.0.0.1"]), &clients);
    // A reset may overtake the server's complaint; the words then name both.
    secured.fails(&server.url(), &CA, &["client certificate", "--tls-cert", "--tls-key"]);
    assert!(server.seen().is_empty());
    let shown = [&CA[..], &["--tls-cert", "me.pem", "--tls-key", "me.key"]].concat();
    secured.succeeds(&server, &server.url(), &shown);
}

#[test]
fn a_client_certificate_of_another_authority_is_exit_2() {
    let secured = Secured::new();
    let clients = Authority::new("clients");
    secured.write_client(&secured.authority.issue(&["me"]));
    let server = Server::mutual_tls(&secured.authority.issue(&["127.0.0.1"]), &clients);
    let shown = [&CA[..], &["--tls-cert", "me.pem", "--tls-key", "me.key"]].concat();
    secured.fails(&server.url(), &shown, &["does not accept the client certificate"]);
    assert!(server.seen().is_empty());
}

#[test]
fn a_plaintext_server_behind_https_is_exit_2() {
    let secured = Secured::new();
    let server = Server::plain();
    let url = format!("https://127.0.0.1:{}", server.port());
    secured.fails(&url, &CA, &["leave out https://"]);
    assert!(server.seen().is_empty());
}

/// It accepts connections and says nothing.
#[test]
fn a_silent_port_behind_https_is_exit_2_after_the_connect_timeout() {
    let secured = Secured::new();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    let flags = [&CA[..], &["--connect-timeout", "200"]].concat();
    secured.fails(&url, &flags, &["within 200ms"]);
}

#[test]
fn a_tls_server_without_https_is_exit_2() {
    let secured = Secured::new();
    let server = Server::tls(&secured.authority.issue(&["127.0.0.1"]));
    let url = format!("127.0.0.1:{}", server.port());
    secured.fails(&url, &[], &["cannot connect to the scheduler at 127.0.0.1", "https://"]);
    secured.fails(&url, &CA, &["--tls-ca asks for TLS", "https://"]);
    assert!(server.seen().is_empty());
}

#[test]
fn files_that_will_not_do_are_exit_2_before_anything_is_connected() {
    let secured = Secured::new();
    secured.write_client(&secured.authority.issue(&["me"]));
    let url = "https://127.0.0.1:1";
    for (flags, reason) in [
        (&["--tls-ca", "absent"][..], "absent: cannot read"),
        (&["--tls-ca", "t.arrow"], "t.arrow: not PEM"),
        (&["--tls-ca", "me.key"], "me.key: no certificate in it"),
        (&["--tls-ca", "ca.pem", "--tls-cert", "me.pem"], "--tls-cert needs --tls-key"),
        (
            &["--tls-ca", "ca.pem", "--tls-cert", "ca.pem", "--tls-key", "me.key"],
            "me.key: this key does not belong to the first certificate in ca.pem",
        ),
    ] {
        secured.fails(url, flags, &[reason]);
    }
}

/// Whether `secret` is in any file of the folder but `except`.
fn is_in_files(folder: &Path, secret: &str, except: &str) -> bool {
    std::fs::read_dir(folder).unwrap().any(|entry| {
        let path = entry.unwrap().path();
        if path.is_dir() {
            return is_in_files(&path, secret, except);
        }
        let bytes = std::fs::read(&path).unwrap();
        let found = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
        found && !path.ends_with(except)
    })
}

#[test]
fn headers_and_token_arrive_and_are_kept_nowhere() {
    let secured = Secured::new();
    let server = Server::tls(&secured.authority.issue(&["127.0.0.1"]));
    std::fs::write(secured.fixture.path("token"), "hush-token\n").unwrap();
    let flags = ["--token-file", "token", "--header", "X-Team=hush-value"];
    let flags = [&CA[..], &flags, &["--header", "x-id-bin=aHVzaC1ieXRlcw=="]].concat();
    let run = secured.succeeds(&server, &server.url(), &flags);
    for metadata in server.seen() {
        assert_eq!(metadata.get("authorization").unwrap(), "Bearer hush-token");
        assert_eq!(metadata.get("x-team").unwrap(), "hush-value");
        assert_eq!(metadata.get_bin("x-id-bin").unwrap().to_bytes().unwrap(), "hush-bytes");
    }
    for secret in ["hush-token", "hush-value", "aHVzaC1ieXRlcw", "hush-bytes"] {
        assert!(!text(&run.output).contains(secret), "{}", text(&run.output));
        assert!(!is_in_files(secured.fixture.folder.path(), secret, "token"), "{secret}");
    }
}

#[test]
fn a_token_of_the_environment_arrives_and_is_kept_nowhere() {
    let secured = Secured::new();
    let server = Server::plain();
    let run = |arguments: &[&str]| {
        let mut replay = secured.fixture.replay();
        replay.env("REPLAY_TOKEN", "hush-token").args(arguments).output().unwrap()
    };
    let output = run(&["--scheduler-url", &server.url(), "-o", "run.arrow", "--limit", "20"]);
    assert!(matches!(output.status.code(), Some(0 | 3)), "{}", text(&output));
    let seen = server.seen();
    assert_eq!(seen.len(), 20);
    let bearer =
        |metadata: &MetadataMap| metadata.get("authorization").unwrap() == "Bearer hush-token";
    assert!(seen.iter().all(bearer));
    for output in [output, run(&["--help"]), run(&["--header", "authorization=hush-value"])] {
        assert!(!text(&output).contains("hush"), "{}", text(&output));
    }
    assert!(!is_in_files(secured.fixture.folder.path(), "hush", ""));
}

/// What a value of `grpc-timeout` means, ns.
fn grpc_timeout_ns(value: &str) -> u64 {
    let (digits, unit) = value.split_at(value.len() - 1);
    let unit_ns = match unit {
        "n" => 1,
        "u" => 1_000,
        "m" => 1_000_000,
        "S" => 1_000_000_000,
        _ => panic!("{value} is too coarse for an SLO"),
    };
    digits.parse::<u64>().unwrap() * unit_ns
}

#[test]
fn the_deadline_travels_as_a_timeout_where_that_is_wanted() {
    let secured = Secured::new();
    let server = Server::plain();
    secured.succeeds(&server, &server.url(), &["--propagate-deadline"]);
    for metadata in server.seen() {
        let timeout = metadata.get("grpc-timeout").unwrap().to_str().unwrap();
        assert!((1..=SLO_NS_MAX).contains(&grpc_timeout_ns(timeout)), "{timeout}");
    }
    let (secured, server) = (Secured::new(), Server::plain());
    secured.succeeds(&server, &server.url(), &[]);
    assert!(server.seen().iter().all(|metadata| metadata.get("grpc-timeout").is_none()));
}

//! Schedulers that cannot be reached: exit code 2, soon, with the reason, and nothing left behind.

use std::process::Output;

use crate::support::child::Running;
use crate::support::frame::{NO_ERROR, go_away, settings};
use crate::support::peer::{Link, Peer};
use crate::support::{Fixture, check_each, text};

/// Replays at `url`, where there can be no run.
fn refusal(fixture: &Fixture, url: &str, flags: &[&str]) -> Output {
    let mut command = fixture.replay();
    command.args(["--scheduler-url", url, "-o", "run.arrow", "--metrics-csv", "m.csv"]).args(flags);
    let output = Running::start(&mut command).end().output;
    let said = text(&output);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(output.stdout.is_empty(), "there is no result to print: {said}");
    assert!(!said.contains("panicked"), "{said}");
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(error.contains(url), "where: {said}");
    assert!(error.contains("nothing was sent"), "{said}");
    let mut left: Vec<_> = std::fs::read_dir(fixture.folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    left.sort_unstable();
    assert_eq!(left, ["t.arrow"], "no file pretends that there was a run");
    output
}

/// RFC 6761, 6.4: a name under .invalid exists nowhere.
#[test]
fn a_name_that_does_not_exist_is_exit_2() {
    let fixture = Fixture::brief();
    let url = "does-not-exist.invalid:50051";
    // Whether the resolver says no or says nothing, there is a bound.
    refusal(&fixture, url, &["--connect-timeout", "2000"]);
}

/// What a peer does with a connection.
type Script = fn(&mut Link);

#[test]
fn a_peer_that_is_no_scheduler_is_exit_2() {
    let cases: &[(&str, Script)] = &[
        ("silent", |link| link.hold()),
        ("closes at once", |_| ()),
        ("closes after the preface", |link| {
            link.read_preface();
        }),
        ("HTTP/1", |link| answer(link, b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n")),
        // A handshake failure: what a TLS port says to plaintext.
        ("TLS", |link| answer(link, &[0x15, 3, 1, 0, 2, 2, 40])),
        ("SSH", |link| answer(link, b"SSH-2.0-OpenSSH_9.9\r\n")),
        ("garbage", |link| answer(link, &[0xff; 100])),
        ("settings and nothing else", |link| {
            if link.read_preface() && link.write(&settings(&[])) {
                link.hold();
            }
        }),
        ("goodbye at once", |link| {
            answer(link, &[settings(&[]), go_away(0, NO_ERROR)].concat());
        }),
        // The first connection is fine, and no other.
        ("one connection only", |link| {
            if link.connection == 0 {
                link.greet(&[], 0);
                link.serve();
            }
        }),
    ];
    check_each(cases, |script| {
        let fixture = Fixture::brief();
        let peer = Peer::raw(*script);
        refusal(&fixture, &peer.address.to_string(), &["--connect-timeout", "1000"]);
        assert!(peer.seen().is_empty());
    });
}

/// Says this to whoever comes, and closes.
fn answer(link: &mut Link, bytes: &[u8]) {
    if link.read_preface() {
        link.write(bytes);
    }
}

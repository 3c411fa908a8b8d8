//! What the flags mean, and that they keep their secrets.

use clap::{CommandFactory, Parser};

use super::*;
use crate::tls::authority::Authority;

#[derive(Debug, Parser)]
#[command(name = "replay")]
struct Cli {
    #[command(flatten)]
    security: Security,
}

fn parse(flags: &[&str]) -> Security {
    let flags = std::iter::once(&"replay").chain(flags);
    Cli::try_parse_from(flags).unwrap().security
}

fn endpoint(url: &str) -> Endpoint {
    url.parse().unwrap()
}

#[test]
fn without_flags_a_plaintext_address_takes_nothing() {
    let security = parse(&[]);
    assert!(security.tls(&endpoint("h:1")).unwrap().is_none());
    assert_eq!(security.metadata_with(None).unwrap().names().count(), 0);
    assert!(!security.propagate_deadline());
    assert!(parse(&["--propagate-deadline"]).propagate_deadline());
}

#[test]
fn flags_of_tls_with_a_plaintext_address_are_refused() {
    for flag in ["--tls-ca", "--tls-cert", "--tls-key", "--tls-server-name"] {
        let error = parse(&[flag, "x"]).tls(&endpoint("h:1")).unwrap_err().to_string();
        assert!(error.starts_with(&format!("{flag} asks for TLS, but h:1 ")), "{error}");
        assert!(error.contains("https://"), "{error}");
    }
}

#[test]
fn an_https_address_takes_what_the_flags_name() {
    let folder = tempfile::tempdir().unwrap();
    let (ca, authority) = (folder.path().join("ca.pem"), Authority::new("ours"));
    std::fs::write(&ca, authority.pem()).unwrap();
    let ca = ca.display().to_string();
    for (flags, name) in [(&[][..], "h"), (&["--tls-server-name", "other"], "other")] {
        let security = parse(&[&["--tls-ca", &ca], flags].concat());
        let tls = security.tls(&endpoint("https://h")).unwrap().unwrap();
        assert_eq!(tls.server_name.to_str(), name);
    }
    let error = parse(&["--tls-ca", &ca, "--tls-cert", &ca]).tls(&endpoint("https://h"));
    assert!(error.unwrap_err().to_string().contains("--tls-cert needs --tls-key"));
    let error = parse(&["--tls-ca", "/absent/ca"]).tls(&endpoint("https://h"));
    assert!(error.unwrap_err().to_string().starts_with("/absent/ca: cannot read"));
}

#[test]
fn a_token_comes_from_the_file_or_else_from_the_environment() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("token");
    std::fs::write(&path, "of-file\n").unwrap();
    let path = path.display().to_string();
    let sent = |flags: &[&str], variable: Option<&str>| {
        let metadata = parse(flags).metadata_with(variable.map(OsString::from)).unwrap();
        let mut headers = http::HeaderMap::new();
        metadata.apply(&mut headers);
        headers.get("authorization").map(|value| value.to_str().unwrap().to_owned())
    };
    assert_eq!(sent(&[], None), None);
    assert_eq!(sent(&[], Some("of-variable")).unwrap(), "Bearer of-variable");
    assert_eq!(sent(&["--token-file", &path], None).unwrap(), "Bearer of-file");
    assert_eq!(sent(&["--token-file", &path], Some("of-variable")).unwrap(), "Bearer of-file");
}

#[test]
fn errors_and_debug_show_no_secret() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("token");
    std::fs::write(&path, "hush hush").unwrap();
    let path = path.display().to_string();
    for (flags, variable, reason) in [
        (&["--header", "hush"][..], None, "--header number 1: no '='"),
        (&["--header", "key=hush\n"], None, "byte 5 of the value of key"),
        (&["--token-file", &path], None, "byte 5 of the token is a blank"),
        (&[], Some("hush hush"), "REPLAY_TOKEN: byte 5 of the token is a blank"),
        (&[], Some(""), "REPLAY_TOKEN: the token is empty"),
        (&["--header", "authorization=hush"], Some("hush"), "by --header and by --token-file"),
    ] {
        let security = parse(flags);
        let error = security.metadata_with(variable.map(OsString::from)).unwrap_err();
        let shown = format!("{error:#} {error:?} {security:?}");
        assert!(shown.contains(reason), "{reason}: {shown}");
        assert!(!shown.contains("hush"), "{shown}");
    }
}

#[test]
fn the_help_explains_every_flag_under_one_heading() {
    let help = Cli::command().render_long_help().to_string();
    assert!(help.contains("Security:"), "{help}");
    for flag in ["--tls-ca", "--tls-cert", "--tls-key", "--tls-server-name", "--header"] {
        assert!(help.contains(flag), "{help}");
    }
    assert!(help.contains("--token-file") && help.contains("REPLAY_TOKEN"), "{help}");
    assert!(!help.contains("env:"), "clap would print what is set: {help}");
}

#[test]
fn only_what_leaves_the_machine_in_the_clear_is_exposed() {
    for (url, exposed) in [
        ("h:1", true),
        ("10.0.0.1:1", true),
        ("[2001:db8::1]:1", true),
        ("localhost.example:1", true),
        ("localhost:1", false),
        ("LOCALHOST:1", false),
        ("127.0.0.1:1", false),
        ("127.8.8.8:1", false),
        ("[::1]:1", false),
        ("[::ffff:127.0.0.1]:1", false),
        ("https://h:1", false),
    ] {
        assert_eq!(is_exposed(&endpoint(url)), exposed, "{url}");
    }
}

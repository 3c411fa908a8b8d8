//! Flags and maps that make no sense: exit code 2, a line that says what to do, nothing sent.

use std::fs;

use super::record::Record;
use super::server::{Answer, Server};
use super::{INFER, SCHEDULER_PROTO, refusal};
use crate::support::Fixture;

/// A map that is as good as the proto allows.
const MAP: &str = "[request]\ntier = \"{tier}\"\ninput_tensor = \"{tensor}\"\n";

/// Refused flags, at a server that would say yes to anything.
struct Misuse {
    fixture: Fixture,
    server: Server,
    record: Record,
}

impl Misuse {
    fn new() -> Self {
        let fixture = Fixture::brief();
        fs::copy(SCHEDULER_PROTO, fixture.path("s.proto")).unwrap();
        fs::write(fixture.path("m.toml"), MAP).unwrap();
        let server = Server::start(|_| Answer::Message(Vec::new()));
        Self { fixture, server, record: Record::default() }
    }

    fn flags(&mut self, flags: &[&str]) {
        self.flags_as(&flags.join(" "), flags);
    }

    fn flags_as(&mut self, case: &str, flags: &[&str]) {
        let said = refusal(&self.fixture, &self.server.url(), flags);
        self.record.add(case, &said);
        let calls = self.server.calls();
        assert!(calls.is_empty(), "{case}: {} was called", calls[0].path);
    }

    /// The same of `--target proto` with a map of this text.
    fn map(&mut self, map: &str) {
        fs::write(self.fixture.path("bad.toml"), map).unwrap();
        self.flags_as(map.trim_end(), &proto_and(&["--map", "bad.toml"]));
    }

    fn into_text(self) -> String {
        self.record.into_text()
    }
}

/// All that `--target proto` needs, except for a map.
fn proto_and<'a>(flags: &[&'a str]) -> Vec<&'a str> {
    [&["--target", "proto", "--proto", "s.proto", "--method", INFER], flags].concat()
}

#[test]
fn flags_that_do_not_go_together() {
    let mut misuse = Misuse::new();
    for flags in [
        &["--target", "triton"][..],
        &["--target", "proto"],
        &["--method", INFER],
        &["--proto", "s.proto"],
        &["--reflection"],
        &["--target", "kserve", "--method", INFER],
        &["--target", "proto", "--method", INFER],
        &["--target", "proto", "--method", INFER, "--map", "m.toml"],
        &["--target", "proto", "--proto", "s.proto", "--map", "m.toml"],
        &proto_and(&[]),
        &proto_and(&["--map", "m.toml", "--reflection"]),
        &["--target", "proto", "--method", INFER, "--map", "m.toml", "--proto-path", "."],
        &proto_and(&["--map", "m.toml", "--proto-path", "nowhere"]),
        &["--target", "proto", "--proto", "s.proto", "--method", "Infer", "--map", "m.toml"],
        &["--target", "proto", "--proto", "none.proto", "--method", INFER, "--map", "m.toml"],
        &["--target", "proto", "--proto", ".", "--method", INFER, "--map", "m.toml"],
        &["--target", "proto", "--proto", "t.arrow", "--method", INFER, "--map", "m.toml"],
    ] {
        misuse.flags(flags);
    }
    snapbox::assert_data_eq!(misuse.into_text(), snapbox::file!["snapshots/flags.txt"]);
}

/// Only a kserve server must have an address.
#[test]
fn the_embedded_scheduler_is_no_kserve_server() {
    let fixture = Fixture::brief();
    let mut command = fixture.replay();
    let output = command.args(["--target", "kserve", "-o", "run.arrow"]).output().unwrap();
    let said = super::refused(&fixture, &output);
    assert!(said.contains("--target kserve needs --scheduler-url or SCHEDULER_URL"), "{said}");
}

#[test]
fn maps_that_are_none() {
    let mut misuse = Misuse::new();
    let path = |name| misuse.fixture.path(name);
    fs::create_dir(path("folder")).unwrap();
    fs::write(path("binary.toml"), [b'#', 0xff, 0xfe, b'\n']).unwrap();
    fs::write(path("long.toml"), format!("{MAP}{}", "# nothing\n".repeat(1 << 20))).unwrap();
    for map in ["none.toml", "tritn", "folder", "binary.toml", "long.toml", "/dev/zero", ""] {
        misuse.flags(&proto_and(&["--map", map]));
    }
    for map in [
        "[request\n",
        "[request]\ntier = 1\ntier = 2\n",
        "[requests]\n",
        "[reply]\nfields = \"success\"\n",
        "[[ending]]\ngrpc = \"BUSY\"\nstatus = \"rejected\"\n",
        "[[ending]]\ngrpc = \"UNAVAILABLE\"\nstatus = \"full\"\n",
    ] {
        misuse.map(map);
    }
    snapbox::assert_data_eq!(misuse.into_text(), snapbox::file!["snapshots/no_maps.txt"]);
}

#[test]
fn maps_that_do_not_fit_the_proto() {
    let mut misuse = Misuse::new();
    for entry in [
        // The path.
        "priority = 1",
        "\"tier.level\" = 1",
        "\"tier[0]\" = 1",
        "\"tier[\" = 1",
        "\"\" = 1",
        // What it holds.
        "tier = \"{tiers}\"",
        "tier = \"{tier\"",
        "tier = \"high\"",
        "tier = 3_000_000_000",
        "tier = true",
        "tier = 1.5",
        "tier = { of = \"tier\", values = { 1 = 1, 2 = 2 } }",
        "tier = { of = \"slo\", values = { rush = 1 } }",
        "tier = { of = \"day\", values = { 1 = 1 } }",
        "tier = \"{tensor}\"",
        "tier = \"{model}\"",
        "model_name = \"{shape}\"",
        "model_name = \"{input}\"",
        "input_tensor = \"{tier}\"",
        "input_shape = \"{tier}\"",
        // Numbers that only some requests have: an SLO of 3 s and more in 32 bits of ns.
        "tier = \"{slo_ns}\"",
        "tier = \"{deadline_ms}\"",
        "tier = { of = \"tier\", scale = 1e12 }",
    ] {
        misuse.map(&format!("[request]\n{entry}\n"));
    }
    for reply in [
        "field = \"ok\"",
        "field = \"success.code\"",
        "field = \"message\"",
        "field = \"success\"\nvalues = { yes = \"ok\" }",
        "values = { true = \"ok\" }",
        "echo = { field = \"id\", value = \"{request_id}\" }",
        "echo = { field = \"success\", value = \"{request_id}\" }",
        "echo = { field = \"message\", value = \"{model}\" }",
    ] {
        misuse.map(&format!("{MAP}[reply]\n{reply}\n"));
    }
    snapbox::assert_data_eq!(misuse.into_text(), snapbox::file!["snapshots/unfit_maps.txt"]);
}

#[test]
fn headers_that_cannot_be_sent() {
    let mut misuse = Misuse::new();
    for template in [
        "x-tier",
        "=1",
        "x-tier={tear}",
        "x-tier={tier",
        "x-tier=",
        "x-tier-bin=",
        "x-tier={tensor}",
        "grpc-timeout={remaining_ms}m",
        "te={tier}",
        "Request-Id={request_id}",
        ":path={tier}",
        "host={model}",
        "x tier={tier}",
        "x-tier=a\nb",
        "x-tier=\u{e9}",
        "x-tier= {tier}",
    ] {
        misuse.flags(&["--header-template", template]);
    }
    let token = "authorization=Bearer {request_id}";
    misuse.flags(&["--header-template", token, "--header", "authorization=hush"]);
    for header in [
        "grpc-timeout = \"1S\"",
        "te = \"{tier}\"",
        "X-Tier = \"tier\\n{tier}\"",
        "x-name = \"é{tier}\"",
        "x-list = [1, 2]",
    ] {
        misuse.map(&format!("{MAP}[headers]\n{header}\n"));
    }
    snapbox::assert_data_eq!(misuse.into_text(), snapbox::file!["snapshots/headers.txt"]);
}

//! A policy of a user's own in both programs, as `examples/own-policy` shows it.

use std::fs;

use crate::programs::{Server, outcomes, program, run};

#[test]
fn a_policy_of_ones_own_runs_in_the_simulator_and_in_the_scheduler() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let flags = ["gen", "--workload", "urgent_heavy", "--total-qps", "60", "--tensor-shape", "1x4"];
    run(program("trace", folder).args(flags).args(["--duration-ms", "800", "-o", "t.arrow"]), &[0]);

    let simulated = ["sim", "t.arrow", "--policy", "tier-lifo,edf", "-o", "out"];
    run(program("own-policy", folder).args(simulated), &[0]);
    let (info, rows) = outcomes(&folder.join("out/tier-lifo.arrow"));
    assert_eq!(info.subject, "tier-lifo");
    assert!(rows != outcomes(&folder.join("out/edf.arrow")).1, "the policy must matter");

    let listen = ["scheduler", "--listen", "127.0.0.1:0", "--policy", "tier-lifo:late=drop"];
    let server = Server::start(program("own-policy", folder).args(listen));
    let replayed = ["t.arrow", "--scheduler-url", &server.address, "-o", "run.arrow"];
    run(program("replay", folder).args(replayed), &[0, 3]);
    assert!(server.stop().status.success());
    let (_, rows) = outcomes(&folder.join("run.arrow"));
    assert!(rows.iter().any(outcome::Outcome::slo_met), "{rows:?}");
}

/// The length that a newcomer is promised.
#[test]
fn the_example_has_fewer_than_60_lines() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/own-policy/src/main.rs");
    assert!(fs::read_to_string(path).unwrap().lines().count() < 60);
}

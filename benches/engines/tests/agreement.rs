//! Whatever is compared for speed must have done the same: engines are held to the bare loop's
//! waits, to the nanosecond.
#![expect(clippy::unwrap_used, reason = "helpers of tests, too, may fail the test")]

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::ValueEnum;
use cluster::Profile;
use engines::{Engine, Policy, Service, Waits, Work, engine};
use trace::{Amounts, WorkloadFile, generate_to};

const WORKERS: [u32; 3] = [1, 4, 20];
const REQUESTS: u64 = 20_000;

fn here(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// The work of the script, at the rate that loads so many workers as it loads four.
fn work(workers: u32) -> Work {
    let amounts = Amounts {
        count: Some(REQUESTS),
        total_qps: Some(90.0 * f64::from(workers)),
        ..Amounts::default()
    };
    let file = WorkloadFile::read(&here("workload.toml")).unwrap();
    let workload = file.workload(&amounts).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("trace.arrow");
    let written = generate_to(Vec::new(), &workload, request::Seed(42), 1, |_, _| {}).unwrap();
    std::fs::write(&path, written.out).unwrap();
    let mut work = Work::read(&path, &here("profile.toml"), workers).unwrap();
    work.draw_all();
    work
}

fn waits(engine: Engine, policy: Policy, service: Service, work: &Work) -> Waits {
    engine::run(engine, policy, service, work).unwrap().0
}

#[test]
fn all_engines_make_requests_wait_equally_long() {
    for workers in WORKERS {
        let work = work(workers);
        for &policy in Policy::value_variants() {
            let expected = waits(Engine::Bare, policy, Service::Drawn, &work);
            assert_eq!(expected.count.iter().sum::<u64>(), REQUESTS);
            assert!(expected.sum_ns.iter().all(|&sum| sum > 0), "somebody waits: {expected:?}");
            for &engine in Engine::value_variants().iter().filter(|one| one.follows(policy)) {
                for &service in Service::value_variants().iter().filter(|one| engine.offers(**one))
                {
                    let found = waits(engine, policy, service, &work);
                    assert_eq!(found, expected, "{engine:?} {policy:?} {service:?} {workers}");
                }
            }
        }
    }
}

/// Bursts every 40 ns and services of 10 or 20: most bursts meet completions, which an agenda learns
/// of after the burst, and would put behind it.
#[test]
fn engines_agree_on_the_order_within_a_moment() {
    for workers in WORKERS {
        let mut work = work(workers);
        for row in Arc::make_mut(&mut work.rows) {
            row.arrival_ns = row.id / (3 * i64::from(workers)) * 40;
            row.deadline_ns = row.arrival_ns + row.id % 7 * 20;
            row.service_ns = 10 + row.id % 3 / 2 * 10;
        }
        for &policy in Policy::value_variants() {
            let expected = waits(Engine::Bare, policy, Service::Ready, &work);
            for engine in [Engine::Nexosim, Engine::Simcore] {
                let found = waits(engine, policy, Service::Ready, &work);
                assert_eq!(found, expected, "{engine:?} {policy:?} {workers}");
            }
        }
    }
}

#[test]
fn a_summary_leaves_waits_as_they_are() {
    let work = work(4);
    for engine in [Engine::Bare, Engine::Reprise] {
        let (summary, _) =
            engine::run_with_summary(engine, Policy::Edf, Service::Drawn, &work).unwrap();
        assert_eq!(summary.waits(), waits(engine, Policy::Edf, Service::Drawn, &work));
        let classes = summary.to_json();
        let counts = classes.as_array().unwrap().iter().map(|class| class["count"].as_u64());
        assert_eq!(counts.flatten().sum::<u64>(), REQUESTS);
    }
}

/// What the script computes rates from.
#[test]
fn the_profile_has_the_mean_that_the_rates_assume() {
    let profile = Profile::read(&here("profile.toml")).unwrap();
    let mean = profile.of(profile.model("any").unwrap()).mean(1);
    assert_eq!(mean, std::time::Duration::from_millis(10));
}

/// A comparison with `sim` is one only if both were compiled alike.
#[test]
fn the_release_profile_is_the_toolkits() {
    let profile = |path: &str| {
        let text = std::fs::read_to_string(here(path)).unwrap();
        let table: toml::Table = text.parse().unwrap();
        table["profile"]["release"].clone()
    };
    assert_eq!(profile("Cargo.toml"), profile("../../Cargo.toml"));
}

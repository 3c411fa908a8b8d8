//! The twin: what a live scheduler saw, told to a fresh policy in a cluster of virtual time, leads
//! to the very same decisions. So what is said of a policy in `sim` is said of `scheduler` too.

use std::fs;
use std::path::Path;

use cluster::log::{self, LogLine};
use cluster::{Cluster, Emulation, Observer, Profile, Served, Violation, Workers};
use policy::{Actions, Event, RefusalReason};
use request::{Moment, Request, Seed};

use crate::programs::{Server, program, run};

/// Batches, models that must be loaded, boundaries: whatever can happen in a cluster.
const PROFILE: &str = "version = 1
[models.vit]
law = \"lognormal\"
mean_ms = 9
cv = 0.4
memory_mb = 300
load_ms = 4
batch_size_max = 4
batch_marginal = 0.3
batch_wait_ms = 2
steps = 5
[default]
law = \"exponential\"
mean_ms = 4
memory_mb = 100
load_ms = 2
steps = 3
";

/// Unequal workers of which one fails for a while.
const WORKERS: &str = "version = 1
[[workers]]
memory_mb = 350
[[workers]]
speed = 0.6
memory_mb = 400
[[outages]]
worker = 1
from_ms = 400
to_ms = 700
";

const POLICIES: [&str; 6] =
    ["fifo", "priority:preempt=on", "edf:late=drop", "wfq", "shed", "clockwork:estimate=mean"];

/// Writes lines as `scheduler --event-log` does.
#[derive(Default)]
struct Log(String);

impl<T> Observer<T> for Log {
    fn served(&mut self, _: &Request, _: T, _: Served) {}

    fn refused(&mut self, _: &Request, _: T, _: RefusalReason, _: Moment) {}

    fn lost(&mut self, _: &Request, _: T, _: Moment) {}

    fn decided(&mut self, now: Moment, event: &Event<'_>, actions: &Actions) {
        self.0 += &format!("{}\n", LogLine { now, event, actions });
    }
}

/// What a live scheduler saw and decided while a trace was replayed at it.
fn live(folder: &Path, policy: &str) -> String {
    let flags = ["--policy", policy, "--workers", "w.toml", "--profile", "p.toml"];
    let server = Server::scheduler(folder, &[&flags[..], &["--event-log", "log"]].concat());
    // Whether the machine kept time does not matter here: 3 is a run that is not valid.
    run(
        program("replay", folder)
            .args(["t.arrow", "--scheduler-url", &server.address, "-o", "run.arrow"])
            .args(["--realtime", "off"]),
        &[0, 3],
    );
    let output = server.stop();
    assert!(output.status.success(), "{output:?}");
    fs::read_to_string(folder.join("log")).unwrap()
}

/// The same events for a fresh policy, in the order in which they were seen.
fn retold(live: &str, policy: &str) -> Result<String, Violation> {
    let workers = Workers::parse(WORKERS).unwrap();
    let profile = Profile::parse(PROFILE).unwrap();
    let emulation = Emulation { workers, profile, seed: Seed(42) };
    let mut cluster = Cluster::new(policy::by_name(policy).unwrap(), &emulation);
    let mut log = Log::default();
    for line in live.lines() {
        match log::arrival(line) {
            Some(request) => cluster.arrived(request.arrival, request, (), &mut log)?,
            None => {
                // An end that was noted down before its worker failed is no event.
                let length = log.0.len();
                while log.0.len() == length && cluster.advance(None, &mut log)?.is_some() {}
            }
        }
    }
    Ok(log.0)
}

#[test]
fn a_live_run_told_to_a_fresh_policy_gives_the_same_decisions() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    fs::write(folder.join("p.toml"), PROFILE).unwrap();
    fs::write(folder.join("w.toml"), WORKERS).unwrap();
    run(
        program("trace", folder)
            .args(["gen", "--workload", "urgent_heavy", "--total-qps", "250"])
            .args(["--duration-ms", "1200", "--tensor-shape", "1x4", "-o", "t.arrow"]),
        &[0],
    );
    for policy in POLICIES {
        let live = live(folder, policy);
        assert!(live.lines().count() > 400, "{policy}: {live}");
        assert!(live.contains("lost 1:") && live.contains("back 1"), "{policy}: {live}");
        let retold = retold(&live, policy).unwrap();
        let differ = live.lines().zip(retold.lines()).find(|(live, retold)| live != retold);
        assert_eq!(differ, None, "{policy}");
        assert_eq!(live.lines().count(), retold.lines().count(), "{policy}");
    }
}

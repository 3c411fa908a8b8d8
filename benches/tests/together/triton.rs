//! `replay` at a real Triton Inference Server: on a CPU, with models that sleep.
//!
//! The same overload meets a plain queue, one with priorities, one with timeouts as well, and one
//! that is full; and Triton's own log of the same requests is held against the outcome table.
//!
//! Triton is installed by the first test that needs it. Where its wheel cannot run the tests are
//! skipped, and say so; where it could and does not, they are skipped as well, but fail where `CI`
//! is set.

mod clocks;
mod install;
mod model;
mod runs;
mod server;
mod trace_log;

use std::collections::BTreeSet;
use std::env;
use std::io::{self, Write as _};
use std::path::Path;
use std::sync::OnceLock;

use outcome::Status;
use request::{RequestId, Tier};

use install::{Installation, Missing};
use runs::Runs;

/// What priorities must keep of the first tier, in percent.
const LEAST: f64 = 99.0;

/// How often the runs are made anew on a busy machine.
const TRIES: usize = 3;

#[test]
fn priorities_save_the_first_tier_from_an_overload() {
    let Some(runs) = runs() else { return };
    let (with, without) = (runs.priority.attainment(Tier::Vip), runs.plain.attainment(Tier::Vip));
    assert!(with >= LEAST, "{runs}");
    assert!(without < 50.0, "{runs}");
}

#[test]
fn a_timeout_in_the_queue_is_expired_and_spares_the_work() {
    let Some(runs) = runs() else { return };
    let run = &runs.timeout;
    assert!(run.count(Status::Expired) > 0, "{runs}");
    assert_eq!(run.count(Status::Ok) + run.count(Status::Expired), run.outcomes.len(), "{runs}");
    for outcome in &run.outcomes {
        let computed = run.seen[&outcome.request_id].compute_start.is_some();
        assert_eq!(computed, outcome.status == Status::Ok, "{outcome:?}");
    }
    assert!(run.attainment(Tier::Free) > runs.priority.attainment(Tier::Free), "{runs}");
}

#[test]
fn a_full_queue_rejects() {
    let Some(runs) = runs() else { return };
    let run = &runs.bounded;
    assert!(run.count(Status::Rejected) > 0, "{runs}");
    assert_eq!(run.count(Status::Ok) + run.count(Status::Rejected), run.outcomes.len(), "{runs}");
}

#[test]
fn triton_has_seen_what_was_sent_each_once_and_not_before() {
    let Some(runs) = runs() else { return };
    for run in runs.all() {
        let sent = run.outcomes.iter().filter(|outcome| outcome.sent.is_some());
        let sent: BTreeSet<RequestId> = sent.map(|outcome| outcome.request_id).collect();
        let seen: BTreeSet<RequestId> = run.seen.keys().copied().collect();
        assert_eq!(sent, seen);
        let gaps = run.receive_gaps();
        assert_eq!(gaps.len(), sent.len());
        assert!(gaps[0] >= -run.error_ns(), "{} ns, {} ns", gaps[0], run.error_ns());
    }
}

#[test]
fn what_triton_will_not_heed_is_said() {
    let Some(runs) = runs() else { return };
    for (run, priority, timeout) in [
        (&runs.plain, false, false),
        (&runs.priority, false, true),
        (&runs.timeout, false, false),
        (&runs.bounded, true, true),
    ] {
        assert_eq!(run.told.contains("Triton ignores priority"), priority, "{}", run.told);
        assert_eq!(run.told.contains("Triton ignores timeout"), timeout, "{}", run.told);
    }
}

#[test]
fn a_trace_that_does_not_fit_is_refused_before_the_run() {
    let Some(runs) = runs() else { return };
    assert!(runs.unknown.contains("'any'"), "{}", runs.unknown);
    assert!(runs.misshapen.contains("[-1, 4]"), "{}", runs.misshapen);
}

/// The runs, made by the first who asks; `None` where there can be none.
fn runs() -> Option<&'static Runs> {
    static RUNS: OnceLock<Option<Runs>> = OnceLock::new();
    let made = RUNS.get_or_init(|| {
        let triton = triton()?;
        let make = || {
            let runs = Runs::of(&triton);
            // Hidden by the test harness unless it is asked.
            println!("{runs}");
            runs
        };
        let mut runs = make();
        // Whoever else is on this machine takes time from Triton as well.
        for _ in 1..TRIES {
            if runs.priority.attainment(Tier::Vip) < LEAST {
                runs = make();
            }
        }
        Some(runs)
    });
    made.as_ref()
}

/// Triton, or `None` where there can be none.
fn triton() -> Option<Installation> {
    let why = match Installation::below(Path::new(env!("CARGO_TARGET_TMPDIR"))) {
        Ok(installation) => return Some(installation),
        Err(Missing::Platform(why)) => why,
        Err(Missing::Mendable(why)) => {
            assert!(env::var_os("CI").is_none(), "CI needs Triton: {why}");
            why
        }
    };
    // Not `eprintln`, which the test harness hides where a test passes.
    io::stderr().write_all(format!("SKIPPED: no Triton: {why}\n").as_bytes()).unwrap();
    None
}

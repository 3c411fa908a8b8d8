//! Runs of one overload at a real Triton, each seen from both sides.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::path::Path;
use std::process::Command;

use outcome::{Latency, Outcome, Ppm, RunInfo, Status};
use request::{RequestId, Tier};

use super::clocks::Clocks;
use super::install::Installation;
use super::model::{self, Model};
use super::server::Server;
use super::trace_log::{self, Seen};
use crate::programs::{outcomes, program, replay, run, text};

const WORKLOAD: &str = include_str!("workload.toml");

/// One run.
#[derive(Debug)]
pub(crate) struct Run {
    model: Model,
    pub(crate) info: RunInfo,
    pub(crate) outcomes: Vec<Outcome>,
    /// What `replay` printed.
    pub(crate) told: String,
    /// What Triton noted, by request.
    pub(crate) seen: BTreeMap<RequestId, Seen>,
    clocks: Clocks,
}

/// The same requests at each kind of queue.
#[derive(Debug)]
pub(crate) struct Runs {
    pub(crate) plain: Run,
    pub(crate) priority: Run,
    pub(crate) timeout: Run,
    pub(crate) bounded: Run,
    /// Why a model that is not there was not asked.
    pub(crate) unknown: String,
    /// Why tensors of another shape were not sent.
    pub(crate) misshapen: String,
}

impl Runs {
    /// Makes them, one after the other at one server.
    pub(crate) fn of(installation: &Installation) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        let models = [model::PLAIN, model::PRIORITY, model::TIMEOUT, model::BOUNDED];
        let server = Server::start(installation, folder, &models);
        generate(folder, "t.arrow", WORKLOAD);
        generate(folder, "misshapen.arrow", &WORKLOAD.replace("[1, 4]", "[1, 5]"));
        let replay = |model, map, flags: &[&str]| {
            let mut replay = kserve(folder, "t.arrow", &server, map);
            Run::of(folder, model, replay.args(flags))
        };
        let refusal = |trace, maps: &[&str]| {
            let mut replay = kserve(folder, trace, &server, "v2");
            text(&run(replay.args(maps), &[2]))
        };
        let mut runs = Self {
            plain: replay(model::PLAIN, "v2", &[]),
            priority: replay(model::PRIORITY, "triton", &[]),
            timeout: replay(model::TIMEOUT, "triton", &[]),
            bounded: replay(model::BOUNDED, "triton", &["--limit", "900"]),
            unknown: refusal("t.arrow", &[]),
            misshapen: refusal("misshapen.arrow", &["--map", "models.toml"]),
        };
        let mut log = trace_log::read(&server.stop());
        for run in runs.all_mut() {
            run.seen = log.remove(run.model.name).unwrap_or_default();
        }
        runs
    }

    pub(crate) fn all(&self) -> [&Run; 4] {
        [&self.plain, &self.priority, &self.timeout, &self.bounded]
    }

    fn all_mut(&mut self) -> [&mut Run; 4] {
        [&mut self.plain, &mut self.priority, &mut self.timeout, &mut self.bounded]
    }
}

fn generate(folder: &Path, name: &str, workload: &str) {
    fs::write(folder.join("workload.toml"), workload).unwrap();
    let mut generate = program("trace", folder);
    run(generate.args(["gen", "--spec", "workload.toml", "--seed", "42", "-o", name]), &[0]);
}

fn kserve(folder: &Path, trace: &str, server: &Server, map: &str) -> Command {
    let mut replay = replay(folder, trace, &server.address);
    replay.args(["--target", "kserve", "--map", map]);
    replay
}

impl Run {
    /// By a command that lacks but the names of the models.
    fn of(folder: &Path, model: Model, replay: &mut Command) -> Self {
        let models = format!("[models]\nany = \"{}\"\n", model.name);
        fs::write(folder.join("models.toml"), models).unwrap();
        replay.args(["--map", "models.toml"]);
        // Of a busy machine the run is invalid; what is asked of it here holds all the same.
        let (output, clocks) = Clocks::around(|| run(replay, &[0, 3]));
        let (info, outcomes) = outcomes(&folder.join("run.arrow"));
        let told = text(&output);
        Self { model, info, outcomes, told, seen: BTreeMap::new(), clocks }
    }

    pub(crate) fn count(&self, status: Status) -> usize {
        self.outcomes.iter().filter(|outcome| outcome.status == status).count()
    }

    /// The share of a tier's requests that ended well in time, in percent.
    pub(crate) fn attainment(&self, tier: Tier) -> f64 {
        let of_tier: Vec<_> = self.of_tier(tier).collect();
        let met = of_tier.iter().filter(|outcome| outcome.slo_met()).count();
        100.0 * met as f64 / of_tier.len() as f64
    }

    /// From when a request was sent to when Triton had read it, ns, in rising order.
    pub(crate) fn receive_gaps(&self) -> Vec<i64> {
        let epoch = self.clocks.monotonic_ns(self.info.epoch_unix_ns.unwrap());
        let gap = |outcome: &Outcome| {
            let seen = self.seen.get(&outcome.request_id)?;
            Some(seen.request_start - epoch - outcome.sent?.as_nanos())
        };
        let mut gaps: Vec<i64> = self.outcomes.iter().filter_map(gap).collect();
        gaps.sort_unstable();
        gaps
    }

    /// By how much such a gap can be wrong, ns.
    pub(crate) fn error_ns(&self) -> i64 {
        self.clocks.error_ns()
    }

    fn of_tier(&self, tier: Tier) -> impl Iterator<Item = &Outcome> {
        self.outcomes.iter().filter(move |outcome| outcome.tier == tier)
    }

    /// Of those of a tier that were answered, in ms.
    fn latency_ms(&self, tier: Tier, quantile: Ppm) -> f64 {
        let latencies = self.of_tier(tier).map(Latency::of);
        let mut answered: Vec<u64> = latencies.filter_map(Latency::nanos).collect();
        answered.sort_unstable();
        quantile.of(&answered).map_or(f64::NAN, |nanos| nanos as f64 / 1e6)
    }
}

/// A line for each run: of each tier attainment and p50 and p99 of what was answered.
impl fmt::Display for Runs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let gap = "receive gap p50 / p99 us";
        writeln!(f, "| queue | tier 1 in SLO, p50 / p99 ms | tier 2 | tier 3 | {gap} |")?;
        writeln!(f, "|---|---|---|---|---|")?;
        for run in self.all() {
            write!(f, "| {} |", run.model.name)?;
            for tier in Tier::ALL {
                let (p50, p99) = (run.latency_ms(tier, Ppm::P50), run.latency_ms(tier, Ppm::P99));
                write!(f, " {:.1} %, {p50:.0} / {p99:.0} |", run.attainment(tier))?;
            }
            let gaps = run.receive_gaps();
            let us = |quantile: Ppm| quantile.of(&gaps).unwrap_or(0) / 1_000;
            writeln!(f, " {} / {} |", us(Ppm::P50), us(Ppm::P99))?;
        }
        Ok(())
    }
}

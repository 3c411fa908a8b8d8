//! Clusters of every kind, small.

use cluster::{Emulation, Profile, Workers};
use proptest::prelude::*;
use request::{ModelId, Seed};

use crate::theory::lab::{Lab, profile};

/// How many models each of these clusters has.
pub(super) const MODELS: u16 = 3;

/// What sets such a cluster apart from workers that are all alike and always there.
#[derive(Clone, Copy, Debug)]
pub(super) struct Kind {
    /// Whether a worker may go and never come back.
    pub(super) forever: bool,
    /// Whether a batch can be stopped.
    pub(super) steps: bool,
}

/// Clusters that can serve every model, at least while all workers are there.
pub(super) fn clusters(kind: Kind) -> impl Strategy<Value = Lab> {
    (profiles(kind), prop_oneof![equal(), unlike(kind)]).prop_filter_map(
        "a model that fits no worker is refused before the run",
        |(profile, workers)| {
            let lab = Emulation { workers, profile, seed: Seed(7) };
            lab.check((0..MODELS).map(ModelId)).ok()?;
            Some(Lab::new(lab.workers, lab.profile))
        },
    )
}

/// Workers that are away until `back_us`.
pub(super) fn away_at_first(workers: u32, back_us: u32, models: &[impl AsRef<str>]) -> Lab {
    let outage =
        |worker| format!("[[outages]]\nworker = {worker}\nfrom_ms = 0\nto_ms = {back_us}e-3\n");
    let outages: String = (0..workers).map(outage).collect();
    let text = format!("version = 1\n[[workers]]\ncount = {workers}\n{outages}");
    Lab::new(Workers::parse(&text).unwrap(), profile(models))
}

fn profiles(kind: Kind) -> impl Strategy<Value = Profile> {
    let law = prop::sample::select(vec![
        "law = \"constant\"",
        "law = \"exponential\"",
        "law = \"lognormal\"\ncv = 0.7",
    ]);
    let numbers = (1u32..15, 1u32..5, 0u32..=4, 0u32..40, 0u32..16, 0u32..5, 1u32..6);
    let model = (law, numbers).prop_map(move |(law, numbers)| {
        let (mean, size_max, marginal, wait, load, memory, steps) = numbers;
        // Often there is no wait and no load, which is the common case and its own way through.
        let (wait, load) = (wait.saturating_sub(20), load.saturating_sub(8));
        let steps = if kind.steps { steps } else { 1 };
        format!(
            "{law}\nmean_ms = {mean}e-3\nbatch_size_max = {size_max}\nbatch_marginal = 0.{marginal}
            batch_wait_ms = {wait}e-3\nload_ms = {load}e-3\nmemory_mb = {memory}\nsteps = {steps}"
        )
    });
    prop::collection::vec(model, usize::from(MODELS)).prop_map(|models| profile(&models))
}

fn equal() -> impl Strategy<Value = Workers> {
    (1u32..5).prop_map(Workers::equal)
}

/// Workers of several speeds, with memories, some with pinned models, that fail.
fn unlike(kind: Kind) -> impl Strategy<Value = Workers> {
    let speed = prop::sample::select(vec!["0.5", "1", "3"]);
    let pinned =
        prop::sample::select(vec!["", "", "", "models = [\"m0\"]", "models = [\"m1\", \"m2\"]"]);
    let memory = prop::option::of(4u32..9);
    let outage = prop::option::of((0u32..80, prop::option::of(1u32..40), 1u32..40));
    let worker = (speed, pinned, memory, outage);
    let workers = prop::collection::vec(worker, 1..5);
    (workers, any::<bool>()).prop_map(move |(workers, retry)| {
        let (mut groups, mut outages) = (String::new(), String::new());
        for (number, (speed, pinned, memory, outage)) in workers.into_iter().enumerate() {
            let memory = memory.map_or(String::new(), |mb| format!("memory_mb = {mb}"));
            groups += &format!("[[workers]]\nspeed = {speed}\n{pinned}\n{memory}\n");
            let Some((from, length, otherwise)) = outage else { continue };
            let length = if kind.forever { length } else { Some(length.unwrap_or(otherwise)) };
            let to = length.map_or(String::new(), |length| format!("to_ms = {}e-3", from + length));
            outages += &format!("[[outages]]\nworker = {number}\nfrom_ms = {from}e-3\n{to}\n");
        }
        let lost = if retry { "retry" } else { "fail" };
        let text = format!("version = 1\nlost = \"{lost}\"\n{groups}{outages}");
        Workers::parse(&text).unwrap_or_else(|error| panic!("{error:?} in {text}"))
    })
}

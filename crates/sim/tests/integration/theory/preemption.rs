//! One worker, and tiers that stop those below them.

use cluster::Workers;
use request::{ModelId, Tier};

use super::band::Band;
use super::formulas::{Kind, preemptive_resume};
use super::lab::{Lab, profile};
use super::traffic::{Class, FAR, poisson};

/// The profile's most steps: a request is stopped within 1/36000 of its time, which is far less
/// than any band is wide.
const STEPS: &str = "steps = 36000";

#[test]
fn each_tier_takes_as_long_as_theory_says() {
    let models = [
        "law = \"exponential\"\nmean_ms = 1",
        "law = \"constant\"\nmean_ms = 2",
        "law = \"lognormal\"\nmean_ms = 1\ncv = 1.2",
    ];
    let moments = [(1.0, 2.0), (2.0, 4.0), (1.0, 1.0 + 1.2 * 1.2)];
    let lab =
        Lab::new(Workers::equal(1), profile(&models.map(|model| format!("{model}\n{STEPS}"))));
    for (loads, count) in [([0.2, 0.2, 0.1], 400_000), ([0.3, 0.2, 0.25], 1_000_000)] {
        let kinds = [0, 1, 2].map(|k| {
            let (mean, second_moment) = moments[k];
            Kind { rate: loads[k] / mean, mean, second_moment }
        });
        let classes = [0u16, 1, 2].map(|k| {
            let (rate, tier) = (kinds[usize::from(k)].rate, Tier::ALL[usize::from(k)]);
            Class { rate, tier, model: ModelId(k), slo: FAR }
        });
        let run = lab.run("priority:preempt=on", poisson(&classes, count, &format!("{loads:?}")));
        for (tier, theory) in Tier::ALL.into_iter().zip(preemptive_resume(&kinds)) {
            let latencies = run.latencies(|request| request.tier == tier);
            Band::of(&latencies).check(theory, 0.05, format!("latency of {tier} at {loads:?}"));
        }
    }
}

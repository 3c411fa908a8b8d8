//! All metrics together: whoever looks at 21 of them finds something, and the correction is for
//! that.

use compare::{Comparison, Metric, Row};
use request::Tier;

use super::band::{check_share_at_most, count};
use super::draws::{Normals, compared, row};

const DRAWS: u64 = 400;

/// Requests of a tier: as many as the 99th percentile needs.
const OF_TIER: usize = 2000;

/// Standard deviation of each part of what runs differ by, as a logarithm.
const PART_SD: f64 = 0.01;

/// A run, in which the metrics are random and depend on each other: each part of each tier's
/// latencies moves by itself, with the tier and with the run, and some requests fail.
fn run(normals: &mut Normals) -> Vec<Row> {
    let of_run = normals.draw();
    let mut rows = Vec::with_capacity(3 * OF_TIER);
    for tier in Tier::ALL {
        let of_tier = of_run + normals.draw();
        let [body, shoulder, tail] =
            [0; 3].map(|_| libm::exp(PART_SD * (of_tier + normals.draw())));
        let failures = (8.0 + 2.0 * normals.draw()).round().max(0.0) as usize;
        for rank in 0..OF_TIER {
            let beyond = (OF_TIER - rank) as f64 / OF_TIER as f64;
            let factor = match beyond {
                0.3.. => body,
                0.03.. => shoulder,
                _ => tail,
            };
            // 1009 is prime, so this deals the failures over all ranks.
            let is_lost = rank * 1009 % OF_TIER < failures;
            let latency = (!is_lost).then_some(1e7 / beyond * factor);
            rows.push(row(rows.len(), tier, latency, 5e7));
        }
    }
    rows
}

#[test]
fn all_metrics_together_raise_no_more_false_alarms_than_one() {
    let found = compared("family", DRAWS, |normals| {
        [0; 2].map(|_| (0..3).map(|_| run(normals)).collect::<Vec<_>>())
    });
    assert!(found.iter().all(|comparison| comparison.gating_count() == 21));
    let any = |p: fn(&Metric) -> f64| -> Vec<bool> {
        let is_alarm = |comparison: &Comparison| comparison.metrics.iter().any(|m| p(m) <= 0.05);
        found.iter().map(is_alarm).collect()
    };
    check_share_at_most("worse", &any(|metric| metric.holm.unwrap().worse), 0.05);
    check_share_at_most("better", &any(|metric| metric.holm.unwrap().better), 0.05);
    let uncorrected = any(|metric| metric.estimate.as_ref().unwrap().test.p_worse);
    assert!(count(&uncorrected) > DRAWS / 5, "the correction must be needed");
}

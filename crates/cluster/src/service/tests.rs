//! Draws: known answers, and what every law must satisfy.

use super::*;
use proptest::prelude::*;
use std::collections::BTreeMap;

const TABLE: &str = "law = \"table\"\nbatch_size_max = 4\nbatches = [
    { size = 1, quantiles_ms = { p0 = 2, p50 = 3, p99 = 4, p100 = 9 } },
    { size = 4, quantiles_ms = { p0 = 4, p50 = 7, p90 = 8, p100 = 20 } },
]";
const SAMPLES: &str = "law = \"empirical\"\nsamples_ms = [3, 1, 4, 1, 5, 9, 2, 6]\n\
                       batch_size_max = 4\nbatch_marginal = 0.5";
const LAWS: [&str; 5] = [
    "law = \"constant\"\nmean_ms = 3\nbatch_size_max = 4\nbatch_marginal = 0.25",
    "law = \"exponential\"\nmean_ms = 3\nbatch_size_max = 4",
    "law = \"lognormal\"\nmean_ms = 3\ncv = 0.25\nbatch_size_max = 4\nbatch_marginal = 0.1",
    TABLE,
    SAMPLES,
];

fn of(text: &str) -> (Profile, ModelId) {
    let profile = Profile::parse(&format!("version = 1\n[default]\n{text}")).unwrap();
    let model = profile.model("any").unwrap();
    (profile, model)
}

fn times(text: &str, seed: u64) -> Vec<f64> {
    let profile = Profile::parse(&format!("version = 1\n[default]\n{text}")).unwrap();
    let model = profile.model("any").unwrap();
    let times = profile.service_times(Seed(seed));
    (0..200_000).map(|id| times.draw(model, RequestId(id), 1).as_nanos() as f64).collect()
}

fn mean_and_cv(times: &[f64]) -> (f64, f64) {
    let n = times.len() as f64;
    let mean = times.iter().sum::<f64>() / n;
    let variance = times.iter().map(|time| (time - mean).powi(2)).sum::<f64>() / n;
    (mean, variance.sqrt() / mean)
}

/// Fixed seeds; the bands are over five standard errors wide.
#[test]
fn each_law_has_its_mean_and_spread() {
    assert!(times("law = \"constant\"\nmean_ms = 3", 1).iter().all(|&time| time == 3e6));

    let (mean, cv) = mean_and_cv(&times("law = \"exponential\"\nmean_ms = 3", 1));
    assert!((mean / 3e6 - 1.0).abs() < 0.012 && (cv - 1.0).abs() < 0.02, "{mean} {cv}");

    let (mean, cv) = mean_and_cv(&times("law = \"lognormal\"\nmean_ms = 3\ncv = 0.5", 1));
    assert!((mean / 3e6 - 1.0).abs() < 0.006 && (cv - 0.5).abs() < 0.01, "{mean} {cv}");
}

/// Known answers, worked out by another program from what FORMAT.md says.
#[test]
fn draws_of_tables_and_samples_are_fixed_for_ever() {
    let drawn = |text: &str| times(text, 42)[..4].to_vec();
    assert_eq!(drawn(TABLE), [2_644_841.0, 2_114_022.0, 3_204_350.0, 3_995_854.0]);
    assert_eq!(drawn(SAMPLES), [2e6, 1e6, 4e6, 9e6]);
}

/// Known answers, which FORMAT.md repeats: a change of any of them changes what every simulation
/// of a seed says.
#[test]
fn draws_are_fixed_for_ever() {
    let profile = Profile::default();
    let model = profile.model("resnet50").unwrap();
    let times = profile.service_times(Seed(42));
    let drawn: Vec<u128> =
        (0..4).map(|id| times.draw(model, RequestId(id), 1).as_nanos()).collect();
    assert_eq!(drawn, [22_658_183, 21_152_618, 18_800_295, 15_814_032]);
    let document = include_str!("../../../../FORMAT.md");
    assert!(document.contains("take 22658183, 21152618, 18800295 and 15814032 ns"));
}

#[test]
fn seeds_models_and_requests_differ() {
    let profile = Profile::default();
    let (resnet50, vit) = (profile.model("resnet50").unwrap(), profile.model("vit").unwrap());
    let draw = |seed, model, id| profile.service_times(Seed(seed)).draw(model, RequestId(id), 1);
    assert_ne!(draw(1, resnet50, 0), draw(2, resnet50, 0));
    assert_ne!(draw(1, resnet50, 0), draw(1, resnet50, 1));
    assert_ne!(draw(1, resnet50, 0).mul_f64(2.5), draw(1, vit, 0));
}

/// Fixed seed; a mean of 200 000 is within 0.3 % of an exponential law's by one standard error
/// at most, and the share within the worst case within 0.03 %.
#[test]
fn draws_of_every_law_and_size_have_the_mean_and_the_tail_that_policies_are_told() {
    for text in LAWS {
        let (profile, model) = of(text);
        let times = profile.service_times(Seed(7));
        for size in 1..=4 {
            let draws = (0..200_000).map(|id| times.draw(model, RequestId(id), size));
            let (mut sum, mut within) = (Duration::ZERO, 0);
            for draw in draws {
                sum += draw;
                within += u32::from(draw <= profile.worst_case(model, size));
            }
            let mean = profile.estimate(model, size);
            let off = sum.as_secs_f64() / 200_000.0 / mean.as_secs_f64() - 1.0;
            assert!(off.abs() < 0.01, "{text}, size {size}: mean off by {off}");
            let share = profile.of(model).share_within(profile.worst_case(model, size), size);
            let off = f64::from(within) / 200_000.0 - share;
            assert!(share >= 0.99 - 1e-6 && off.abs() < 0.0015, "{text}, size {size}: {off}");
        }
    }
}

/// A law of table or samples: some quantiles, and a size.
fn table() -> impl Strategy<Value = String> {
    let quantiles = (1..5000u32, prop::collection::btree_map(1..1000u32, 0..5000u32, 0..5));
    let batch = |(size, (low, rises)): (u32, (u32, BTreeMap<u32, u32>))| {
        let mut time = low;
        let mut points = format!("p0 = {}", f64::from(time) / 100.0);
        for (permille, rise) in rises {
            time += rise;
            let (percentile, ms) = (f64::from(permille) / 10.0, f64::from(time) / 100.0);
            points += &format!(", \"p{percentile}\" = {ms}");
        }
        let last = f64::from(time + 10) / 100.0;
        format!("{{ size = {size}, quantiles_ms = {{ {points}, p100 = {last} }} }}")
    };
    let sizes = (2..5u32, 5..9u32).prop_map(|(middle, last)| [1, middle, last]);
    (sizes, prop::collection::vec(quantiles, 3)).prop_map(move |(sizes, quantiles)| {
        let batches: Vec<String> = sizes.into_iter().zip(quantiles).map(batch).collect();
        format!("law = \"table\"\nbatch_size_max = 5\nbatches = [{}]", batches.join(", "))
    })
}

fn law() -> impl Strategy<Value = String> {
    let samples = prop::collection::vec(1..100_000u32, 1..20).prop_map(|hundredths| {
        let times: Vec<f64> = hundredths.into_iter().map(|n| f64::from(n) / 100.0).collect();
        format!("law = \"empirical\"\nbatch_marginal = 0.3\nsamples_ms = {times:?}")
    });
    let lognormal = (1..100_000u32, 1..300u32).prop_map(|(mean, cv)| {
        let (mean, cv) = (f64::from(mean) / 100.0, f64::from(cv) / 100.0);
        format!("law = \"lognormal\"\nmean_ms = {mean}\ncv = {cv}\nbatch_marginal = 0.7")
    });
    let exponential = (1..100_000u32)
        .prop_map(|mean| format!("law = \"exponential\"\nmean_ms = {}", f64::from(mean) / 100.0));
    prop_oneof![table(), samples, lognormal, exponential]
}

proptest! {
    /// The inverse of the distribution never falls, and draws are its values.
    #[test]
    fn quantiles_rise_and_draws_lie_between_them(
        text in law(),
        size in 1..12u32,
        id in any::<i64>(),
        seed in any::<u64>(),
    ) {
        let (profile, model) = of(&text);
        let of_model = profile.of(model);
        let shares: Vec<f64> = (1..200).map(|n| f64::from(n) / 200.0).collect();
        let quantiles: Vec<Duration> =
            shares.iter().map(|&share| of_model.quantile(share, size)).collect();
        prop_assert!(quantiles.is_sorted());
        prop_assert!(profile.worst_case(model, size) == of_model.quantile(0.99, size));
        for (&share, &time) in shares.iter().zip(&quantiles) {
            // A quantile is cut to whole ns, so one is added before it is looked up.
            let within = of_model.share_within(time + Duration::from_nanos(1), size);
            prop_assert!(within >= share - 1e-6, "{within} within the quantile of {share}");
        }
        let draw = profile.service_times(Seed(seed)).draw(model, RequestId(id), size);
        prop_assert_eq!(draw, of(&text).0.service_times(Seed(seed)).draw(model, RequestId(id), size));
        let (low, high) = (of_model.quantile(1e-16, size), of_model.quantile(1.0 - 1e-16, size));
        prop_assert!(low <= draw && draw <= high, "{draw:?} is not from {low:?} to {high:?}");
    }

    /// Common random numbers: what is slower by its quantiles is slower by its draws.
    #[test]
    fn a_larger_batch_of_one_head_never_takes_less(
        text in law().prop_filter("sizes of a table need not rise", |text| !text.contains("table")),
        size in 1..12u32,
        id in any::<i64>(),
    ) {
        let (profile, model) = of(&text);
        let times = profile.service_times(Seed(5));
        let draw = |size| times.draw(model, RequestId(id), size);
        prop_assert!(draw(size) <= draw(size + 1));
    }
}
